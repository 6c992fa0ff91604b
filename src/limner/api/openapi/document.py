"""The whole document: information, chapters, paths, and the parts that they share."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import UNSET

from limner import __version__
from limner.api.openapi import headers, kinds, refusals, schemas
from limner.api.openapi.answers import responses
from limner.api.openapi.chapters import chapter_of, tags
from limner.api.openapi.requests import parameters, request_body
from limner.api.openapi.sheets import sheet
from limner.api.openapi.snippets import snippets
from limner.api.operation import Operation
from limner.api.wire.errors import ErrorEnvelope
from limner.web.openapi import Components, Described, Document, Info, Licence, Server

SUMMARY = "One API for every image model."
ABOUT = """\
The shape is OpenAI's, with what limner adds beside it. Send `Authorization: Bearer inf_…` with \
everything that is not open to all; administration takes a key `inf_admin_…`.

Answers may gain fields: ignore those you do not know. Paths work with and without a trailing \
slash. Every answer carries `x-request-id`, and every error has the same envelope.\
"""
SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of a workspace, `inf_…`. Test keys simulate every model and cost "
        "nothing.",
    },
    "admin": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of an administrator, `inf_admin_…`.",
    },
}


def document(operations: Sequence[Operation]) -> Document:
    return Document(
        openapi="3.1.0",
        info=Info(
            title="limner",
            version=__version__,
            summary=SUMMARY,
            description=ABOUT,
            licence=Licence(name="Apache-2.0", identifier="Apache-2.0"),
        ),
        servers=[Server(url="/", description="this server")],
        tags=tags(tuple(operations)),
        paths=paths(operations),
        components=Components(
            schemas=schemas.components([ErrorEnvelope, *types(operations)]) | refusals.schemas(),
            headers=headers.HEADERS,
            examples=refusals.examples(),
            security_schemes=SCHEMES,
        ),
    )


def types(operations: Iterable[Operation]) -> Iterator[type]:
    for one in operations:
        for kind in (one.body, one.form, one.answer, *one.frames):
            if kind is not None:
                yield kind


def paths(operations: Sequence[Operation]) -> dict[str, dict[str, Described]]:
    found: dict[str, dict[str, Described]] = {}
    for one in operations:
        found.setdefault(one.path, {})[one.method.lower()] = described(one, operations)
    return found


def described(operation: Operation, others: Sequence[Operation]) -> Described:
    return Described(
        tags=[chapter_of(operation)],
        summary=operation.summary,
        description=sheet(operation.name).about.strip(),
        operation_id=operation.name,
        parameters=parameters(operation),
        request_body=request_body(operation) or UNSET,
        responses=responses(operation, others),
        security=[] if operation.public else [{scheme(operation): []}],
        snippets=snippets(operation),
    )


def scheme(operation: Operation) -> str:
    return "admin" if kinds.administers(operation) else "key"
