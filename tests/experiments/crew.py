"""Two servers on the same data, either of which may be killed and started again at any time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from tests.faults.load import started
from tests.servers import Server

from limner.settings import Settings


class Crew:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stacks = [AsyncExitStack(), AsyncExitStack()]
        self.servers: list[Server] = []

    async def start(self) -> None:
        self.servers = await asyncio.gather(*(self._started(stack) for stack in self._stacks))

    async def _started(self, stack: AsyncExitStack) -> Server:
        return await stack.enter_async_context(started(self._settings))

    def kill(self, places: Sequence[int]) -> None:
        for place in places:
            self.servers[place].kill()

    async def restart(self, places: Sequence[int]) -> None:
        for place in places:
            await self._stacks[place].aclose()
        fresh = await asyncio.gather(*(self._started(self._stacks[place]) for place in places))
        for place, server in zip(places, fresh, strict=True):
            self.servers[place] = server

    async def stop(self) -> None:
        await asyncio.gather(*(stack.aclose() for stack in self._stacks))


@asynccontextmanager
async def crew(settings: Settings) -> AsyncIterator[Crew]:
    one = Crew(settings)
    try:
        await one.start()
        yield one
    finally:
        await one.stop()
