"""Structs as JSON Schema; a string below a field in the source, or its name, says what it means."""

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from importlib.resources import files

import msgspec

from limner.web.openapi import Schema

COMPONENT = "#/components/schemas/{name}"


def ref(name: str) -> Schema:
    return {"$ref": COMPONENT.format(name=name)}


def components(kinds: Iterable[type]) -> dict[str, Schema]:
    """The schemas of these Structs and of all inside them, by name."""
    ordered = sorted(set(kinds), key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(
        ordered, schema_hook=anything, ref_template=COMPONENT
    )
    for kind in structs_in(msgspec.inspect.multi_type_info(ordered)):
        if kind.__name__ in schemas:
            explain(kind, schemas[kind.__name__])
    return schemas


def anything(kind: type) -> Schema:
    """Where the contract leaves a value open."""
    return {"description": "any JSON value"}


def schema_of(kind: object) -> Schema:
    """The schema of a plain type, such as that of a query parameter."""
    return msgspec.json.schema(kind)


def explain(kind: type[msgspec.Struct], schema: Schema) -> None:
    if "description" in schema:
        schema["description"] = inspect.cleandoc(schema["description"])
    told = field_docs(kind)
    for one in msgspec.structs.fields(kind):
        words = told.get(one.name) or glossed(kind, one.encode_name)
        if words:
            schema["properties"][one.encode_name].setdefault("description", words)
    tag = kind.__struct_config__.tag_field
    if tag:
        schema["properties"][tag].setdefault("description", glossed(kind, tag))


def glossed(kind: type, field: str) -> str:
    """The words of `fields.toml` for a field: of its Struct, of what that inherits from, of all."""
    known = glossary()
    names = [base.__name__ for base in kind.__mro__]
    found = [known[name][field] for name in (*names, "all") if field in known.get(name, ())]
    return found[0] if found else ""


@functools.cache
def glossary() -> dict[str, dict[str, str]]:
    text = (files("limner.api.openapi") / "fields.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=dict[str, dict[str, str]])


def structs_in(value: object) -> Iterator[type[msgspec.Struct]]:
    """The classes of all Structs in msgspec's description of types."""
    if isinstance(value, msgspec.inspect.StructType):
        yield value.cls
    if isinstance(value, list | tuple):
        for one in value:
            yield from structs_in(one)
    elif isinstance(value, msgspec.inspect.Type | msgspec.inspect.Field):
        for name in value.__struct_fields__:
            yield from structs_in(getattr(value, name))


@functools.cache
def field_docs(kind: type) -> dict[str, str]:
    """The string below each field of a Struct, those it inherits too."""
    bases = [base for base in reversed(kind.__mro__) if issubclass(base, msgspec.Struct)]
    return {
        name: words
        for base in bases
        if base is not msgspec.Struct
        for name, words in written_below(base).items()
    }


def written_below(kind: type) -> dict[str, str]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[name] = inspect.cleandoc(words)
    return found
