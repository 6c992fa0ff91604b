"""`/health/live` and `/health/ready`: for load balancers, without a key."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from limner.api.operation import Operation, endpoint, json_response
from limner.api.services import Services
from limner.generation.runner import stopping


class Health(msgspec.Struct, frozen=True):
    status: str


async def live(request: Request, services: Services) -> Response:
    return json_response(Health("ok"))


async def ready(request: Request, services: Services) -> Response:
    """DatabaseAway becomes a 503 at the edge, as on every route."""
    if services.runner.draining:
        raise stopping()
    await services.database.fetch("SELECT 1")
    return json_response(Health("ok"))


OPERATIONS = (
    Operation(
        "read_live",
        "GET",
        "/health/live",
        "Whether the process answers at all",
        endpoint(live),
        answer=Health,
        public=True,
    ),
    Operation(
        "read_ready",
        "GET",
        "/health/ready",
        "Whether the server takes work; 503 when it does not",
        endpoint(ready),
        answer=Health,
        public=True,
    ),
)
