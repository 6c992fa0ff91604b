"""Screens are slabs that float in isometric space, with their charts drawn on the slab."""

import math

from limner.sketch.colours import INK, WHITE, Colour, Gradient, Tones, from_hue, hue_of, mix
from limner.sketch.curves import Point
from limner.sketch.pen import Pen

GLASS: Colour = (26, 28, 52)
PANEL: Colour = (42, 46, 82)
FAINT: Colour = (86, 92, 140)


class Slab:
    """A rectangle (0..1 both ways) laid into isometric space; `up` lifts a point off it."""

    def __init__(self, pen: Pen, x: float, y: float, along: float, across: float) -> None:
        self._pen, self._x, self._y = pen, x, y
        self._along, self._across = along, across

    def at(self, u: float, v: float, up: float = 0.0) -> Point:
        x = self._x + u * self._along * 0.866 - v * self._across * 0.866
        return x, self._y + u * self._along * 0.5 + v * self._across * 0.5 - up

    def tile(
        self, left: float, top: float, right: float, bottom: float, fill: Colour, up: float = 0.0
    ) -> None:
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        self._pen.poly([self.at(u, v, up) for u, v in corners], fill)

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
        self._pen.poly([self.at(*corner) for corner in right_side], side)
        self._pen.poly([self.at(*corner) for corner in left_side], front)
        self.tile(left, top, right, bottom, colour, high)

    def path(self, points: list[Point], width: float, colour: Colour, up: float = 0.0) -> None:
        self._pen.line([self.at(u, v, up) for u, v in points], width, colour)

    def disc(self, u: float, v: float, radius: float, colour: Colour, share: float = 1.0) -> None:
        turns = [share * math.tau * step / 40 - math.tau / 4 for step in range(41)]
        edge = [(u + radius * math.cos(t), v + radius * math.sin(t)) for t in turns]
        outline = edge if share >= 1 else [(u, v), *edge]
        self._pen.poly([self.at(*point) for point in outline], colour)


def dashboard(pen: Pen, tones: Tones) -> None:
    accent = tones.second
    other = from_hue(hue_of(accent) + 0.28, 0.62, 0.85)
    third = from_hue(hue_of(accent) - 0.16, 0.64, 0.85)
    base = Slab(pen, -0.06, -0.52, 1.06, 0.98)
    base.block(-0.03, -0.03, 1.03, 1.03, -0.2, -0.14, mix(tones.main, INK, 0.6))
    base.block(0, 0, 1, 1, -0.1, 0.0, mix(tones.main, GLASS, 0.55))
    base.tile(0.02, 0.02, 0.98, 0.98, GLASS)
    pen.lamp(0, 0.4, 1.3, accent)
    _top_bar(base, accent)
    _side_bar(base, accent)
    _line_chart(base, accent, other)
    _bars(base, accent, third)
    _donut(base, accent, other)
    _floating(pen, accent, other)


def _top_bar(base: Slab, accent: Colour) -> None:
    base.tile(0.02, 0.02, 0.98, 0.11, PANEL)
    for index, colour in enumerate(((250, 104, 98), (250, 200, 84), accent)):
        base.disc(0.07 + index * 0.05, 0.065, 0.016, colour)
    base.tile(0.4, 0.045, 0.74, 0.085, mix(PANEL, FAINT, 0.5))
    base.disc(0.92, 0.065, 0.025, accent)


def _side_bar(base: Slab, accent: Colour) -> None:
    base.tile(0.02, 0.13, 0.2, 0.98, mix(GLASS, PANEL, 0.5))
    for index in range(6):
        v = 0.2 + index * 0.11
        chosen = index == 1
        if chosen:
            base.tile(0.02, v - 0.04, 0.2, v + 0.045, mix(GLASS, accent, 0.28))
        base.disc(0.06, v, 0.018, accent if chosen else FAINT)
        base.tile(0.09, v - 0.012, 0.17 - index % 3 * 0.015, v + 0.012, accent if chosen else FAINT)


def _line_chart(base: Slab, accent: Colour, other: Colour) -> None:
    base.block(0.24, 0.15, 0.95, 0.52, 0.0, 0.025, PANEL)
    for row in range(4):
        v = 0.22 + row * 0.075
        base.path([(0.28, v), (0.91, v)], 0.006, mix(PANEL, FAINT, 0.6), 0.025)
    heights = (0.30, 0.6, 0.42, 0.74, 0.55, 0.9, 0.72)
    line = [(0.28 + index * 0.105, 0.48 - high * 0.27) for index, high in enumerate(heights)]
    below = [(u, v + 0.1 + 0.03 * math.sin(u * 17)) for u, v in line]
    area = [*line, (0.91, 0.485), (0.28, 0.485)]
    base._pen.poly([base.at(u, v, 0.025) for u, v in area], mix(PANEL, accent, 0.32))
    base.path([(u, min(v, 0.48)) for u, v in below], 0.014, other, 0.025)
    base.path(line, 0.022, accent, 0.025)
    for u, v in line[1::2]:
        base._pen.disc(*base.at(u, v, 0.025), 0.022, WHITE)
    base._pen.lamp(*base.at(0.7, 0.3), 0.5, accent)


def _bars(base: Slab, accent: Colour, third: Colour) -> None:
    base.block(0.24, 0.57, 0.6, 0.95, 0.0, 0.025, PANEL)
    for index, high in enumerate((0.12, 0.2, 0.15, 0.3, 0.24)):
        u = 0.275 + index * 0.064
        base.block(u, 0.8, u + 0.042, 0.9, 0.025, 0.03 + high, accent if index % 2 else third)


def _donut(base: Slab, accent: Colour, other: Colour) -> None:
    base.block(0.64, 0.57, 0.95, 0.95, 0.0, 0.025, PANEL)
    base.disc(0.78, 0.74, 0.125, FAINT)
    base.disc(0.78, 0.74, 0.125, other, 0.9)
    base.disc(0.78, 0.74, 0.125, accent, 0.62)
    base.disc(0.78, 0.74, 0.07, PANEL)


def _floating(pen: Pen, accent: Colour, other: Colour) -> None:
    for x, y, colour in ((0.2, -0.86, accent), (-0.72, -0.56, other)):
        card = Slab(pen, x, y, 0.42, 0.26)
        card.block(0, 0, 1, 1, 0.0, 0.03, mix(PANEL, FAINT, 0.35))
        card.tile(0.1, 0.18, 0.34, 0.8, colour, 0.03)
        card.tile(0.44, 0.24, 0.9, 0.4, mix(FAINT, WHITE, 0.6), 0.03)
        card.tile(0.44, 0.56, 0.74, 0.72, FAINT, 0.03)
        pen.lamp(x, y + 0.1, 0.3, colour)


def laptop(pen: Pen, tones: Tones) -> None:
    pen.box(-0.76, -0.68, 0.76, 0.42, tones.body, 0.07)
    pen.box(-0.69, -0.6, 0.69, 0.34, GLASS, 0.03)
    for row, (indent, wide, shade) in enumerate(
        (
            (0, 0.5, 1.0),
            (0.1, 0.7, 0.3),
            (0.1, 0.4, 0.8),
            (0.2, 0.6, 0.2),
            (0.1, 0.3, 1.0),
            (0, 0.2, 0.5),
        )
    ):
        y = -0.48 + row * 0.13
        colour = mix((190, 200, 240), tones.second, shade)
        pen.box(-0.58 + indent, y, -0.58 + indent + wide, y + 0.055, colour, 0.02)
    pen.poly([(-0.78, 0.44), (0.78, 0.44), (0.98, 0.76), (-0.98, 0.76)], tones.light)
    pen.poly([(-0.66, 0.48), (0.66, 0.48), (0.74, 0.62), (-0.74, 0.62)], tones.dark)
    pen.poly([(-0.2, 0.65), (0.2, 0.65), (0.22, 0.74), (-0.22, 0.74)], tones.main)
    pen.box(-0.98, 0.75, 0.98, 0.83, tones.deep, 0.03)
    pen.lamp(0, -0.1, 1.0, tones.second)


def phone(pen: Pen, tones: Tones) -> None:
    pen.box(-0.48, -0.94, 0.48, 0.94, tones.body, 0.14)
    pen.box(
        -0.42, -0.86, 0.42, 0.86, Gradient(((94, 92, 190), (226, 120, 170), (252, 196, 130))), 0.1
    )
    pen.box(-0.14, -0.84, 0.14, -0.77, INK, 0.04)
    for row in range(3):
        for column, colour in enumerate((tones.second, WHITE, (255, 214, 110))):
            x, y = -0.26 + column * 0.26, -0.44 + row * 0.28
            pen.box(x - 0.09, y - 0.09, x + 0.09, y + 0.09, mix(colour, WHITE, row * 0.25), 0.05)
    pen.box(-0.32, 0.52, 0.32, 0.76, (250, 250, 255), 0.1)


def chart(pen: Pen, tones: Tones) -> None:
    pen.box(-0.94, -0.86, 0.94, 0.9, (250, 250, 252), 0.1)
    for row in range(4):
        y = -0.5 + row * 0.3
        pen.line([(-0.72, y), (0.76, y)], 0.014, (216, 220, 232))
    for index, high in enumerate((0.36, 0.62, 0.5, 0.86, 1.05)):
        x = -0.6 + index * 0.29
        pen.box(x, 0.62 - high, x + 0.19, 0.66, tones.body if index % 2 else tones.trim, 0.03)
    pen.line([(-0.76, -0.66), (-0.76, 0.66), (0.8, 0.66)], 0.04, (96, 100, 130))
    points = [(-0.5 + index * 0.29, y) for index, y in enumerate((0.06, -0.2, -0.1, -0.44, -0.66))]
    pen.line(points, 0.04, (240, 96, 96))
    for x, y in points:
        pen.disc(x, y, 0.05, (240, 96, 96))


def server(pen: Pen, tones: Tones) -> None:
    slab = Slab(pen, 0, -0.56, 0.86, 0.86)
    for level in range(3):
        low = -0.76 + level * 0.4
        slab.block(0, 0, 1, 1, low, low + 0.32, mix(tones.main, FAINT, 0.35))
        for index in range(3):
            spot = slab.at(0.16 + index * 0.12, 1, low + 0.2)
            pen.disc(*spot, 0.035, tones.second if (index + level) % 3 else (250, 190, 80))
            pen.lamp(*spot, 0.14, tones.second)
        for row in range(3):
            start, end = (
                slab.at(0.56, 1, low + 0.09 + row * 0.07),
                slab.at(0.9, 1, low + 0.09 + row * 0.07),
            )
            pen.line([start, end], 0.02, mix(tones.main, INK, 0.6))
