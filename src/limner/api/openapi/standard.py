"""Parameters that mean the same wherever they are taken, so that no declaration repeats them."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from limner.api.once import once
from limner.api.openapi import kinds
from limner.api.operation import Operation, Query

IDEMPOTENCY_KEY = Query(
    "Idempotency-Key",
    "names the request: the same one within 24 hours is answered as the first was",
    "header",
    Annotated[str, Meta(pattern="^[A-Za-z0-9_.:-]{1,255}$")],
)
TYPES: dict[str, object] = {
    "Idempotency-Key": IDEMPOTENCY_KEY.kind,
}
"""Of parameters that are declared as mere text."""


def queries(operation: Operation) -> Iterator[Query]:
    """The parameters beside the path: as declared, and what each kind of operation takes."""
    names = {one.name for one in operation.query}
    yield from operation.query
    if once_only(operation) and IDEMPOTENCY_KEY.name not in names:
        yield IDEMPOTENCY_KEY


def once_only(operation: Operation) -> bool:
    """Whether repeating it under the same key does nothing more."""
    return kinds.creates(operation) or isinstance(operation.serve, once)


def type_of(query: Query) -> object:
    return TYPES.get(query.name, query.kind) if query.kind is str else query.kind
