"""Plain shapes keep their colour nearly flat, so that red stays red."""

import math

from limner.sketch.colours import Colour, Gradient, Tones, mix
from limner.sketch.curves import ring
from limner.sketch.curves import star as star_outline
from limner.sketch.pen import Pen


def _soft(colour: Colour) -> Gradient:
    return Gradient((mix(colour, (255, 250, 236), 0.12), colour, mix(colour, (30, 16, 70), 0.1)))


def circle(pen: Pen, tones: Tones) -> None:
    pen.disc(0, 0, 0.92, _soft(tones.main))


def square(pen: Pen, tones: Tones) -> None:
    pen.box(-0.84, -0.84, 0.84, 0.84, _soft(tones.main), 0.08)


def triangle(pen: Pen, tones: Tones) -> None:
    pen.poly([(0, -0.86), (0.94, 0.8), (-0.94, 0.8)], _soft(tones.main))


def star(pen: Pen, tones: Tones) -> None:
    pen.poly(star_outline(0, 0.06, 0.98, 0.44), _soft(tones.main))


def heart(pen: Pen, tones: Tones) -> None:
    turns = [math.tau * index / 90 for index in range(90)]
    outline = [
        (
            0.92 * math.sin(t) ** 3,
            -0.06 - 0.058 * (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t)),
        )
        for t in turns
    ]
    pen.poly(outline, _soft(tones.main))
    pen.blob([(-0.64, -0.3), (-0.5, -0.6), (-0.34, -0.62), (-0.46, -0.36)], tones.light)


def diamond(pen: Pen, tones: Tones) -> None:
    pen.facets([(0, -0.94), (0.72, 0), (0, 0.94)], _soft(tones.main))
    pen.poly([(0, -0.94), (-0.72, 0), (-0.2, 0)], mix(tones.main, tones.light, 0.7))
    pen.poly([(0, 0.94), (0.72, 0), (0.2, 0)], mix(tones.main, tones.dark, 0.7))


def hexagon(pen: Pen, tones: Tones) -> None:
    pen.poly(ring(0, 0, 0.94, 0.94, 6), _soft(tones.main))


def band(pen: Pen, tones: Tones) -> None:
    pen.hoop(0, 0, 0.92, 0.32, tones.main)


def cube(pen: Pen, tones: Tones) -> None:
    top, right, low, left = (0, -0.94), (0.82, -0.47), (0, 0), (-0.82, -0.47)
    pen.poly([top, right, low, left], tones.light)
    pen.poly([left, low, (0, 0.94), (-0.82, 0.47)], tones.main)
    pen.poly([low, right, (0.82, 0.47), (0, 0.94)], tones.dark)
