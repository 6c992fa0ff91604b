"""A workspace owns keys, pictures and credits, and is what is billed."""

import re
from dataclasses import dataclass

from limner.accounts.limits import NO_OPTIONS, Options
from limner.errors import InvalidParams

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Workspace:
    id: str
    name: str
    created_at: int
    """Unix microseconds."""
    options: Options = NO_OPTIONS
    plan: str | None = None
    """The name of the plan that gives it credits every month."""
    plan_renews_at: int | None = None


def checked_name(name: str) -> str:
    """A name fit for people and shells; InvalidParams says which are allowed."""
    if not NAME.fullmatch(name):
        raise InvalidParams(
            "a name is 1 to 63 letters, digits, spaces, dots, dashes or underscores, "
            f"and begins with a letter or digit: {name!r} is not one",
            param="name",
        )
    return name
