"""The server's half of a WebSocket, by hand: as much of it as a stand-in that only talks needs."""

import asyncio
import base64
import hashlib
import json
import struct

from tests.standins.messages import Request

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE = 0x81, 0x88


def agreed(request: Request) -> bytes:
    """The head that turns a connection into a WebSocket."""
    key = request.headers["sec-websocket-key"].encode()
    accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode()
    lines = (
        "HTTP/1.1 101 Switching Protocols",
        "upgrade: websocket",
        "connection: Upgrade",
        f"sec-websocket-accept: {accept}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def frame(value: object) -> bytes:
    """One text message, as JSON."""
    data = json.dumps(value).encode()
    if len(data) < 126:
        return bytes([TEXT, len(data)]) + data
    return bytes([TEXT, 126]) + struct.pack(">H", len(data)) + data


async def until_closed(reader: asyncio.StreamReader) -> None:
    """Read what the client says until it leaves; whatever it is, it is not listened to."""
    while (head := await reader.readexactly(2))[0] != CLOSE:
        length = head[1] & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", await reader.readexactly(2))
        await reader.readexactly(length + 4)
