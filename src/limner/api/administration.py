"""What every route of administration begins with: an admin key, and a body of the right shape."""

from typing import TypeVar

import msgspec
from starlette.requests import Request

from limner.api.auth import bearer_key
from limner.api.body import read_body
from limner.api.services import Services
from limner.errors import InvalidParams

Wanted = TypeVar("Wanted")


async def administrator(request: Request, services: Services) -> None:
    """Let an admin key pass. Raises InvalidApiKey, Forbidden."""
    await services.accounts.administrator(bearer_key(request.scope))


async def told(request: Request, services: Services, kind: type[Wanted]) -> Wanted:
    """An administrator's body as the Struct it must be. Raises InvalidParams naming the field."""
    await administrator(request, services)
    body = await read_body(request.scope, request.receive, services.settings.max_body_bytes)
    if b"\\u0000" in body:
        raise InvalidParams("the body holds a NUL character, which nothing here may")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        raise InvalidParams(said, param=place.rstrip("`") or None) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidParams(f"the body is not valid JSON: {error}") from None
