"""HTTP/1.1 by hand: what no well-behaved client would send, one connection at a time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.servers import Server


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Line:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> Answer:
        """The next answer; one of status 100 is passed over."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        status = int(first.split(" ")[1])
        if status == 100:
            return await self.answer()
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(status, headers, body)

    async def is_over(self) -> bool:
        """Whether the server closes the connection and says no more."""
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return True


@asynccontextmanager
async def line_to(server: Server) -> AsyncIterator[Line]:
    where = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        async with asyncio.timeout(20):
            yield Line(reader, writer)
    finally:
        writer.transport.abort()


def request(
    key: str, wanted: dict[str, object], *headers: str, path: str = "/v1/images/generations"
) -> bytes:
    """A whole POST as bytes."""
    body = json.dumps(wanted).encode()
    head = [
        f"POST {path} HTTP/1.1",
        "host: limner.test",
        f"authorization: Bearer {key}",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
