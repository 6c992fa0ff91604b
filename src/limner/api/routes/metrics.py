"""`GET /metrics`: numbers for Prometheus and what reads its format, for those who may have them."""

import hmac

from starlette.requests import Request
from starlette.responses import Response

from limner.api.administration import administrator
from limner.api.auth import bearer_key
from limner.api.operation import Operation, endpoint
from limner.api.services import Services


async def read_metrics(request: Request, services: Services) -> Response:
    if not knows_token(request, services.settings.metrics_token):
        await administrator(request, services)
    accept = request.headers.get("accept", "")
    text, content_type = await services.scraping.text(accept)
    return Response(text, headers={"content-type": content_type})


def knows_token(request: Request, token: str) -> bool:
    """Whether a request carries the token of the settings, which needs no database to be known."""
    given = bearer_key(request.scope) or ""
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


OPERATION = Operation(
    "read_metrics",
    "GET",
    "/metrics",
    "Numbers about this server, for Prometheus",
    endpoint(read_metrics),
    content_type="text/plain",
    also=("application/openmetrics-text",),
    errors=(401, 403),
)
