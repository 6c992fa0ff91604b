"""JSON Schema in words: what a value may be, and which fields an object has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from limner.web.openapi import Schema

DEEPEST = 3
"""Levels of objects in objects that are shown."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    about: str
    required: bool
    default: str | None
    inner: Sequence["Field"]


def fields(schema: Schema, schemas: Mapping[str, Schema], depth: int = DEEPEST) -> list[Field]:
    """The fields of an object, or of the objects of a list."""
    found = object_in(schema, schemas)
    needed = found.get("required", ())
    return [
        field(name, one, schemas, required=name in needed, depth=depth)
        for name, one in found.get("properties", {}).items()
    ]


def field(
    name: str, schema: Schema, schemas: Mapping[str, Schema], *, required: bool, depth: int
) -> Field:
    default = schema.get("default")
    return Field(
        name=name,
        kind=kind_of(schema if required else stated(schema), schemas),
        about=schema.get("description", ""),
        required=required,
        default=None if default is None else written(default),
        inner=fields(schema, schemas, depth - 1) if depth > 1 else (),
    )


def stated(schema: Schema) -> Schema:
    """The schema without null or empty: of an optional field they say what leaving it out says."""
    nothing = ({"type": "null"}, {"const": ""})
    kinds = [one for one in schema.get("anyOf", ()) if one not in nothing]
    return kinds[0] if len(kinds) == 1 else schema | {"anyOf": kinds} if kinds else schema


def object_in(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """The object a schema is about: itself, what it refers to, or what its list is made of."""
    if "$ref" in schema:
        return object_in(referred(schema, schemas), schemas)
    if "items" in schema:
        return object_in(schema["items"], schemas)
    only = stated(schema)
    return schema if only is schema or "anyOf" in only else object_in(only, schemas)


def referred(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    return schemas[schema["$ref"].rpartition("/")[2]]


def kind_of(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    """A type in words, with its limits."""
    if "$ref" in schema:
        return kind_of(referred(schema, schemas), schemas)
    if "const" in schema:
        return f"`{written(schema['const'])}`"
    if "enum" in schema:
        return " · ".join(f"`{written(one)}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(kind_of(one, schemas) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema['items'], schemas)}" if schema.get("items") else "list"
    if schema.get("format") == "binary":
        return "file"
    return f"{schema.get('type', 'any value')}{limits(schema)}"


def limits(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    bounds = between(least, most) + (f"{between(shortest, longest)} characters" if longest else "")
    pattern = f", `{schema['pattern']}`" if "pattern" in schema else ""
    return bounds + pattern


def between(least: object, most: object) -> str:
    if least is not None and most is not None:
        return f", {least} to {most}"
    if most is not None:
        return f", at most {most}"
    return f", from {least}" if least is not None else ""


def written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
