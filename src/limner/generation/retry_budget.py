"""How many further tries a process makes: a share of its requests, not to double trouble."""

from collections import deque

from limner.clock import Clock

SHARE = 0.2
LEAST = 3
WINDOW_S = 10.0


class RetryBudget:
    """Counts over the last seconds; a few tries are always allowed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._requests: deque[float] = deque()
        self._tries: deque[float] = deque()

    def requested(self) -> None:
        """A request is given to a provider for the first time."""
        self._requests.append(self._clock())

    def take(self) -> bool:
        """Whether one more try may be made; it counts if so."""
        since = self._clock() - WINDOW_S
        for times in (self._requests, self._tries):
            while times and times[0] < since:
                times.popleft()
        if len(self._tries) + 1 > LEAST + SHARE * len(self._requests):
            return False
        self._tries.append(self._clock())
        return True
