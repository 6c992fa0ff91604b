"""What callers call their fields: other names for one thing, and names that are safe to tell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from limner.errors import InvalidParams

ALIASES = {
    "image_background": "background",  # the Infery client keeps `background` for itself
    "resolution": "image_size",
    "guidance_scale": "guidance",
}
"""Other names for a parameter, and the one the catalog uses."""

SHOWN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
ODD_NAME = "a-field-with-an-odd-name"
OTHERS = "and-more"
MOST_REPORTED = 32
"""Names of fields go into a header, so their letters and their number have bounds."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A parameter that was left out; its name is safe to show and to put into a header."""

    name: str
    why: str


def told(given: Mapping[str, object]) -> dict[str, tuple[str, object]]:
    """What was sent, by the catalog's name: the caller's name for it and the value."""
    by_name: dict[str, tuple[str, object]] = {}
    for said, value in given.items():
        name = ALIASES.get(said, said)
        if value is None:
            continue
        if name in by_name:
            both = f"{by_name[name][0]} and {said}"
            raise InvalidParams(f"{both} mean the same; send one of them", param=said)
        by_name[name] = (said, value)
    return by_name


def reportable(ignored: list[Ignored]) -> tuple[Ignored, ...]:
    """The same with names that are safe in a header, each once, and not too many."""
    by_name: dict[str, Ignored] = {}
    for item in ignored:
        name = item.name if SHOWN_NAME.fullmatch(item.name) else ODD_NAME
        by_name.setdefault(name, replace(item, name=name))
    shown = tuple(by_name.values())[:MOST_REPORTED]
    left = len(by_name) - len(shown)
    return (*shown, Ignored(OTHERS, f"{left} more fields are not known here")) if left else shown
