"""`/openapi.json`, `/docs` and `/`: the server tells about itself, to programs and to people."""

import functools
from collections.abc import Sequence

import msgspec

from limner import __version__
from limner.api.asgi import JSON, Header, Receive, Scope, Send, header
from limner.api.openapi.document import document
from limner.api.operation import Operation
from limner.api.published import Publication
from limner.api.services import Services
from limner.errors import NotFound
from limner.web.openapi import Document
from limner.web.page import policy
from limner.web.reference import reference
from limner.web.welcome import welcome

SEEN = {304: "the caller has it already"}
HTML = "text/html"
PAGE: tuple[Header, ...] = (
    ("content-type", f"{HTML}; charset=utf-8"),
    ("content-security-policy", policy()),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
)


class Welcome:
    """A page for browsers alone: to a program, nothing is here."""

    def __init__(self, services: Services) -> None:
        self._page = Publication(lambda: welcome(__version__).encode(), PAGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if HTML not in (header(scope, b"accept") or ""):
            raise NotFound("there is nothing at GET /; /openapi.json lists what there is, as /docs")
        await self._page(scope, receive, send)


def described_by(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The routes that tell about these routes and themselves."""

    @functools.cache
    def whole() -> Document:
        return document((*operations, *pages))

    pages = (
        Operation(
            "read_document",
            "GET",
            "/openapi.json",
            "This reference as OpenAPI 3.1",
            lambda services: Publication(lambda: msgspec.json.encode(whole()), (JSON,)),
            others=SEEN,
            headers=("etag",),
            public=True,
        ),
        Operation(
            "read_reference",
            "GET",
            "/docs",
            "This page",
            lambda services: Publication(lambda: reference(whole()).encode(), PAGE),
            content_type=HTML,
            others=SEEN,
            headers=("etag",),
            public=True,
        ),
        Operation(
            "read_welcome",
            "GET",
            "/",
            "A page with links, for browsers; 404 for all others",
            Welcome,
            content_type=HTML,
            errors=(404,),
            others=SEEN,
            headers=("etag",),
            tag="Server",
            public=True,
        ),
    )
    return pages
