"""`GET /v1/providers/health`: which providers answer, which fail, and why, for administrators."""

from starlette.requests import Request
from starlette.responses import Response

from limner.api.administration import administrator
from limner.api.operation import Operation, endpoint, json_response
from limner.api.services import Services
from limner.api.wire.provider_health import ProviderHealthList, health_list


async def read_health(request: Request, services: Services) -> Response:
    await administrator(request, services)
    connections = services.connections
    return json_response(health_list(await connections.all(), connections.routes.known.values()))


OPERATIONS = (
    Operation(
        "read_providers_health",
        "GET",
        "/v1/providers/health",
        "How each configured provider has been, as this process has seen it",
        endpoint(read_health),
        answer=ProviderHealthList,
        errors=(401, 403),
    ),
)
