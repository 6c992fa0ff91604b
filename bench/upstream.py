"""An upstream that costs next to nothing: OpenAI's image answers, made once and written as bytes.

`python bench/upstream.py PORT` answers `POST /b<bytes>/v1/images/generations` with one PNG whose
base64 has about that many characters, on a bare asyncio protocol.
"""

import asyncio
import functools
import json
import re
import struct
import sys
import zlib
from typing import cast

import pybase64
import uvloop

LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
WANTED = re.compile(rb"POST /b([0-9]+)/")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size: int) -> bytes:
    """A real 1024x1024 picture of one colour, grown to `size` bytes by a chunk decoders skip."""
    header = struct.pack(">IIBBBBB", 1024, 1024, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1025 * 1024), 9))
    head, tail = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header), pixels + chunk(b"IEND", b"")
    filler = max(0, size - len(head) - len(tail) - 12)
    return head + chunk(b"liMn", bytes(range(256)) * (filler // 256 + 1))[: filler + 12] + tail


@functools.cache
def answer(characters: int) -> bytes:
    """A whole HTTP answer with one picture of about that many base64 characters."""
    usage = {
        "input_tokens": 20,
        "output_tokens": 1056,
        "total_tokens": 1076,
        "input_tokens_details": {"text_tokens": 20, "image_tokens": 0},
    }
    picture = pybase64.b64encode(png(characters * 3 // 4)).decode()
    body = json.dumps({"created": 1, "data": [{"b64_json": picture}], "usage": usage}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


class Upstream(asyncio.Protocol):
    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, _ = self._read.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or len(self._read) < len(head) + 4 + (int(length[1]) if length else 0):
            return
        self._read = b""
        wanted = WANTED.match(head)
        self._transport.write(answer(int(wanted[1]) if wanted else 2048))


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
