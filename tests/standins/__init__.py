"""Stand-ins: upstreams on real sockets that speak a provider's wire, misbehave and keep a log."""
