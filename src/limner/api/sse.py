"""The form of `text/event-stream`: frames as pieces, pictures put in and not copied, comments.

A picture leaves in slices, each when the reader has taken most of the one before. So a slow reader
costs two slices, however large the picture is.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec

from limner.api.asgi import Header, Piece, Send

HEADERS: tuple[Header, ...] = (
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
    ("x-accel-buffering", "no"),  # nginx would hold the frames back
)
KEEP_ALIVE = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"
OPENING, END = b"data: ", b"\n\n"
EMPTY = b'"b64_json":""'
SLICE = 64 * 1024


def frame(content: msgspec.Struct) -> bytes:
    """JSON as encoded here has no line ends, so one line is always enough."""
    return OPENING + msgspec.json.encode(content) + END


def frame_around(content: msgspec.Struct, base64: Piece) -> tuple[bytes, Piece, bytes]:
    """A frame whose empty `b64_json` is filled; no other text of it may look like that field."""
    head, _, tail = msgspec.json.encode(content).partition(EMPTY)
    return OPENING + head + EMPTY[:-1], base64, b'"' + tail + END


async def send_all(send: Send, pieces: AsyncGenerator[Piece, None]) -> None:
    async with aclosing(pieces):
        async for piece in pieces:
            for start in range(0, len(piece), SLICE):
                part = memoryview(piece)[start : start + SLICE]
                await send({"type": "http.response.body", "body": part, "more_body": True})
