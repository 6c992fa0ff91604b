"""HTTP to upstreams: one request, one answer, and the truth about what failed.

A client of ours sends each request exactly once. Redirects, cookies, environment proxies and
decompression are off, certificates are checked. Failures say what a caller must know before it
may send an order again: `NotSent` (nothing of the request left), `Broken` (it left, the outcome
is unknown), `TooLarge` (the upstream did the work, the answer is not kept).
"""

import email.utils
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from typing import Protocol

from limner.providers.arriving import Arriving, Content, Spool

CONNECT_S = 5.0
MAX_ANSWER = 64 * 1024 * 1024
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

IDLE_S = 4.0
"""Unused connections live shorter than the 5 s after which uvicorn and Node close theirs.

A connection the upstream closes in the instant of reuse fails as `Broken`, which nobody may send
again, so reuse must end first.
"""


class HttpFailure(Exception):
    """No usable answer. `what` is for operators and holds no header, body or upstream text."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class NotSent(HttpFailure):
    """Name resolution, connecting or TLS failed: nothing of the request left this machine."""


class Broken(HttpFailure):
    """Reset, cut short, unreadable or out of time after sending began: the outcome is unknown."""


class TooLarge(HttpFailure):
    """The answer is larger than the client was told to hold."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever its status; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: Content
    """The body; that of a large answer lies in a file, see `limner.providers.arriving`."""

    @property
    def body(self) -> bytes:
        """The body in memory: for answers that hold no pictures."""
        return self.content if isinstance(self.content, bytes) else self.content[:]


class StreamedReply(Protocol):
    """An answer whose body is still arriving."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def spool(self) -> Spool | None:
        """Where a large answer may lie until it is used."""
        ...

    def chunks(self) -> AsyncGenerator[memoryview, None]:
        """The body as it arrives, of any total size; raises Broken when it is cut or late."""
        ...


class HttpClient(Protocol):
    """One per provider, for its whole life; `timeout_s` spans a call from connecting to its end."""

    async def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Reply:
        """Send a body and wait for the whole answer; raises HttpFailure."""
        ...

    def post_streamed(
        self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> AbstractAsyncContextManager[StreamedReply]:
        """Send a body and read while the answer arrives; leaving early closes the connection."""
        ...

    async def get(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        """Ask for something; raises HttpFailure."""
        ...

    async def put(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        """Change something that needs no words, such as that it is to end; raises HttpFailure."""
        ...

    async def delete(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        """Remove something; raises HttpFailure."""
        ...

    async def aclose(self) -> None:
        """Close idle connections; later calls fail."""
        ...


async def whole(reply: StreamedReply, limit: int) -> Reply:
    """Read a streamed answer to its end; raises TooLarge above `limit` bytes."""
    announced = reply.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(f"an answer of {announced} bytes, the limit is {limit}")
    arriving = Arriving(reply.spool)
    try:
        async with aclosing(reply.chunks()) as chunks:
            async for chunk in chunks:
                if arriving.size + len(chunk) > limit:
                    raise TooLarge(f"an answer beyond the limit of {limit} bytes")
                await arriving.add(chunk)
        return Reply(reply.status, reply.headers, await arriving.content())
    finally:
        arriving.close()


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by `retry-after-ms`, else `retry-after` (seconds or a date), if readable."""
    milliseconds = headers.get("retry-after-ms", "").strip()
    if NUMBER.fullmatch(milliseconds):
        return float(milliseconds) / 1000
    text = headers.get("retry-after", "").strip()
    if NUMBER.fullmatch(text):
        return float(text)
    date = email.utils.parsedate_tz(text)
    return None if date is None else max(0.0, email.utils.mktime_tz(date) - now)
