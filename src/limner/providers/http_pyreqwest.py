"""The HTTP client on pyreqwest (Rust), the cheapest measured: 0.2 ms of CPU per small request.

Its exception classes must not be trusted: a reset after the whole request was read comes as
ConnectError, and so does a reused connection that died; a silent upstream comes as
ConnectTimeoutError. What tells the phases apart is the chain of causes, where hyper's connector
names itself `client error (Connect)`. HTTP/1.1 requests are sent again by hyper only when not one
byte of them was written. A cancelled call goes on in the background until its deadline, and one
that is cancelled in the instant of its end does not notice: of 953 such cancels 19 were swallowed.
"""

import asyncio
import atexit
import functools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError, DetailedPyreqwestError, RequestError
from pyreqwest.request import StreamRequest
from pyreqwest.response import ResponseBodyReader

from limner.providers.arriving import Spool
from limner.providers.http import (
    CONNECT_S,
    IDLE_S,
    MAX_ANSWER,
    Broken,
    HttpFailure,
    NotSent,
    Reply,
    StreamedReply,
    whole,
)

EXIT_GRACE_S = 0.1

READ_AHEAD = 64 * 1024
"""Bytes gathered before a whole answer is handed over; streams take what is there, at once."""


@dataclass(frozen=True, slots=True)
class PyreqwestReply:
    status: int
    headers: Mapping[str, str]
    reader: ResponseBodyReader
    spool: Spool | None

    async def chunks(self) -> AsyncGenerator[memoryview, None]:
        while True:
            before = cancels()
            with judged():
                chunk = await self.reader.read_chunk()
            heed(before)
            if chunk is None:
                return
            yield memoryview(chunk)


class PyreqwestClient:
    """An HttpClient; see `limner.providers.http`."""

    def __init__(
        self,
        *,
        connect_timeout_s: float = CONNECT_S,
        max_answer: int = MAX_ANSWER,
        spool: Spool | None = None,
    ) -> None:
        let_the_library_finish_at_exit()
        self._client = build_client(connect_timeout_s)
        self._max_answer = max_answer
        self._spool = spool
        self._closed = False

    async def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Reply:
        request = self._request("POST", url, headers, body, timeout_s, READ_AHEAD)
        async with opened(request, self._spool) as reply:
            return await whole(reply, self._max_answer)

    @asynccontextmanager
    async def post_streamed(
        self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> AsyncIterator[StreamedReply]:
        async with opened(
            self._request("POST", url, headers, body, timeout_s, 0), self._spool
        ) as reply:
            yield reply

    async def get(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        request = self._request("GET", url, headers, None, timeout_s, READ_AHEAD)
        async with opened(request, self._spool) as reply:
            return await whole(reply, self._max_answer)

    async def put(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        # The library says nothing of an empty body, and some servers answer that with 411.
        sent = {**headers, "content-length": "0"}
        request = self._request("PUT", url, sent, None, timeout_s, READ_AHEAD)
        async with opened(request, self._spool) as reply:
            return await whole(reply, self._max_answer)

    async def delete(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        request = self._request("DELETE", url, headers, None, timeout_s, READ_AHEAD)
        async with opened(request, self._spool) as reply:
            return await whole(reply, self._max_answer)

    async def aclose(self) -> None:
        self._closed = True
        await self._client.close()

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
        read_ahead: int,
    ) -> StreamRequest:
        if self._closed:
            raise NotSent("the client is closed")
        try:
            request = self._client.request(method, url)
            for name, value in headers.items():
                # Sensitive values are masked in the library's own texts; an API key is among them.
                request = request.header(name, value, is_sensitive=True)
            if body is not None:
                request = request.body_bytes(body)
            request = request.timeout(timedelta(seconds=timeout_s))
            return request.streamed_read_buffer_limit(read_ahead).build_streamed()
        except ValueError:
            raise NotSent("the address or a header cannot be sent") from None


@functools.cache
def let_the_library_finish_at_exit() -> None:
    """Its thread lets go of Python's objects up to a millisecond after an answer was read.

    In an interpreter that is already ending this aborts the process with status 134: 41 of 100 that
    exited right after an answer were, and none with this pause.
    """
    atexit.register(time.sleep, EXIT_GRACE_S)


def build_client(connect_timeout_s: float) -> Client:
    return (
        ClientBuilder()
        .http1_only()
        .follow_redirects(False)
        .referer(False)
        .no_proxy()
        .gzip(False)
        .brotli(False)
        .zstd(False)
        .deflate(False)
        .user_agent("limner")
        .connect_timeout(timedelta(seconds=connect_timeout_s))
        .pool_idle_timeout(timedelta(seconds=IDLE_S))
        .build()
    )


@asynccontextmanager
async def opened(request: StreamRequest, spool: Spool | None) -> AsyncIterator[PyreqwestReply]:
    before = cancels()
    with judged():
        response = await request.__aenter__()
    try:
        heed(before)
        named = dict(response.headers.items())
        yield PyreqwestReply(response.status, named, response.body_reader, spool)
    finally:
        await request.__aexit__(None, None, None)
    heed(before)


def cancels() -> int:
    """How often the task that runs has been cancelled."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0


def heed(before: int) -> None:
    """Raise the cancel that the library swallowed, as it does in the instant a call ends."""
    if cancels() > before:
        raise asyncio.CancelledError


@contextmanager
def judged() -> Iterator[None]:
    """Let the library's errors leave as ours; theirs are not chained, they quote the address."""
    try:
        yield
    except (RequestError, BuilderError) as error:
        raise failure(error) from None


def failure(error: DetailedPyreqwestError) -> HttpFailure:
    """NotSent only when the address or the connector failed, Broken in every case of doubt."""
    causes = [cause["message"] for cause in error.details.get("causes") or ()]
    # The first cause quotes the address; the last one is the root, such as "Connection refused".
    root = causes[-1] if len(causes) > 1 else type(error).__name__
    if "client error (Connect)" in causes or isinstance(error, BuilderError):
        return NotSent(f"no connection: {root}")
    return Broken(f"no answer: {root}")
