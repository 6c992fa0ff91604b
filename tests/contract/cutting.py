"""A line to the gateway that breaks once, at a chosen moment, and is whole from then on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

BLOCK = 64 * 1024
Moment = Callable[[], Coroutine[None, None, None]]
"""Returns when it is time to cut."""


class Cutting:
    """Cuts the first connection: at a moment, or behind the first bytes of an answer."""

    def __init__(self, url: str, *, at: Moment | None = None, behind: int = 0) -> None:
        place = urlsplit(url)
        self._host, self._port = str(place.hostname), int(place.port or 80)
        self._at, self._behind = at, behind
        self._lines: set[asyncio.Task[None]] = set()
        self.cut = False
        self.url = ""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        spoil, self.cut = not self.cut, True
        line = asyncio.create_task(self._line(reader, writer, spoil))
        self._lines.add(line)
        await asyncio.wait({line})
        self._lines.discard(line)

    async def _line(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, spoil: bool
    ) -> None:
        to, back = await asyncio.open_connection(self._host, self._port)
        tasks = [
            asyncio.create_task(passed(reader, back)),
            asyncio.create_task(passed(to, writer, self._behind if spoil else 0)),
        ]
        if spoil and self._at is not None:
            tasks.append(asyncio.create_task(self._at()))
        try:
            await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            writer.transport.abort()
            back.transport.abort()

    async def end(self) -> None:
        """Cut what is still open; clients keep their connections."""
        lines = list(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)


async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int = 0) -> None:
    """Carry bytes until the end, or until that many."""
    while data := await reader.read(most or BLOCK):
        writer.write(data)
        await writer.drain()
        if most:
            return


@asynccontextmanager
async def cutting(url: str, *, at: Moment | None = None, behind: int = 0) -> AsyncIterator[Cutting]:
    line = Cutting(url, at=at, behind=behind)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield line
    finally:
        server.close()
        await line.end()
        await server.wait_closed()
