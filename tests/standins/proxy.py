"""A TCP proxy that spoils connections by script: late, cut, reset, dripping, or into a black hole.

It stands between limner and a stand-in, or between a caller and limner, and knows nothing of what
goes over it: what was drawn and paid for is told by the logs and rows behind it.
"""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

BLOCK = 64 * 1024
POLITE_S = 0.5
"""For a peer to close its side of a connection, before it is reset."""
End = Literal["fin", "reset", "hole"]
"""How a connection ends: politely, with RST, or in silence that nobody is told of."""
Moment = Callable[[], Coroutine[None, None, None]]
"""Returns when it is time to end a connection."""


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of the bytes in one direction."""

    delay_s: float = 0.0
    """Before the first of them."""
    most: int | None = None
    """So many are passed on, then the connection ends; with 0 as soon as there is one."""
    drip_s: float = 0.0
    """Between each and the next; 0 passes on what is there."""


WHOLE = Way()


@dataclass(frozen=True, slots=True)
class Script:
    """What becomes of one connection."""

    to: Way = WHOLE
    """From whoever connected to the server behind."""
    back: Way = WHOLE
    end: End = "reset"
    at: Moment | None = None
    """Ends it at a moment, wherever its bytes are."""
    refuse: bool = False
    """Reset before the server hears of it."""


class Side(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def swallow(self) -> None:
        with contextlib.suppress(OSError):
            while await self.reader.read(BLOCK):
                pass

    async def finish(self) -> None:
        """FIN, and time to answer it: to close with bytes unread would be a reset."""
        with contextlib.suppress(OSError):
            self.writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLITE_S):
                await self.swallow()

    def reset(self) -> None:
        raw: socket.socket = self.writer.get_extra_info("socket")
        if raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Flow:
    """One direction of a connection; `total` is how many bytes it has passed on."""

    def __init__(self, way: Way, one: Side, other: Side) -> None:
        self._way, self._one, self._other = way, one, other
        self.total = 0

    async def run(self) -> bool:
        """Whether it was cut; else it came to its end, which is passed on too."""
        while data := await self._one.reader.read(BLOCK):
            if not self.total:
                await asyncio.sleep(self._way.delay_s)
            for piece in self._pieces(data):
                self._other.writer.write(piece)
                await self._other.writer.drain()
                self.total += len(piece)
                await asyncio.sleep(self._way.drip_s)
            if self.total == self._way.most:
                return True
        self._other.writer.write_eof()
        return False

    def _pieces(self, data: bytes) -> list[bytes]:
        data = data[: None if self._way.most is None else self._way.most - self.total]
        return [bytes([byte]) for byte in data] if self._way.drip_s else [data]


class Line:
    """One connection: `to` and `back` are its two flows."""

    def __init__(self, script: Script, near: Side, far: Side) -> None:
        self.script, self._sides = script, (near, far)
        self.to = Flow(script.to, near, far)
        self.back = Flow(script.back, far, near)
        self._over: asyncio.Future[End] = asyncio.get_running_loop().create_future()

    def end(self, how: End) -> None:
        if not self._over.done():
            self._over.set_result(how)

    async def carry(self) -> None:
        """Pass bytes on until the line is over, and end it as it is to end."""
        tasks = [asyncio.create_task(work) for work in (self._flow(), self._moment())]
        try:
            how = await self._over
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if how == "hole":
                await asyncio.gather(*(side.swallow() for side in self._sides))
            if how == "fin":
                await asyncio.gather(*(side.finish() for side in self._sides))
        finally:
            for task in tasks:
                task.cancel()
            for side in self._sides:
                side.reset()

    async def _flow(self) -> None:
        await asyncio.gather(self._one_way(self.to), self._one_way(self.back))
        self.end("fin")

    async def _one_way(self, flow: Flow) -> None:
        try:
            if await flow.run():
                self.end(self.script.end)
        except OSError:
            self.end("reset")

    async def _moment(self) -> None:
        if self.script.at:
            await self.script.at()
            self.end(self.script.end)


class FaultProxy:
    """Listens at `url`; its next connections meet the scripts it was given, others `otherwise`."""

    def __init__(self, url: str, *scripts: Script, otherwise: Script | None = None) -> None:
        place = urlsplit(url)
        self._target = str(place.hostname), int(place.port or 80)
        self._path, self._port = place.path, 0
        self._scripts = deque(scripts)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.otherwise = otherwise or Script()
        self.connections = 0
        self.lines: list[Line] = []
        """All that led to the server behind, in the order in which they came."""

    @property
    def url(self) -> str:
        """That of the server behind, by way of this proxy."""
        return f"http://127.0.0.1:{self._port}{self._path}"

    def script(self, *scripts: Script, times: int = 1) -> None:
        self._scripts.extend(scripts * times)

    def cut(self, how: End = "reset") -> None:
        """End every connection there is."""
        for line in self.lines:
            line.end(how)

    async def until_left(self) -> None:
        """Wait until there is no connection."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def deafen(self) -> None:
        """Refuse new connections from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def close(self) -> None:
        await self.deafen()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        near = Side(reader, writer)
        try:
            await self._carry(near)
        except (OSError, asyncio.CancelledError):
            # The server behind is away, or the test is over: either way nobody waits here.
            pass
        finally:
            self._tasks.discard(task)
            near.reset()

    async def _carry(self, near: Side) -> None:
        script = self._scripts.popleft() if self._scripts else self.otherwise
        self.connections += 1
        if script.refuse:
            return
        far = Side(*await asyncio.open_connection(*self._target))
        for side in (near, far):
            # So that what was passed on has left when a connection is cut behind it.
            side.writer.transport.set_write_buffer_limits(high=0)
        self.lines.append(Line(script, near, far))
        await self.lines[-1].carry()


@asynccontextmanager
async def proxied(
    url: str, *scripts: Script, otherwise: Script | None = None
) -> AsyncIterator[FaultProxy]:
    """A proxy in front of a server, gone behind the block with all its connections."""
    proxy = FaultProxy(url, *scripts, otherwise=otherwise)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.close()
