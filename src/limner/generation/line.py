"""The line in front of drawing: a server draws so much at once, and workspaces take turns.

Who waits has been accepted, and can be cancelled for free. How many may wait is limited too. Each
model has a lane with less room than there is in all, so that one which has become slow leaves room
for the others.
"""

import asyncio
from collections import Counter

from limner.errors import ServiceUnavailable
from limner.metrics.work import Work
from limner.providers.base import ProviderError
from limner.turns import Turns

LONGEST_WAIT_S = 300.0
"""Whoever waited this long is sent away."""
RETRY_AFTER_S = 5


class Turn:
    """One request's turn to draw: at once, or when `come` returns. It ends with `leave`."""

    def __init__(
        self, line: "Line", workspace_id: str, model: str, lane: Turns, *, at_once: bool
    ) -> None:
        self._line = line
        self.workspace_id = workspace_id
        self.model = model
        self.lane = lane
        self.at_once = at_once
        self.has_come = at_once

    @property
    def waits_s(self) -> float:
        """How long it may take to come."""
        return 0.0 if self.at_once else self._line.longest_wait_s

    async def come(self) -> None:
        """Returns when there is room to draw. Raises ProviderError after too long a wait."""
        if not self.has_come:
            await self._line.call(self)

    def leave(self) -> None:
        """Make room for others; once is enough, more does no harm."""
        self._line.left(self)


class Line:
    def __init__(
        self,
        room: int,
        most_waiting: int,
        longest_wait_s: float = LONGEST_WAIT_S,
        work: Work | None = None,
    ) -> None:
        self.room = room
        self.lane_room = room - room // 4
        self._places = Turns(room)
        self._times = (work or Work()).line
        self._lanes: dict[str, Turns] = {}
        self.most_waiting = most_waiting
        self._present: set[Turn] = set()
        self._waiting: Counter[str] = Counter()
        self.longest_wait_s = longest_wait_s

    def arrive(self, workspace_id: str, model: str = "") -> Turn:
        """Raises ServiceUnavailable where already too many wait."""
        lane = self._lanes.setdefault(model, Turns(self.lane_room))
        at_once = self._taken_in(lane)
        if at_once:
            self._times.saw(0.0, model)
        else:
            self._refuse_if_full(workspace_id)
            self._waiting[workspace_id] += 1
        turn = Turn(self, workspace_id, model, lane, at_once=at_once)
        self._present.add(turn)
        return turn

    def _taken_in(self, lane: Turns) -> bool:
        if not lane.take():
            return False
        if not self._places.take():
            lane.give_back()
            return False
        return True

    async def call(self, turn: Turn) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(self.longest_wait_s):
                await self._wait_in(turn.lane, turn.workspace_id)
        except TimeoutError:
            raise too_late() from None
        finally:
            self._times.saw(clock() - began, turn.model)
        turn.has_come = True
        self._waits_no_more(turn)

    async def _wait_in(self, lane: Turns, workspace_id: str) -> None:
        await lane.wait(workspace_id)
        try:
            await self._places.wait(workspace_id)
        except asyncio.CancelledError:
            lane.give_back()
            raise

    def left(self, turn: Turn) -> None:
        if turn not in self._present:
            return
        self._present.remove(turn)
        if turn.has_come:
            self._places.give_back()
            turn.lane.give_back()
        else:
            self._waits_no_more(turn)

    @property
    def waiting(self) -> int:
        return self._waiting.total()

    def by_model(self) -> tuple[Counter[str], Counter[str]]:
        """How many draw and how many wait, by what they want to have drawn."""
        drawing = Counter(turn.model for turn in self._present if turn.has_come)
        return drawing, Counter(turn.model for turn in self._present if not turn.has_come)

    def _refuse_if_full(self, workspace_id: str) -> None:
        """In a full line a workspace may still have its equal share of it."""
        others = self._waiting.keys() - {workspace_id}
        share = self.most_waiting // (len(others) + 1)
        if self.waiting >= self.most_waiting and self._waiting[workspace_id] >= share:
            raise full()

    def _waits_no_more(self, turn: Turn) -> None:
        self._waiting[turn.workspace_id] -= 1
        if not self._waiting[turn.workspace_id]:
            del self._waiting[turn.workspace_id]


def full() -> ServiceUnavailable:
    error = ServiceUnavailable(
        "this server has more work than it may take on; nothing was charged. "
        f"Try again in {RETRY_AFTER_S} s",
        retry_after=RETRY_AFTER_S,
    )
    error.retryable = True
    return error


def too_late() -> ProviderError:
    return ProviderError(
        "there was no room to draw this in time",
        outcome="known_not_run",
        reason="capacity",
        retry_after=RETRY_AFTER_S,
    )
