"""Isometric space: a slab is a rectangle that lies in it, with things on and above it."""

import math

from limner.sketch.colours import INK, Colour, mix
from limner.sketch.curves import Point
from limner.sketch.lettering import strokes
from limner.sketch.pen import Pen


class Slab:
    """A rectangle (0..1 both ways) laid into isometric space; `up` lifts a point off it."""

    def __init__(self, pen: Pen, x: float, y: float, along: float, across: float) -> None:
        self.pen, self._x, self._y = pen, x, y
        self._along, self._across = along, across

    def at(self, u: float, v: float, up: float = 0.0) -> Point:
        x = self._x + u * self._along * 0.866 - v * self._across * 0.866
        return x, self._y + u * self._along * 0.5 + v * self._across * 0.5 - up

    def tile(
        self, left: float, top: float, right: float, bottom: float, fill: Colour, up: float = 0.0
    ) -> None:
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        self.pen.poly([self.at(u, v, up) for u, v in corners], fill)

    def block(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        low: float,
        high: float,
        colour: Colour,
    ) -> None:
        """A box that stands on the slab, from `low` to `high` above it."""
        side, front = mix(colour, INK, 0.45), mix(colour, INK, 0.25)
        right_side = (
            (right, top, low),
            (right, bottom, low),
            (right, bottom, high),
            (right, top, high),
        )
        left_side = (
            (left, bottom, low),
            (right, bottom, low),
            (right, bottom, high),
            (left, bottom, high),
        )
        self.pen.poly([self.at(*corner) for corner in right_side], side)
        self.pen.poly([self.at(*corner) for corner in left_side], front)
        self.tile(left, top, right, bottom, colour, high)

    def path(self, points: list[Point], width: float, colour: Colour, up: float = 0.0) -> None:
        self.pen.line([self.at(u, v, up) for u, v in points], width, colour)

    def disc(
        self,
        u: float,
        v: float,
        radius: float,
        colour: Colour,
        share: float = 1.0,
        up: float = 0.0,
    ) -> None:
        turns = [share * math.tau * step / 40 - math.tau / 4 for step in range(41)]
        edge = [(u + radius * math.cos(t), v + radius * math.sin(t)) for t in turns]
        outline = edge if share >= 1 else [(u, v), *edge]
        self.pen.poly([self.at(*point, up) for point in outline], colour)

    def text(
        self, text: str, u: float, v: float, high: float, colour: Colour, up: float = 0.0
    ) -> None:
        """Letters that lie on the slab and read along it."""
        for line in strokes(text):
            points = [(u + x * high, v + y * high) for x, y in line]
            self.path(points, high * 0.15, colour, up)


class Pane(Slab):
    """A slab that stands upright: `u` runs along one edge, `v` down from its top."""

    def __init__(
        self, pen: Pen, x: float, y: float, along: float, high: float, *, right: bool
    ) -> None:
        super().__init__(pen, x, y, along, high)
        self._slant = 0.5 if right else -0.5

    def at(self, u: float, v: float, up: float = 0.0) -> Point:
        x = self._x + u * self._along * 0.866 + (up * 0.5 if self._slant < 0 else -up * 0.5)
        return x, self._y + u * self._along * self._slant + v * self._across + up * 0.3
