"""A caller on bare sockets, led step by step through one of three ways to be served.

After each step the caller stands at a moment at which a connection may break: twelve of them in
each way, from the first connection to the download of the picture.
"""

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from tests.faults.leaving import Leave
from tests.faults.load import MODEL, SIZE, numbers
from tests.faults.referee import Referee

Form: TypeAlias = Literal["wait", "stream", "defer"]

SMALL = 4096
"""Bytes a caller takes in at a time, so that much of an answer is still with the server."""
LINK = re.compile(rb'"url":"([^"]+)"')
FIELDS: Mapping[Form, dict[str, object]] = {
    "wait": {"response_format": "url"},
    "stream": {"stream": True},
    "defer": {"response_format": "url"},
}


class Visit:
    def __init__(self, url: str, key: str, form: Form, referee: Referee, drawn_in_s: float) -> None:
        place = urlsplit(url)
        self._address = str(place.hostname), int(place.port or 80)
        self._key, self._referee = key, referee
        self.prompt = f"picture number {next(numbers)} [[standin:delay={drawn_in_s}]]"
        wanted = {"model": MODEL, "prompt": self.prompt, "size": SIZE} | FIELDS[form]
        self.body = json.dumps(wanted).encode()
        self.head = self._head(
            "POST /v1/images/generations",
            "content-type: application/json",
            f"content-length: {len(self.body)}",
            *(["prefer: wait=0"] if form == "defer" else []),
        )
        self._writers: list[asyncio.StreamWriter] = []
        self._taken = b""

    def _head(self, line: str, *headers: str) -> bytes:
        told = (f"{line} HTTP/1.1", "host: limner.test", f"authorization: Bearer {self._key}")
        return "\r\n".join([*told, *headers, "", ""]).encode()

    async def connect(self) -> None:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, self._address)
        self.reader, writer = await asyncio.open_connection(sock=raw, limit=SMALL)
        self._writers.append(writer)
        self._taken = b""

    async def send(self, data: bytes) -> None:
        self._writers[-1].write(data)
        await self._writers[-1].drain()

    async def half_head(self) -> None:
        await self.send(self.head[:40])

    async def whole_head(self) -> None:
        await self.send(self.head[40:])

    async def half_body(self) -> None:
        await self.send(self.body[:20])

    async def whole_body(self) -> None:
        await self.send(self.body[20:])

    async def asked(self) -> None:
        await self._referee.until_asked(self.prompt)

    async def drawn(self) -> None:
        await self._referee.until_drawn(self.prompt)

    async def _take(self, there: Callable[[bytes], bool]) -> bytes:
        """Read on until what was read of this answer is enough."""
        while not there(self._taken):
            data = await self.reader.read(SMALL)
            assert data, "the server closed first"
            self._taken += data
        return self._taken

    async def first_line(self) -> None:
        await self._take(lambda taken: len(taken) >= 12)

    async def answer_head(self) -> None:
        await self._take(lambda taken: b"\r\n\r\n" in taken)

    async def half_answer(self) -> None:
        await self.answer_head()
        await self._take(lambda taken: len(taken) >= whole(taken) // 2)

    async def whole_answer(self) -> None:
        await self.answer_head()
        await self._take(lambda taken: len(taken) >= whole(taken))

    async def sent_away(self) -> None:
        await self.whole_answer()
        self._job_id = str(content(self._taken)["error"]["job_id"])
        await self.asked()

    async def first_frame(self) -> None:
        await self._take(lambda taken: b"\n\n" in taken)

    async def half_picture(self) -> None:
        marker = b'"image_generation.completed"'
        await self._take(lambda taken: len(taken.partition(marker)[2]) > 1000)

    async def last_frame(self) -> None:
        await self._take(lambda taken: LINK.search(taken) is not None)

    async def half_poll(self) -> None:
        self._poll = self._head(f"GET /v1/images/jobs/{self._job_id}")
        self._taken = b""
        await self.send(self._poll[:40])

    async def half_poll_answer(self) -> None:
        """Poll to the end of the job, and once more for an answer to break in."""
        await self.send(self._poll[40:])
        await self.whole_answer()
        while content(self._taken)["status"] == "processing":
            await asyncio.sleep(0.02)
            await self._ask_again()
            await self.whole_answer()
        await self._ask_again()
        await self.first_line()

    async def _ask_again(self) -> None:
        self._taken = b""
        await self.send(self._poll)

    async def half_download(self) -> None:
        """The picture by its link, on a connection of its own."""
        found = LINK.search(self._taken)
        assert found is not None
        place = urlsplit(found[1].decode())
        await self.connect()
        await self.send(self._head(f"GET {place.path}?{place.query}"))
        await self.half_answer()

    async def leave(self, how: Leave) -> None:
        """End every connection, for good: politely, or with a reset."""
        for writer in self._writers:
            raw: socket.socket = writer.get_extra_info("socket")
            if how == "reset":
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif not writer.transport.is_closing():
                # To close with bytes unread would be a reset too.
                raw.shutdown(socket.SHUT_WR)
        await asyncio.sleep(0.005 if how == "fin" else 0)
        for writer in self._writers:
            writer.transport.abort()


def whole(taken: bytes) -> int:
    """How many bytes an answer has, by its head."""
    head = taken[: taken.index(b"\r\n\r\n") + 4]
    (length,) = re.findall(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
    return len(head) + int(length)


def content(taken: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(taken.partition(b"\r\n\r\n")[2])
    return read


Step: TypeAlias = tuple[str, Callable[[Visit], Awaitable[None]]]
ASKING: tuple[Step, ...] = (
    ("connected", Visit.connect),
    ("in the head", Visit.half_head),
    ("behind the head", Visit.whole_head),
    ("in the body", Visit.half_body),
    ("behind the body", Visit.whole_body),
)
STEPS: Mapping[Form, tuple[Step, ...]] = {
    "wait": (
        *ASKING,
        ("while it is drawn", Visit.asked),
        ("just drawn", Visit.drawn),
        ("in the answer's first line", Visit.first_line),
        ("behind the answer's head", Visit.answer_head),
        ("in the answer", Visit.half_answer),
        ("behind the answer", Visit.whole_answer),
        ("in the download", Visit.half_download),
    ),
    "stream": (
        *ASKING,
        ("behind the answer's head", Visit.answer_head),
        ("behind the first frame", Visit.first_frame),
        ("while it is drawn", Visit.asked),
        ("just drawn", Visit.drawn),
        ("in the picture", Visit.half_picture),
        ("behind the last frame", Visit.last_frame),
        ("in the download", Visit.half_download),
    ),
    "defer": (
        *ASKING,
        ("in the refusal", Visit.first_line),
        ("while it is drawn", Visit.sent_away),
        ("just drawn", Visit.drawn),
        ("in the poll", Visit.half_poll),
        ("in the poll's answer", Visit.half_poll_answer),
        ("behind the poll's answer", Visit.whole_answer),
        ("in the download", Visit.half_download),
    ),
}
NEVER_WHOLE = frozenset({"connected", "in the head", "behind the head", "in the body"})
EITHER = "behind the body"
"""The server may have taken the request up, or not."""
