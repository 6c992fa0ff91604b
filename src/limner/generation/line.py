"""The line in front of drawing: a server draws so much at once, and workspaces take turns.

Each workspace that waits gets one turn before any of them gets a second, so a flood of one delays
nobody else by more than a round. Who waits has been accepted, and can be cancelled for free.
"""

import asyncio
from collections import Counter, deque

from limner.errors import ServiceUnavailable
from limner.providers.base import ProviderError

LONGEST_WAIT_S = 300.0
"""Whoever waited this long is sent away."""
RETRY_AFTER_S = 5


class Turn:
    """One request's turn to draw: at once, or when `come` returns. It ends with `leave`."""

    def __init__(self, line: "Line", workspace_id: str, *, at_once: bool) -> None:
        self._line = line
        self.workspace_id = workspace_id
        self.at_once = at_once
        self.has_come = at_once
        self.called = asyncio.Event()

    @property
    def waits_s(self) -> float:
        """How long it may take to come."""
        return 0.0 if self.at_once else self._line.longest_wait_s

    async def come(self) -> None:
        """Returns when there is room to draw. Raises ProviderError after too long a wait."""
        if self.has_come:
            return
        self._line.queue(self)
        try:
            async with asyncio.timeout(self._line.longest_wait_s):
                await self.called.wait()
        except TimeoutError:
            if not self.has_come:
                raise too_late() from None

    def leave(self) -> None:
        """Make room for others; once is enough, more does no harm."""
        self._line.left(self)


class Line:
    def __init__(
        self, room: int, most_waiting: int, longest_wait_s: float = LONGEST_WAIT_S
    ) -> None:
        self._room = room
        self._most_waiting = most_waiting
        self._turns: set[Turn] = set()
        self._waiting: Counter[str] = Counter()
        self._queues: dict[str, deque[Turn]] = {}
        self.longest_wait_s = longest_wait_s

    def arrive(self, workspace_id: str) -> Turn:
        """Raises ServiceUnavailable where already too many wait."""
        at_once = self._room > 0
        if at_once:
            self._room -= 1
        else:
            self._refuse_if_full(workspace_id)
            self._waiting[workspace_id] += 1
        turn = Turn(self, workspace_id, at_once=at_once)
        self._turns.add(turn)
        return turn

    def queue(self, turn: Turn) -> None:
        """A turn whose request was admitted may come from now on."""
        self._queues.setdefault(turn.workspace_id, deque()).append(turn)
        self._call()

    def left(self, turn: Turn) -> None:
        if turn not in self._turns:
            return
        self._turns.remove(turn)
        if turn.has_come:
            self._room += 1
            self._call()
            return
        self._waits_no_more(turn)
        queue = self._queues.get(turn.workspace_id, deque())
        if turn in queue:
            queue.remove(turn)
            if not queue:
                del self._queues[turn.workspace_id]

    @property
    def waiting(self) -> int:
        return self._waiting.total()

    def _refuse_if_full(self, workspace_id: str) -> None:
        """In a full line a workspace may still have its equal share of it."""
        others = self._waiting.keys() - {workspace_id}
        share = self._most_waiting // (len(others) + 1)
        if self.waiting >= self._most_waiting and self._waiting[workspace_id] >= share:
            raise full()

    def _call(self) -> None:
        while self._room and self._queues:
            workspace_id = next(iter(self._queues))
            queue = self._queues.pop(workspace_id)
            turn = queue.popleft()
            if queue:
                self._queues[workspace_id] = queue  # behind all others
            self._room -= 1
            self._waits_no_more(turn)
            turn.has_come = True
            turn.called.set()

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
