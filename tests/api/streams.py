"""A stream read by hand: the chunks of the transfer taken off, and nothing else."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from tests.api.raw import Line, line_to, request
from tests.servers import Server

KEEP_ALIVE = b": keep-alive"
DONE = b"data: [DONE]"


@dataclass(slots=True)
class Stream:
    """`blocks` are what stood between empty lines, in order."""

    line: Line
    status: int
    headers: dict[str, str]
    blocks: list[bytes] = field(default_factory=list)
    over: bool = False
    _rest: bytes = b""

    async def chunk(self) -> bytes:
        """The next chunk of the transfer; empty at its end."""
        size = int(await self.line.reader.readline(), 16)
        data = await self.line.reader.readexactly(size)
        assert await self.line.reader.readexactly(2) == b"\r\n"
        return data

    async def block(self) -> bytes:
        """The next block, b"" behind the last."""
        while b"\n\n" not in self._rest:
            data = await self.chunk()
            if not data:
                self.over = True
                assert self._rest == b""
                return b""
            self._rest += data
        block, _, self._rest = self._rest.partition(b"\n\n")
        self.blocks.append(block)
        return block

    async def frame(self) -> dict[str, Any]:
        """The next frame, pauses passed over."""
        while (block := await self.block()) == KEEP_ALIVE:
            pass
        return content(block)

    async def all(self) -> list[dict[str, Any]]:
        """Every frame to the end, which must be `[DONE]` and the end of the transfer."""
        while await self.block():
            pass
        return self.frames()

    def frames(self) -> list[dict[str, Any]]:
        assert self.blocks.count(DONE) == 1
        assert self.blocks[-1] == DONE
        return [content(block) for block in self.blocks[:-1] if block != KEEP_ALIVE]


def content(block: bytes) -> dict[str, Any]:
    """A frame is one line."""
    assert block.startswith(b"data: {")
    assert b"\n" not in block
    found: dict[str, Any] = json.loads(block.removeprefix(b"data: "))
    return found


@asynccontextmanager
async def streaming(
    server: Server, key: str, wanted: dict[str, Any], *headers: str, query: str = ""
) -> AsyncIterator[Stream]:
    """A stream whose head has been read."""
    async with line_to(server) as line:
        path = f"/v1/images/generations{query}"
        body = wanted if query else wanted | {"stream": True}
        await line.send(request(key, body, *headers, path=path))
        head = (await line.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        pairs = (one.partition(": ") for one in lines)
        told = {name.lower(): value for name, _, value in pairs}
        yield Stream(line, int(first.split(" ")[1]), told)


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    """The types in order, neighbours of one type counted once."""
    return [kind for kind, _ in groupby(frames, key=itemgetter("type"))]


def percents(frames: list[dict[str, Any]]) -> list[float]:
    return [frame["progress"] for frame in frames if frame["type"] == "progress"]
