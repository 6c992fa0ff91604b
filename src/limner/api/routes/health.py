"""`/health/live` and `/health/ready`: for load balancers, without a key."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from limner.api.operation import Operation, endpoint, json_response
from limner.api.services import Services
from limner.db.base import DatabaseAway


class Health(msgspec.Struct, frozen=True):
    """`problems` says in words what keeps the server from taking work."""

    status: str
    problems: tuple[str, ...] = ()


async def live(request: Request, services: Services) -> Response:
    return json_response(Health("ok"))


async def ready(request: Request, services: Services) -> Response:
    problems = await problems_of(services)
    if not problems:
        return json_response(Health("ok"))
    return json_response(Health("not ready", problems), 503)


async def problems_of(services: Services) -> tuple[str, ...]:
    if services.runner.draining:
        return ("the server is stopping",)
    try:
        await services.database.fetch("SELECT 1")
    except DatabaseAway:
        return ("the database cannot be reached",)
    return ()


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
        errors=(503,),
        public=True,
    ),
)
