"""What goes over a stand-in's wire, and what it writes into its log."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, or a stream where `events` is given: then each item is one chunk."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    events: AsyncIterator[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """Work that was asked for; `digest` is the SHA-256 of the body that asked, in hex.

    `pictures` are those of the pictures that came in it, in their order, a mask last.
    """

    id: str = ""
    model: str = ""
    n: int = 0
    digest: str = ""
    pictures: tuple[str, ...] = ()


NONE = Generation()

What: TypeAlias = Literal["arrived", "asked", "completed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `arrived` is a head that was read, `asked` a whole request for work.

    `at` is in unix seconds.
    """

    number: int
    what: What
    at: float
    path: str
    generation: Generation


async def gathered(answer: Answer) -> Answer:
    """The answer with a stream made whole, so that it can be cut in the middle."""
    if answer.events is None:
        return answer
    body = b"".join([event async for event in answer.events])
    return replace(answer, body=body, events=None)


def parsed(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return method, path, {name.lower(): value.strip() for name, _, value in pairs}


def head_of(answer: Answer) -> bytes:
    headers = {"content-type": "application/json", **answer.headers}
    if answer.events is None:
        headers.setdefault("content-length", str(len(answer.body)))
    else:
        headers["transfer-encoding"] = "chunked"
    lines = [f"HTTP/1.1 {answer.status} Said", *(f"{n}: {v}" for n, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json.dumps(value).encode(), named)
