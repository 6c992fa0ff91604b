"""A JSON body as the Struct it must be, with the field named that does not fit."""

from typing import TypeVar

import msgspec
from starlette.requests import Request

from limner.api.body import read_body
from limner.errors import InvalidParams

Wanted = TypeVar("Wanted")


async def read_struct(request: Request, limit: int, kind: type[Wanted]) -> Wanted:
    """Raises InvalidParams naming the field, BodyTooLarge."""
    body = await read_body(request.scope, request.receive, limit)
    if b"\\u0000" in body:
        raise InvalidParams("the body holds a NUL character, which nothing here may")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        raise InvalidParams(said, param=place.rstrip("`") or None) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidParams(f"the body is not valid JSON: {error}") from None
