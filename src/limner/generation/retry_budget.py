"""How many further tries a process makes: a share of its requests, not to double trouble.

Every fifth request earns a try, and three tries can be saved up. So whichever time one looks at,
from any moment to any other, at most a fifth of its requests and three were tried again. Where
hardly anybody asks, three tries in ten seconds are allowed all the same.
"""

from collections import deque

from limner.clock import Clock

REQUESTS_PER_TRY = 5
LEAST = 3
WINDOW_S = 10.0


class RetryBudget:
    """Tries count when they are made: if those that wait did, they could all be made at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._earned = LEAST * REQUESTS_PER_TRY
        """In requests that have not been tried again for."""
        self._last: deque[float] = deque(maxlen=LEAST)
        """When the last tries were made."""

    def requested(self) -> None:
        """A request is given to a provider for the first time."""
        self._earned = min(self._earned + 1, LEAST * REQUESTS_PER_TRY)

    @property
    def left(self) -> bool:
        """Whether one more try might be made now."""
        few = len(self._last) < LEAST or self._last[0] <= self._clock() - WINDOW_S
        return few or self._earned >= REQUESTS_PER_TRY

    def take(self) -> bool:
        """Whether one more try is made now; it counts if so."""
        if not self.left:
            return False
        # What was not earned yet is lost with one that is allowed all the same, or it came on top.
        self._earned = max(self._earned - REQUESTS_PER_TRY, 0)
        self._last.append(self._clock())
        return True
