"""The few words of ASGI that limner speaks itself, and how an answer is sent in pieces."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

Piece: TypeAlias = bytes | memoryview
Header: TypeAlias = tuple[str, str]

JSON: Header = ("content-type", "application/json")
SMALL = 16 * 1024
REQUEST_ID = "limner.request_id"
"""The key under which the edge leaves a request's id in its scope."""
ERROR = "limner.error"
"""The key under which the code of an error is left in the scope of a request answered with one."""
JOB_ID = "limner.job_id"
"""The key under which a route leaves the job that it started for a request."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of a lower-case name."""
    for known, value in scope["headers"]:
        if known == name:
            return str(value, "latin-1")
    return None


def request_id(scope: Scope) -> str:
    return str(scope[REQUEST_ID])


def encoded(headers: Sequence[Header]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes. What ASCII cannot say becomes `?`: words of people may be in them."""
    return [(name.encode(), value.encode("ascii", "replace")) for name, value in headers]


async def answer(
    send: Send, status: int, headers: Sequence[Header], pieces: Sequence[Piece]
) -> None:
    """Send a whole answer in few messages: only small pieces are joined, pictures never copied."""
    pieces = merged(pieces)
    length = [] if status == 304 else [("content-length", str(sum(map(len, pieces))))]
    beginning = {"type": "http.response.start", "status": status}
    await send(beginning | {"headers": encoded([*headers, *length])})
    for piece in pieces[:-1]:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": pieces[-1] if pieces else b""})


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """The same bytes, small neighbours joined."""
    whole: list[Piece] = []
    small: list[Piece] = []
    for piece in pieces:
        if len(piece) < SMALL:
            small.append(piece)
            continue
        whole += [b"".join(small), piece] if small else [piece]
        small = []
    return [*whole, b"".join(small)] if small else whole
