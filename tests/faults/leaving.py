"""A caller on a bare socket, who can leave at any byte, politely or with a reset."""

import asyncio
import json
import socket
import struct
from typing import Literal
from urllib.parse import urlsplit

from tests.faults.load import MODEL, SIZE, numbers

Leave = Literal["fin", "reset"]


class Caller:
    """One connection and the bytes of one request for a picture."""

    def __init__(self, url: str, key: str, marker: str = "") -> None:
        place = urlsplit(url)
        self._host, self._port = str(place.hostname), int(place.port or 80)
        prompt = f"picture number {next(numbers)} {marker}"
        body = {"model": MODEL, "prompt": prompt, "size": SIZE, "response_format": "b64_json"}
        self.body = json.dumps(body).encode()
        self.head = (
            "POST /v1/images/generations HTTP/1.1\r\n"
            f"host: {place.netloc}\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(self.body)}\r\n\r\n"
        ).encode()

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(self._host, self._port)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def leave(self, how: Leave) -> None:
        raw: socket.socket = self.writer.get_extra_info("socket")
        if how == "reset":
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        await asyncio.sleep(0)
