"""What every route of administration begins with: an admin key, and a body of the right shape."""

from typing import TypeVar

from starlette.requests import Request

from limner.api.auth import bearer_key
from limner.api.services import Services
from limner.api.structs import read_struct

Wanted = TypeVar("Wanted")


async def administrator(request: Request, services: Services) -> None:
    """Let an admin key pass. Raises InvalidApiKey, Forbidden."""
    await services.accounts.administrator(bearer_key(request.scope))


async def told(request: Request, services: Services, kind: type[Wanted]) -> Wanted:
    """An administrator's body as the Struct it must be. Raises InvalidParams naming the field."""
    await administrator(request, services)
    return await read_struct(request, services.settings.max_body_bytes, kind)
