"""The bytes of requests and pictures that a process has under way, and how many those may be.

Whoever begins something new is sent away while there are too many; what runs may go beyond, because
it may have been paid for.
"""

import threading
from types import TracebackType

from limner.errors import ServiceUnavailable

RETRY_AFTER_S = 2
UNLIMITED = 0


class InFlight:
    def __init__(self, most: int = UNLIMITED) -> None:
        self.most = most
        self.held = 0
        self._lock = threading.RLock()
        """Bytes are let go of by whatever thread drops the last view of an answer."""

    def refuse_if_full(self, further: int = 0) -> None:
        """Raises ServiceUnavailable. Whoever is alone may have more than there is room for."""
        if self.most and self.held and self.held + further >= self.most:
            raise full()

    def share(self) -> "Share":
        """What one request or answer holds: nothing at first, nothing once it was let go of."""
        return Share(self)

    def change(self, by: int) -> None:
        with self._lock:
            self.held += by


class Share:
    def __init__(self, whole: InFlight) -> None:
        self.held = 0
        self._whole = whole
        self._gone = False

    def take(self, size: int) -> None:
        if not self._gone:
            self.held += size
            self._whole.change(size)

    def let_go(self) -> None:
        """Whoever does so twice lets go once."""
        held, self.held, self._gone = self.held, 0, True
        self._whole.change(-held)

    def __enter__(self) -> "Share":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.let_go()


def full() -> ServiceUnavailable:
    error = ServiceUnavailable(
        "this server has as many bytes under way as it may hold; nothing was charged. "
        f"Try again in {RETRY_AFTER_S} s",
        retry_after=RETRY_AFTER_S,
    )
    error.retryable = True
    return error
