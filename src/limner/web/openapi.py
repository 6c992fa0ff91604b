"""The words of OpenAPI 3.1 as types, as far as limner speaks it. `Schema` is plain JSON Schema."""

from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

Schema: TypeAlias = dict[str, Any]
Part = TypeVar("Part")


class Ref(msgspec.Struct, frozen=True):
    """Stands for a part that `components` has by name."""

    to: str = msgspec.field(name="$ref")

    @property
    def name(self) -> str:
        return self.to.rpartition("/")[2]


class Word(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What all objects of a document have in common: what is not said is left out."""


class Example(Word, frozen=True, kw_only=True):
    """`status` is the HTTP status that an error comes with."""

    summary: str = ""
    value: object
    status: int | UnsetType = msgspec.field(default=UNSET, name="x-status")


Examples: TypeAlias = dict[str, Example | Ref]


class Media(Word, frozen=True, kw_only=True):
    """Of a stream, `schema` is that of one event."""

    schema: Schema | UnsetType = UNSET
    examples: Examples = {}


class Parameter(Word, frozen=True, kw_only=True):
    name: str
    place: str = msgspec.field(name="in")
    description: str = ""
    required: bool = False
    schema: Schema
    example: object = UNSET


class Header(Word, frozen=True, kw_only=True):
    description: str
    required: bool = False
    schema: Schema


class Link(Word, frozen=True, kw_only=True):
    operation_id: str
    parameters: dict[str, str]
    description: str = ""


class Response(Word, frozen=True, kw_only=True):
    description: str
    headers: dict[str, Header | Ref] = {}
    content: dict[str, Media] = {}
    links: dict[str, Link] = {}


class RequestBody(Word, frozen=True, kw_only=True):
    required: bool = False
    content: dict[str, Media]


class Snippet(Word, frozen=True, kw_only=True):
    """How to do it with a tool or in a language."""

    lang: str
    label: str
    source: str


class Described(Word, frozen=True, kw_only=True):
    """One operation. `security` is always said, because an empty one means: open to all."""

    tags: list[str]
    summary: str
    description: str = ""
    operation_id: str
    parameters: list[Parameter] = []
    request_body: RequestBody | UnsetType = UNSET
    responses: dict[str, Response]
    security: list[dict[str, list[str]]] | UnsetType
    snippets: list[Snippet] = msgspec.field(default_factory=list, name="x-codeSamples")


class Tag(Word, frozen=True, kw_only=True):
    name: str
    description: str


class Licence(Word, frozen=True, kw_only=True):
    name: str
    identifier: str


class Info(Word, frozen=True, kw_only=True):
    title: str
    version: str
    summary: str
    description: str
    licence: Licence = msgspec.field(name="license")


class Server(Word, frozen=True, kw_only=True):
    url: str
    description: str


class Components(Word, frozen=True, kw_only=True):
    schemas: dict[str, Schema]
    headers: dict[str, Header]
    examples: dict[str, Example]
    security_schemes: dict[str, dict[str, str]]


class Document(Word, frozen=True, kw_only=True):
    openapi: str
    info: Info
    servers: list[Server]
    tags: list[Tag]
    paths: dict[str, dict[str, Described]]
    components: Components


def schema_named(document: Document, reference: str) -> Schema:
    return document.components.schemas[reference.rpartition("/")[2]]
