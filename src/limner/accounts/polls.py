"""The bucket of all requests that create nothing: a sliding minute per key, in each process.

It is there against loops that never end, so it costs no database and need not be exact.
"""

import math
from collections import deque

from limner.clock import Clock, monotonic
from limner.errors import RateLimited

WINDOW_S = 60.0
MOST_KEYS = 1000
UNLIMITED = 10**9


class Polls:
    def __init__(
        self, most: int, status: int = RateLimited.status, clock: Clock = monotonic
    ) -> None:
        self._most = most
        self._status = status
        self._clock = clock
        self._passed: dict[str, deque[float]] = {}

    def count(self, key_id: str) -> None:
        """Let a request pass. Raises RateLimited, and what it refuses does not count."""
        now = self._clock()
        times = self._passed.get(key_id)
        if times is None:
            times = self._begun(key_id, now)
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        if len(times) >= self._most:
            raise self._refused(times[0] + WINDOW_S - now)
        times.append(now)

    def _begun(self, key_id: str, now: float) -> deque[float]:
        if len(self._passed) >= MOST_KEYS:
            lately = {key: times for key, times in self._passed.items() if is_recent(times, now)}
            self._passed = lately
        self._passed[key_id] = deque()
        return self._passed[key_id]

    def _refused(self, wait_s: float) -> RateLimited:
        seconds = max(1, math.ceil(wait_s))
        error = RateLimited(
            f"Rate limit: {self._most} requests per minute that create nothing, for this key; "
            f"try again in {seconds} s",
            retry_after=seconds,
        )
        error.status = self._status
        return error


def is_recent(times: deque[float], now: float) -> bool:
    return bool(times) and times[-1] > now - WINDOW_S
