"""`GET /v1/credits`: what the workspace of a key has, and how much of it is held."""

from starlette.requests import Request
from starlette.responses import Response

from limner.accounts.api_key import Caller
from limner.api.auth import authenticated
from limner.api.operation import Operation, endpoint, json_response
from limner.api.services import Services
from limner.api.wire.credits import CreditsBody, credits_body
from limner.plans.plans import Standing


async def read_credits(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    wallet = await services.ledger.wallet(caller.workspace_id, caller.mode)
    rate = services.settings.credits_per_usd
    return json_response(credits_body(wallet, caller.mode, rate, await standing(caller, services)))


async def standing(caller: Caller, services: Services) -> Standing:
    """A test key's credits are of no plan."""
    if caller.mode == "test":
        return Standing()
    return await services.plans.standing(caller.workspace_id)


OPERATIONS = (
    Operation(
        "read_credits",
        "GET",
        "/v1/credits",
        "The credits of the key's workspace: balance, held, available",
        endpoint(read_credits),
        answer=CreditsBody,
        errors=(401,),
    ),
)
