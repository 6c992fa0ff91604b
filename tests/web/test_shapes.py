"""JSON Schema is told in words that a person understands."""

from typing import Any

import pytest

from limner.web.examples import pretty
from limner.web.shapes import fields, kind_of

SCHEMAS: dict[str, Any] = {
    "Picture": {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "description": "where it is"},
            "seed": {"type": "integer", "minimum": 0, "default": 7},
        },
    }
}
PICTURE = {"$ref": "#/components/schemas/Picture"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer, 1 to 9"),
        ({"type": "integer", "minimum": 1}, "integer, from 1"),
        ({"type": "number", "maximum": 5}, "number, at most 5"),
        ({"type": "string", "maxLength": 80}, "string, at most 80 characters"),
        ({"type": "string", "pattern": "^a+$"}, "string, `^a+$`"),
        ({"type": "string", "format": "binary"}, "file"),
        ({"enum": ["png", "webp"]}, "`png` · `webp`"),
        ({"const": True}, "`true`"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "array", "items": PICTURE}, "list of object"),
        ({"type": "array"}, "list"),
        (PICTURE, "object"),
        ({}, "any value"),
    ],
)
def test_a_type_in_words(schema: dict[str, Any], words: str) -> None:
    assert kind_of(schema, SCHEMAS) == words


def test_fields_are_those_of_what_is_referred_to_and_of_what_lists_hold() -> None:
    for schema in (PICTURE, {"type": "array", "items": PICTURE}):
        url, seed = fields(schema, SCHEMAS)
        assert (url.name, url.kind, url.about, url.required) == (
            "url",
            "string",
            "where it is",
            True,
        )
        assert (seed.required, seed.default) == (False, "7")


def test_null_is_not_told_of_what_may_be_left_out() -> None:
    optional = {"anyOf": [PICTURE, {"type": "null"}]}
    (one,) = fields({"properties": {"picture": optional}}, SCHEMAS)
    assert one.kind == "object"
    assert [inner.name for inner in one.inner] == ["url", "seed"]


def test_objects_in_objects_end_somewhere() -> None:
    endless = {"Node": {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}}
    (first,) = fields({"$ref": "#/components/schemas/Node"}, endless)
    (second,) = first.inner
    (third,) = second.inner
    assert third.inner == ()


def test_json_is_broken_where_it_is_long_and_stays_what_it_is() -> None:
    short = {"a": [1, 2], "b": {"c": None}}
    assert pretty(short) == '{"a": [1, 2], "b": {"c": null}}'
    long = {"words": ["a rather long word"] * 5, "empty": []}
    assert pretty(long).startswith('{\n  "words": [\n    "a rather long word",\n')
    assert pretty(long).endswith('  ],\n  "empty": []\n}')
