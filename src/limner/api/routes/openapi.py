"""`GET /openapi.json`: the reference of this very server."""

import functools
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from limner.api.openapi.document import document
from limner.api.operation import Operation, endpoint
from limner.api.services import Services


def described_by(operations: Sequence[Operation]) -> Operation:
    """The route that tells about these routes and itself."""

    @functools.cache
    def written() -> bytes:
        return msgspec.json.encode(document((*operations, route)))

    async def read_document(request: Request, services: Services) -> Response:
        return Response(written(), media_type="application/json")

    route = Operation(
        "read_document",
        "GET",
        "/openapi.json",
        "This document",
        endpoint(read_document),
        public=True,
    )
    return route
