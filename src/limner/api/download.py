"""Answers that are bytes: whole or one range of them, with ETag, HEAD, 304 and 416."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from limner.api import ranges
from limner.api.asgi import ERROR, Header, Scope, Send, answer, encoded, header, request_id
from limner.api.ranges import Unsatisfiable
from limner.api.wire.errors import error_answer
from limner.errors import RangeNotSatisfiable


@dataclass(frozen=True, slots=True)
class Download:
    """What is sent. `read` gives the bytes from a start up to an end; `what` is for people."""

    what: str
    size: int
    sha256: str
    headers: Sequence[Header]
    read: Callable[[int, int], AsyncGenerator[bytes, None]]


async def send_download(scope: Scope, send: Send, download: Download) -> None:
    """Answer with as much as was asked for. Raises NotFound when the bytes have gone."""
    tag = f'"{download.sha256}"'
    headers = [*download.headers, ("accept-ranges", "bytes"), ("etag", tag)]
    if matches(header(scope, b"if-none-match"), tag):
        await answer(send, 304, headers, [])
        return
    try:
        part = ranges.wanted(range_header(scope, tag), download.size)
    except Unsatisfiable:
        await refuse_range(scope, send, download)
        return
    start, end = part or (0, download.size)
    headers.append(("content-length", str(end - start)))
    if part:
        headers.append(("content-range", f"bytes {start}-{end - 1}/{download.size}"))
    beginning = {
        "type": "http.response.start",
        "status": 206 if part else 200,
        "headers": encoded(headers),
    }
    async with aclosing(download.read(start, end)) as chunks:
        # The first chunk is read before the head is sent: a blob that has gone is a 404.
        first = await anext(chunks) if scope["method"] == "GET" else b""
        await send(beginning)
        await send({"type": "http.response.body", "body": first, "more_body": True})
        if scope["method"] == "GET":
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def range_header(scope: Scope, tag: str) -> str | None:
    """The range to honour: none with HEAD, or when `If-Range` names another version."""
    condition = header(scope, b"if-range")
    if scope["method"] != "GET" or condition not in (None, tag):
        return None
    return header(scope, b"range")


async def refuse_range(scope: Scope, send: Send, download: Download) -> None:
    error = RangeNotSatisfiable(f"the {download.what} ends after {download.size:,} bytes")
    scope[ERROR] = error.code
    status, headers, body = error_answer(error, request_id(scope))
    headers.append(("content-range", f"bytes */{download.size}"))
    await answer(send, status, headers, [body])


def matches(condition: str | None, tag: str) -> bool:
    if condition is None:
        return False
    known = [one.strip().removeprefix("W/") for one in condition.split(",")]
    return tag in known or "*" in known
