"""msgspec's complaint about a file, turned into the field a person has to look at.

msgspec writes `$.params[...].max` and leaves out which parameter. The file itself tells: of the
table's entries only one fails alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from limner.catalog.fault import Fault
from limner.catalog.model import Model

COMPLAINT = re.compile(r"(?P<message>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)
STEP = re.compile(r"\.([^.\[]+)|\[([0-9]+)\]|(\[\.\.\.\])")
MISSING = re.compile(r"Object missing required field `([^`]*)`")
UNKNOWN = re.compile(r"Object contains unknown field `([^`]*)`")

Step: TypeAlias = str | int | None
"""A field or key, an index, or None for a key that msgspec does not tell."""


def misfit(document: Mapping[str, Any], error: msgspec.ValidationError) -> Fault:
    """The Fault in a file that could not be read as a Model."""
    said, way = complaint(str(error))
    way = named(document, way)
    if missing := MISSING.match(said):
        way, said = [*way, missing[1]], "is missing"
    elif unknown := UNKNOWN.match(said):
        way, said = [*way, unknown[1]], "is not a field that is known here"
    return Fault(written(way) or "file", said.replace("`", ""))


def complaint(text: str) -> tuple[str, list[Step]]:
    """What msgspec says and where."""
    found = COMPLAINT.fullmatch(text)
    if not found:
        return text, []
    path = STEP.findall(found["path"] or "")
    return found["message"], [int(index) if index else name or None for name, index, _ in path]


def named(document: Mapping[str, Any], told: list[Step]) -> list[Step]:
    """The way with every key that msgspec left out: one that fails there without its siblings."""
    way = list(told)
    while None in way:
        place = way.index(None)
        table = at(document, way[:place])
        alone = {key: replaced(document, way[:place], {key: table[key]}) for key in table}
        failing = [key for key in alone if where_it_fails(alone[key]) == told]
        if not failing:
            break
        document, way[place] = alone[failing[0]], failing[0]
    return way


def where_it_fails(document: Any) -> list[Step] | None:
    try:
        msgspec.convert(document, Model)
    except msgspec.ValidationError as error:
        return complaint(str(error))[1]
    return None


def at(value: Any, way: Sequence[Step]) -> Any:
    for step in way:
        value = value[step]
    return value


def replaced(value: Any, way: Sequence[Step], new: Any) -> Any:
    """A copy of a document in which what lies at the end of the way is new."""
    if not way:
        return new
    step, rest = way[0], way[1:]
    if isinstance(value, list):
        return [
            replaced(item, rest, new) if place == step else item for place, item in enumerate(value)
        ]
    return {**value, step: replaced(value[step], rest, new)}


def written(way: Sequence[Step]) -> str:
    """A way as it reads in a report: `price.rates[0].usd`."""
    return "".join(
        f"[{step}]" if isinstance(step, int) else f".{'?' if step is None else step}"
        for step in way
    ).removeprefix(".")
