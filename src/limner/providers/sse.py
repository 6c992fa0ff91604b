"""Server-sent events from an upstream, where one line may be a whole base64 picture.

Every byte is looked at once, however small the chunks are and however long the line. Lines end
with LF or CRLF; `event`, `id` and `retry` fields and comments are left out, because upstreams
repeat what matters inside the data.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from limner.providers.http import MAX_ANSWER, TooLarge


async def event_data(
    chunks: AsyncIterator[memoryview], limit: int = MAX_ANSWER
) -> AsyncGenerator[bytes, None]:
    """The data of each event, its lines joined; raises TooLarge when one outgrows `limit` bytes.

    An event the body ends with counts although its closing empty line is missing.
    """
    waiting: list[bytes] = []
    size = 0
    async with aclosing(lines(chunks, limit)) as arriving:
        async for line in arriving:
            if line.startswith(b"data:"):
                waiting.append(line[6:] if line[5:6] == b" " else line[5:])
                size += len(line)
                if size > limit:
                    raise TooLarge(f"an event beyond the limit of {limit} bytes")
            elif not line and waiting:
                yield b"\n".join(waiting)
                waiting, size = [], 0
    if waiting:
        yield b"\n".join(waiting)


async def lines(chunks: AsyncIterator[memoryview], limit: int) -> AsyncGenerator[bytes, None]:
    """Lines without their ends; what follows the last line end is a line too."""
    buffer = bytearray()
    async for chunk in chunks:
        searched = len(buffer)
        buffer += chunk
        while (end := buffer.find(b"\n", searched)) >= 0:
            with memoryview(buffer) as view:
                line = bytes(view[:end])
            del buffer[: end + 1]
            searched = 0
            yield line.removesuffix(b"\r")
        if len(buffer) > limit:
            raise TooLarge(f"a line beyond the limit of {limit} bytes")
    if buffer:
        yield bytes(buffer)
