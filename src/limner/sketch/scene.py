"""A scene is what the prompt says, before anyone has decided where things stand."""

from dataclasses import dataclass
from typing import Literal

Size = Literal["tiny", "small", "normal", "large", "huge"]
Across = Literal["left", "centre", "right"]
Down = Literal["top", "middle", "bottom"]
Time = Literal["dawn", "day", "sunset", "night"]
Relate = Literal[
    "above", "below", "left", "right", "beside", "on", "in", "front", "behind", "between", "held"
]


@dataclass(frozen=True, slots=True)
class Thing:
    kind: str
    colours: tuple[str, ...] = ()
    count: int = 1
    size: Size = "normal"
    across: Across | None = None
    down: Down | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """`subject` and the others are places in `Scene.things`; only "between" has `other`."""

    kind: Relate
    subject: int
    target: int
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    things: tuple[Thing, ...] = ()
    relations: tuple[Relation, ...] = ()
    sky: tuple[Thing, ...] = ()
    place: str | None = None
    place_colour: str | None = None
    sky_colour: str | None = None
    time: Time | None = None
    weather: frozenset[str] = frozenset()
    styles: frozenset[str] = frozenset()
    season: str | None = None
    backdrop: str | None = None
    accent: str | None = None
    unknown: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing in the prompt tells what the picture shows."""
        told = (self.things, self.sky, self.place, self.weather, self.time, self.season)
        return not any(told)
