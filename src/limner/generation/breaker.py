"""A breaker keeps requests from a place that fails, and lets one at a time try whether it is well.

It opens after so many failures in a row, or when too large a share of the last seconds' orders
failed. Open, it stays so for a while that doubles each time the probe fails.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from limner.clock import Clock

State: TypeAlias = Literal["closed", "open", "half_open"]
IN_A_ROW = 5
SHARE = 0.5
OF_AT_LEAST = 20
WINDOW_S = 10.0
OPEN_S = 30.0
LONGEST_OPEN_S = 300.0


@dataclass(slots=True)
class Breaker:
    """Of one place. Whoever asks there says `begin` before and one of the others after."""

    clock: Clock
    in_a_row: int = 0
    open_until: float | None = None
    open_s: float = OPEN_S
    probing: bool = False
    recent: deque[tuple[float, bool]] = field(default_factory=deque)
    """When each order of the window ended, and whether it failed."""

    @property
    def allows(self) -> bool:
        """Whether an order may go there now: it is closed, or its probe is due."""
        return self.open_until is None or (not self.probing and self.clock() >= self.open_until)

    @property
    def state(self) -> State:
        if self.open_until is None:
            return "closed"
        return "half_open" if self.clock() >= self.open_until else "open"

    @property
    def wait_s(self) -> float:
        """How long until somebody may try again; 0 when they may now."""
        return 0.0 if self.open_until is None else max(0.0, self.open_until - self.clock())

    def begin(self) -> bool:
        """Whether an order goes there; where the breaker is open, it is the probe."""
        if not self.allows:
            return False
        self.probing = self.open_until is not None
        return True

    def succeeded(self) -> None:
        """An order that began before the breaker opened proves nothing, unless it is the probe."""
        if self.probing or self.open_until is None:
            self.probing, self.open_until, self.open_s = False, None, OPEN_S
            self.in_a_row = 0
        self._remember(failed=False)

    def failed(self) -> None:
        if self.open_until is not None:
            if self.probing or self.allows:
                self._open(min(self.open_s * 2, LONGEST_OPEN_S))
            return
        self.in_a_row += 1
        self._remember(failed=True)
        if self.in_a_row >= IN_A_ROW or self._too_many():
            self._open(OPEN_S)

    def said_nothing(self) -> None:
        """The order ended in a way that tells nothing about the place."""
        self.probing = False

    def _open(self, seconds: float) -> None:
        self.open_s, self.open_until = seconds, self.clock() + seconds
        self.probing, self.in_a_row = False, 0
        self.recent.clear()

    def _remember(self, *, failed: bool) -> None:
        now = self.clock()
        self.recent.append((now, failed))
        while self.recent and self.recent[0][0] < now - WINDOW_S:
            self.recent.popleft()

    def _too_many(self) -> bool:
        failures = sum(failed for _, failed in self.recent)
        return len(self.recent) >= OF_AT_LEAST and failures >= SHARE * len(self.recent)
