"""Which addresses may be asked with a provider's key: its own, and no other that somebody names.

Task-based providers say where a task is asked for. Such an address is a text of an answer, so it is
looked at before a key goes there.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Home:
    """Where a provider is called, and the domain that all of its hosts are under."""

    base_url: str
    domain: str

    def covers(self, url: str) -> bool:
        """Under the domain by TLS; for a provider at any other host, that very origin alone."""
        try:
            own, asked = urlsplit(self.base_url), urlsplit(url)
            origin = (asked.scheme, asked.hostname, asked.port)
        except ValueError:
            return False
        if asked.username or asked.password:
            return False
        if self._within(own.hostname):
            return asked.scheme == "https" and self._within(asked.hostname)
        return origin == (own.scheme, own.hostname, own.port)

    def _within(self, host: str | None) -> bool:
        return host == self.domain or (host or "").endswith(f".{self.domain}")
