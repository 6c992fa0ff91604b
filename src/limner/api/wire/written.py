"""Parts of answers that are written once, as JSON, when a request is accepted or settled.

They travel as they are; these types say in the reference what is in them.
"""

from typing import Annotated, TypeAlias

from msgspec import Meta, Raw

TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def listed(**fields: object) -> dict[str, object]:
    """The schema of a list of objects with these fields."""
    return {"type": "array", "items": {"type": "object", "properties": fields}}


LINES = listed(what=TEXT, quantity=TEXT, unit_price=TEXT, credits=NUMBER)

Breakdown: TypeAlias = Annotated[
    Raw,
    Meta(description="lines whose credits add up to the price", extra_json_schema=LINES),
]
Cost: TypeAlias = Annotated[
    Raw,
    Meta(
        description="the arithmetic of the charge",
        extra_json_schema={
            "type": "object",
            "properties": {
                "credits": NUMBER,
                "credits_per_usd": NUMBER,
                "markup_percent": NUMBER,
                "price_version": TEXT,
                "breakdown": LINES,
            },
        },
    ),
]
Parameters: TypeAlias = Annotated[
    Raw,
    Meta(
        description="what became of every parameter that was sent",
        extra_json_schema={
            "type": "object",
            "properties": {
                "applied": {"type": "object"},
                "adjusted": listed(name=TEXT, **{"from": {}, "to": {}}, why=TEXT),
                "ignored": listed(name=TEXT, why=TEXT),
                "emulated": listed(name=TEXT, **{"from": {}, "to": {}}, why=TEXT),
            },
        },
    ),
]
