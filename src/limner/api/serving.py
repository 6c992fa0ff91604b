"""uvicorn with the limits it lacks: a head must arrive whole, in time, and not be too long."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from limner.api.wire.errors import error_answer
from limner.errors import InvalidParams
from limner.ids import new_id

HEAD_BYTES = 32 * 1024


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request head is late or longer than `HEAD_BYTES`."""

    head_s = 10.0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_bytes = 0
        self._reading_head = True
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._reading_head:
            if self._late is None:
                self._expect_head()
            self._head_bytes += len(data)
        super().data_received(data)
        if self._reading_head and self._head_bytes > HEAD_BYTES:
            self.send_400_response(f"The head of a request may have {HEAD_BYTES} bytes.")

    def on_headers_complete(self) -> None:
        self._stop_clock()
        self._reading_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        # The next head's time begins with its first byte; until then keep-alive rules.
        self._reading_head, self._head_bytes = True, 0

    def send_400_response(self, msg: str) -> None:
        """What could not be read as HTTP is answered in the one envelope too."""
        status, headers, body = error_answer(InvalidParams(msg), request_id := new_id("req"))
        lines = [f"HTTP/1.1 {status} Bad Request", f"x-request-id: {request_id}"]
        lines += [f"{name}: {value}" for name, value in headers]
        lines += [f"content-length: {len(body)}", "connection: close", "", ""]
        self.transport.write("\r\n".join(lines).encode() + body)
        self.transport.close()

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(self.head_s, self._give_up)

    def _stop_clock(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
