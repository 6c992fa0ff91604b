"""Reading a request's body within its limits, before anything is made of it."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator

import msgspec

from limner.api.asgi import Receive, Scope, header
from limner.errors import BodyTooLarge, InvalidParams

DEEPEST = 64
"""Levels of nesting a body may have: no request needs more, and a bomb is made of thousands."""

BODY_S = 30.0
"""Seconds for a body that fits one receive buffer; each further MiB may take one more."""

LONGEST_NAME = 64

MIB = 1024 * 1024

MOST_COMMAS = 40_000
"""More than the longest prompt could have. Each comma may part two values, and a decoder makes an
object of every value, so this bounds the memory and time that a body can cost."""


class ClientGone(Exception):
    """The caller closed the connection before the request was whole."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises BodyTooLarge, InvalidParams for one that comes too slowly."""
    refuse_announced(scope, limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_S) as allowed:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > limit:
                    raise too_large(limit)
                if not message.get("more_body", False):
                    return b"".join(pieces)
                extend(allowed, len(pieces[-1]))
    except TimeoutError:
        raise InvalidParams("the body did not arrive in time; nothing was charged") from None


async def arriving(scope: Scope, receive: Receive, limit: int) -> AsyncGenerator[bytes, None]:
    """The body piece by piece, for one too large to be held. Raises as `read_body` does.

    What the reader does between two pieces counts as the sender's time, but is never cut off.
    """
    refuse_announced(scope, limit)
    clock = asyncio.get_running_loop().time
    size, until, more = 0, clock() + BODY_S, True
    while more:
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            raise InvalidParams("the body did not arrive in time; nothing was stored") from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece = message.get("body", b"")
        size, until = size + len(piece), until + len(piece) / MIB
        more = bool(message.get("more_body"))
        if size > limit:
            raise too_large(limit)
        yield piece


def extend(allowed: asyncio.Timeout, arrived: int) -> None:
    when = allowed.when()
    if when is not None:
        allowed.reschedule(when + arrived / MIB)


def announced(scope: Scope) -> int | None:
    """The bytes of the body, where the caller has said so."""
    said = header(scope, b"content-length") or ""
    return int(said) if said.isdecimal() else None


def refuse_announced(scope: Scope, limit: int) -> None:
    if (announced(scope) or 0) > limit:
        raise too_large(limit)


def too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"a body may have at most {limit:,} bytes; nothing was charged")


def read_object(body: bytes) -> dict[str, object]:
    """A JSON object as it came. Raises InvalidParams saying what is wrong with it."""
    if not body.strip():
        raise InvalidParams("the body is empty; it must be a JSON object")
    if body.count(b",") > MOST_COMMAS:
        raise InvalidParams(f"the body has more than {MOST_COMMAS:,} parts between commas")
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(body, str(error)) from None
    if not isinstance(value, dict):
        raise InvalidParams('the body must be a JSON object, as in {"model": …}')
    refuse_depth(value)
    return value


def unreadable(body: bytes, why: str) -> InvalidParams:
    """What to say of broken JSON, with the field that broke it where there is one."""
    name = broken_field(body)
    where = f" at {name}" if name else ""
    return InvalidParams(f"the body is not valid JSON{where}: {why}", param=name)


def broken_field(body: bytes) -> str | None:
    """The field whose value is well formed but cannot be read, such as 1e400."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for name, value in fields.items():
        try:
            msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return name[:LONGEST_NAME]
    return None


def refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in children(outer)]
        if not level:
            return
    raise too_deep()


def children(value: object) -> Iterator[object]:
    """The objects and arrays directly inside a value."""
    inside: Iterable[object] = value.values() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inside = value
    return (inner for inner in inside if isinstance(inner, dict | list))


def too_deep() -> InvalidParams:
    return InvalidParams(f"the body is nested more than {DEEPEST} levels deep")
