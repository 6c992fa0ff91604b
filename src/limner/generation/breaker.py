"""A breaker keeps requests from a place that fails, and lets one at a time try whether it is well.

It opens after so many failures in a row, or when too large a share of the last seconds' orders
failed. Open, it stays so for a while that doubles each time the probe fails. A place that says how
long it has no room rests for that time: it is not asked, and has not failed.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from limner.clock import Clock

State: TypeAlias = Literal["closed", "open", "half_open"]
Asked: TypeAlias = Literal["order", "probe"]
"""What somebody asks a place for: a picture, or a picture and whether it is well again."""
IN_A_ROW = 5
SHARE = 0.5
OF_AT_LEAST = 20
WINDOW_S = 10.0
OPEN_S = 30.0
LONGEST = 10
"""How many times the shortest while a breaker may be open in one go."""
LONGEST_REST_S = 300.0
"""However long a place wants to be left alone: what it said may have been wrong."""


@dataclass(slots=True)
class Breaker:
    """Of one place. Whoever asks there says `begin` before, and one of the others after, with what
    `begin` gave: only the probe can close a breaker, or open it for longer.
    """

    clock: Clock
    shortest_s: float = OPEN_S
    in_a_row: int = 0
    open_until: float | None = None
    open_s: float = 0.0
    rests_until: float = 0.0
    probing: bool = False
    recent: deque[tuple[float, bool]] = field(default_factory=deque)
    """When each order of the window ended, and whether it failed."""

    @property
    def allows(self) -> bool:
        """Whether an order may go there now: it is closed or its probe is due, and it is rested."""
        if self.rest_s:
            return False
        return self.open_until is None or (not self.probing and self.clock() >= self.open_until)

    @property
    def state(self) -> State:
        if self.open_until is None:
            return "closed"
        return "half_open" if self.clock() >= self.open_until else "open"

    @property
    def rest_s(self) -> float:
        """How long the place still wants to be left alone."""
        return max(0.0, self.rests_until - self.clock())

    @property
    def wait_s(self) -> float:
        """How long until somebody may try again; 0 when they may now."""
        return max(self.rest_s, 0.0 if self.open_until is None else self.open_until - self.clock())

    def begin(self) -> Asked | None:
        """What an order that goes there is; None when it may not."""
        if not self.allows:
            return None
        self.probing = self.open_until is not None
        return "probe" if self.probing else "order"

    def succeeded(self, asked: Asked) -> None:
        """An order that began before the breaker opened proves nothing."""
        if asked == "probe":
            self.probing, self.open_until = False, None
        if self.open_until is None:
            self.in_a_row = 0
        self._remember(failed=False)

    def failed(self, asked: Asked) -> None:
        if asked == "probe":
            self._open(min(self.open_s * 2, self.shortest_s * LONGEST))
        elif self.open_until is None:
            self.in_a_row += 1
            self._remember(failed=True)
            if self.in_a_row >= IN_A_ROW or self._too_many():
                self._open(self.shortest_s)

    def said_nothing(self, asked: Asked) -> None:
        """The order ended in a way that tells nothing about the place."""
        if asked == "probe":
            self.probing = False

    def ran_out(self) -> None:
        """The time of an order is over that was cut off just now, and so said nothing."""
        if self.open_until is None:
            self.failed("order")
        elif self.allows:
            self.failed("probe")

    def has_no_room(self, asked: Asked, rest_s: float) -> None:
        """The place said for how long; of its health that tells nothing."""
        self.said_nothing(asked)
        self.rests_until = max(self.rests_until, self.clock() + min(rest_s, LONGEST_REST_S))

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
