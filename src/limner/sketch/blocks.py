"""A few blocks of an isometric city, with streets between them."""

from random import Random
from typing import NamedTuple

from limner.sketch.canvas import Canvas
from limner.sketch.colours import INK, LAMPLIGHT, WHITE, Gradient, mix
from limner.sketch.curves import Point, ring
from limner.sketch.town import TOWERS
from limner.sketch.view import View


class Ground(NamedTuple):
    """The island's top: `at` turns island coordinates (-1 to 1) and a height into pixels."""

    x: float
    y: float
    wide: float

    def at(self, u: float, v: float, up: float = 0.0) -> Point:
        return (
            self.x + (u - v) * self.wide / 2,
            self.y + (u + v) * self.wide / 4 - up * self.wide,
        )


def city_blocks(canvas: Canvas, view: View, ground: Ground, rng: Random) -> None:
    """Towers along the streets, the farthest first; where things stand there is a square."""
    street = view.air.seen((92, 96, 120))
    for line in (-0.34, 0.34):
        canvas.shape(
            [
                [
                    ground.at(-1, line - 0.07),
                    ground.at(1, line - 0.07),
                    ground.at(1, line + 0.07),
                    ground.at(-1, line + 0.07),
                ]
            ],
            street,
        )
        canvas.shape(
            [
                [
                    ground.at(line - 0.07, -1),
                    ground.at(line + 0.07, -1),
                    ground.at(line + 0.07, 1),
                    ground.at(line - 0.07, 1),
                ]
            ],
            street,
        )
    occupied = bool(view.placements)
    middles = (-0.68, 0.0, 0.68)
    for row in range(3):
        for column in range(3):
            front = row + column >= 2
            if occupied and front:
                continue
            tall = rng.uniform(0.35, 0.95) * (0.62 if front else 1.0)
            _tower(canvas, view, ground, (middles[row], middles[column]), tall, rng)


def _tower(
    canvas: Canvas, view: View, ground: Ground, spot: Point, tall: float, rng: Random
) -> None:
    u, v = spot
    half, air = rng.uniform(0.17, 0.23), view.air
    colour = air.seen(air.place_colour or mix(rng.choice(TOWERS), WHITE, 0.25))
    if air.dark:
        colour = mix(colour, (14, 16, 50), 0.4)
    left = [ground.at(u - half, v + half, up) for up in (tall, 0)]
    middle = [ground.at(u + half, v + half, up) for up in (tall, 0)]
    right = [ground.at(u + half, v - half, up) for up in (tall, 0)]
    roof = [left[0], middle[0], right[0], ground.at(u - half, v - half, tall)]
    canvas.shape(
        [[left[0], middle[0], middle[1], left[1]]], Gradient((colour, mix(colour, INK, 0.15)))
    )
    canvas.shape(
        [[middle[0], right[0], right[1], middle[1]]],
        Gradient((mix(colour, INK, 0.26), mix(colour, INK, 0.42))),
    )
    canvas.shape([roof], mix(colour, WHITE, 0.35))
    lit: list[list[Point]] = []
    dull: list[list[Point]] = []
    rows = max(2, int(tall / 0.085))
    for row in range(rows):
        low, high = tall * (row + 0.3) / rows, tall * (row + 0.72) / rows
        for column in range(3):
            start, end = (
                -half + 2 * half * (column + 0.22) / 3,
                -half + 2 * half * (column + 0.78) / 3,
            )
            for face in (0, 1):
                ends = (
                    [(u + start, v + half), (u + end, v + half)]
                    if face == 0
                    else [(u + half, v - start), (u + half, v - end)]
                )
                pane = [ground.at(*ends[0], high), ground.at(*ends[1], high)]
                pane += [ground.at(*ends[1], low), ground.at(*ends[0], low)]
                (lit if air.dark and rng.random() < 0.55 else dull).append(pane)
    glass = (44, 48, 96) if air.dark else air.seen((196, 224, 244))
    canvas.shape(dull, glass, opacity=0.8)
    canvas.shape(lit, LAMPLIGHT)
    canvas.shape(
        [ring(*ground.at(u, v, tall + 0.03), ground.wide * 0.03, ground.wide * 0.016, 20)],
        mix(colour, WHITE, 0.55),
    )
