"""uvicorn with the limits it lacks: on the head of a request, on what comes late, on slow readers.

A head must arrive whole, in time, and not be too long; what was not read of a body may not drip in
for ever; and a client that takes nothing of its answer is let go.
"""

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from limner.api.wire.errors import error_answer
from limner.errors import InvalidParams
from limner.ids import new_id

HEAD_BYTES = 32 * 1024
TOO_LONG = f"the head of a request may have at most {HEAD_BYTES:,} bytes"
UPGRADE = re.compile(rb"\nupgrade(?=[ \t]*:)", re.IGNORECASE)
RENAMED = b"\nx-grade"
NOT_HTTP = "this is not a request of HTTP/1.1"


class HeadTooLong(Exception):
    """Raised inside the parser, which turns it into its own error."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    head_s = 10.0
    """For a head to arrive, and for the rest of a body whose request has been answered."""
    stalled_s = 30.0
    """A client that takes no byte for this long does not read its answer any more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._reading_head = True
        self._raw_bytes = 0  # of a head that is not whole yet, as they came
        self._head_bytes = 0  # of names and values, also of those behind a chunked body
        self._active: RequestResponseCycle | None = None  # the request being answered
        self._late: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._stop_watching()
        for cycle in (self._active, *(queued for queued, _ in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True  # uvicorn tells the newest request alone
                cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._reading_head:
            if self._late is None:
                self._start_clock()
            self._raw_bytes += len(data)
            data = without_upgrade(data)
        super().data_received(data)
        if self._reading_head and self._raw_bytes > HEAD_BYTES:
            self.send_400_response(TOO_LONG)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + len(b": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_clock()
        self._reading_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_clock()
        self._reading_head, self._raw_bytes = True, 0
        if self.cycle.response_complete:  # answered before it was whole: nobody else keeps time
            self._start_clock()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self._reading_head:
            self._start_clock()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._stop_watching()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """What could not be read as HTTP is answered in the one envelope too, and ends it all."""
        if self.transport.is_closing() or self._ends_after_answer():
            return
        active = self._active
        if active is None or active.response_complete or not active.response_started:
            said = TOO_LONG if msg == TOO_LONG or self._head_bytes > HEAD_BYTES else NOT_HTTP
            self.transport.write(bad_request(said))
        self.transport.close()

    def _ends_after_answer(self) -> bool:
        """Whether whole requests are being answered, which what is behind them must not spoil."""
        if self.pipeline and self.pipeline[0][0].more_body:
            self.pipeline.popleft()
        last = self.pipeline[0][0] if self.pipeline else self._active
        if last is None or last.response_complete or last.more_body:
            return False
        last.keep_alive = False
        self.flow.pause_reading()
        return True

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            raise HeadTooLong

    def _start_clock(self) -> None:
        self._stop_clock()
        self._late = self.loop.call_later(self.head_s, self._give_up)

    def _stop_clock(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        if not self.transport.is_closing() and not self._ends_after_answer():
            self.transport.close()

    def _watch(self, unread: int) -> None:
        self._stalled = self.loop.call_later(self.stalled_s, self._still_reading, unread)

    def _stop_watching(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _still_reading(self, before: int) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread < before:
            self._watch(unread)
        else:
            self.transport.abort()


def without_upgrade(data: bytes) -> bytes:
    """The bytes with an `Upgrade` of the first head renamed: limner takes none up.

    The parser would stop behind that head and lose the body. Java's client offers HTTP/2 so.
    """
    end = data.find(b"\r\n\r\n")
    found = UPGRADE.search(data, 0, len(data) if end < 0 else end)
    return data if found is None else data[: found.start()] + RENAMED + data[found.end() :]


def bad_request(message: str) -> bytes:
    """The whole answer, as bytes."""
    request_id = new_id("req")
    status, headers, body = error_answer(InvalidParams(message), request_id)
    lines = [f"HTTP/1.1 {status} Bad Request", f"x-request-id: {request_id}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"content-length: {len(body)}", "connection: close", "", ""]
    return "\r\n".join(lines).encode() + body
