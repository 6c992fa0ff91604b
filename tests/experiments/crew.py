"""Two servers on the same data, either of which may be killed and started again at any time."""

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
        for stack in self._stacks:
            self.servers.append(await stack.enter_async_context(started(self._settings)))

    def kill(self, places: Sequence[int]) -> None:
        for place in places:
            self.servers[place].kill()

    async def restart(self, places: Sequence[int]) -> None:
        for place in places:
            await self._stacks[place].aclose()
            one = started(self._settings)
            self.servers[place] = await self._stacks[place].enter_async_context(one)

    async def stop(self) -> None:
        for stack in self._stacks:
            await stack.aclose()


@asynccontextmanager
async def crew(settings: Settings) -> AsyncIterator[Crew]:
    one = Crew(settings)
    try:
        await one.start()
        yield one
    finally:
        await one.stop()
