"""A route is declared once: the declaration serves requests and writes the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from limner.api.asgi import App, Receive, Scope, Send
from limner.api.services import Services

Endpoint: TypeAlias = Callable[[Request, Services], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter outside path and body, for the reference.

    `kind` is the type of its values, as msgspec understands one: `Annotated[int, Meta(ge=1)]`.
    """

    name: str
    about: str
    place: Literal["query", "header"] = "query"
    kind: object = str


@dataclass(frozen=True, slots=True)
class Operation:
    """`errors` are the statuses a caller should be ready for, beside 500 and 503, and `others` are
    further good ones with what they mean; `path` has `{name}` parts. A body is JSON, unless it is
    a `form`.

    `frames` are what a stream is made of, where the answer may be one.
    `also` are further content types that the answer may be asked for in.
    `tag` is the chapter of the reference; left out, the path says which. `headers` are names of
    response headers that no rule of `openapi/headers.py` gives it.
    `serve` makes the ASGI callable out of the services, `name` is the `operationId`.
    """

    name: str
    method: str
    path: str
    summary: str
    serve: Callable[[Services], App]
    body: type | None = None
    form: type | None = None
    answer: type | None = None
    frames: Sequence[type] = ()
    content_type: str = "application/json"
    query: Sequence[Query] = ()
    errors: Sequence[int] = ()
    others: Mapping[int, str] = field(default_factory=dict)
    status: int = 200
    public: bool = False
    body_required: bool = True
    also: Sequence[str] = ()
    tag: str = ""
    headers: Sequence[str] = ()


class endpoint:  # noqa: N801 - reads as a function: serve=endpoint(read_job)
    """A plain `(request, services) -> response` function as an ASGI callable, once it has both."""

    def __init__(self, function: Endpoint) -> None:
        self._function = function

    def __call__(self, services: Services) -> App:
        return Serving(self._function, services)


@dataclass(frozen=True, slots=True)
class Serving:
    function: Endpoint
    services: Services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.function(Request(scope, receive), self.services)
        await response(scope, receive, send)


def json_response(
    value: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A Struct or plain values as a JSON answer."""
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")
