"""What an admission must fit into: rates of its key and workspace, places, budgets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Measure: TypeAlias = Literal["requests", "images", "pixels"]
MEASURES: tuple[Measure, ...] = ("requests", "images", "pixels")
MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What may pass within a minute for one key or one workspace; None is no limit."""

    scope: str
    """The id of the key or the workspace."""
    owner: str
    """As messages call it: `this key`, `this workspace`."""
    requests: int | None = None
    images: int | None = None
    pixels: int | None = None

    def lines(self) -> Iterator[tuple[Measure, int]]:
        """What is limited, and to how much."""
        for measure in MEASURES:
            most = getattr(self, measure)
            if most is not None:
                yield measure, most


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one request. Only what is limited is ever looked at, so that no limits cost nothing."""

    rates: tuple[Rate, ...] = ()
    images: int = 1
    pixels: int = 0
    most_running: int | None = None
    """How many jobs of the key may run at the same time."""
    budgets: tuple[str, ...] = ()
    """The scopes that have a budget, as far as is known; the database knows for sure."""

    def wants(self, measure: Measure) -> int:
        return 1 if measure == "requests" else getattr(self, measure)


UNBOUND = Bounds()
