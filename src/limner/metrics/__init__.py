"""Numbers about a running server, for whoever watches it: no key, prompt or workspace in them."""
