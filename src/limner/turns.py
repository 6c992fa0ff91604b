"""Places that owners take turns at: each of those who wait gets one before any gets a second.

So a flood of one owner delays nobody else by more than a round.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar

OWNER: ContextVar[str] = ContextVar("owner", default="")
"""Whose work the current task does; what it starts inherits that."""


class Turns:
    def __init__(self, places: int) -> None:
        self._free = places
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def take(self) -> bool:
        """Take a place if one is free, which none is while anybody waits."""
        if not self._free:
            return False
        self._free -= 1
        return True

    async def wait(self, owner: str) -> None:
        """Returns with a place taken, and takes none when it is cancelled."""
        if self.take():
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(owner, deque()).append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Let the next have the place."""
        while self._queues:
            owner = next(iter(self._queues))
            queue = self._queues.pop(owner)
            called = queue.popleft()
            if queue:
                self._queues[owner] = queue  # behind all others
            if not called.done():
                called.set_result(None)
                return
        self._free += 1

    @asynccontextmanager
    async def turn(self, owner: str) -> AsyncGenerator[None, None]:
        """A place for as long as the block lasts."""
        await self.wait(owner)
        try:
            yield
        finally:
            self.give_back()
