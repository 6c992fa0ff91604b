"""How many further tries a process makes: a share of its requests, not to double trouble."""

from collections import deque

from limner.clock import Clock

SHARE = 0.2
LEAST = 3
WINDOW_S = 10.0


class RetryBudget:
    """Counts over the last seconds; a few tries are always allowed.

    Tries count when they are made: with those that wait counted before, they could all be made at
    once. The few are not on top of the share, so that it holds for whichever seconds are counted.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests: deque[float] = deque()
        self._tries: deque[float] = deque()

    def requested(self) -> None:
        """A request is given to a provider for the first time."""
        self._requests.append(self._clock())

    @property
    def left(self) -> bool:
        """Whether one more try might be made now."""
        since = self._clock() - WINDOW_S
        for times in (self._requests, self._tries):
            while times and times[0] < since:
                times.popleft()
        return len(self._tries) + 1 <= max(LEAST, SHARE * len(self._requests))

    def take(self) -> bool:
        """Whether one more try is made now; it counts if so."""
        if not self.left:
            return False
        self._tries.append(self._clock())
        return True
