"""Things to sit on, to wear and to wave."""

import itertools
import math

from limner.sketch.colours import INK, WHITE, Gradient, Tones, mix
from limner.sketch.curves import ring
from limner.sketch.pen import Pen


def gear(pen: Pen, tones: Tones) -> None:
    for tooth in range(8):
        angle = math.tau * tooth / 8
        outline = [
            (reach * math.cos(angle + turn), reach * math.sin(angle + turn))
            for reach, turn in ((0.6, -0.26), (0.95, -0.17), (0.95, 0.17), (0.6, 0.26))
        ]
        pen.poly(outline, tones.main)
    pen.disc(0, 0, 0.74, tones.body)
    pen.disc(0, 0, 0.5, tones.light)
    pen.disc(0, 0, 0.3, tones.second)
    pen.disc(0, 0, 0.16, tones.deep)


def crown(pen: Pen, tones: Tones) -> None:
    tips = ((-0.86, -0.36), (-0.44, -0.06), (0, -0.66), (0.44, -0.06), (0.86, -0.36))
    pen.poly([*tips, (0.68, 0.6), (-0.68, 0.6)], tones.body)
    pen.box(-0.72, 0.5, 0.72, 0.84, tones.dark, 0.06)
    for x, y in (tips[0], tips[2], tips[4]):
        pen.disc(x, y, 0.12, tones.second)
    for x, colour in ((-0.4, (90, 180, 220)), (0, tones.second), (0.4, (110, 200, 140))):
        pen.poly(ring(x, 0.66, 0.11, 0.12, 4), colour)


def hat(pen: Pen, tones: Tones) -> None:
    pen.oval(0, 0.66, 0.96, 0.2, tones.dark)
    pen.poly([(-0.56, -0.7), (0.56, -0.7), (0.5, 0.64), (-0.5, 0.64)], tones.body)
    pen.oval(0, -0.7, 0.56, 0.12, tones.light)
    pen.box(-0.53, 0.34, 0.53, 0.6, tones.trim)


def chair(pen: Pen, tones: Tones) -> None:
    for x in (-0.42, 0.42):
        pen.line([(x, -0.86), (x, 0.2)], 0.11, tones.main)
        pen.line([(x * 0.8, 0.3), (x * 0.8, 0.86)], 0.09, tones.deep)
    for y in (-0.76, -0.46, -0.16):
        pen.box(-0.42, y - 0.08, 0.42, y + 0.08, tones.body, 0.05)
    for x in (-0.54, 0.54):
        pen.line([(x, 0.36), (x, 0.92)], 0.11, tones.dark)
    pen.box(-0.62, 0.22, 0.62, 0.42, tones.main, 0.06)
    pen.box(-0.56, 0.08, 0.56, 0.26, tones.trim, 0.09)


def sofa(pen: Pen, tones: Tones) -> None:
    for x in (-0.74, 0.74):
        pen.line([(x, 0.76), (x, 0.92)], 0.09, (112, 78, 62))
    pen.box(-0.82, -0.4, 0.82, 0.6, tones.body, 0.18)
    pen.box(-0.015, -0.34, 0.015, 0.3, tones.dark)
    pen.box(-0.78, 0.22, 0.78, 0.56, tones.light, 0.1)
    pen.box(-0.9, 0.46, 0.9, 0.82, tones.dark, 0.08)
    for x in (-0.84, 0.84):
        pen.box(x - 0.14, 0.0, x + 0.14, 0.82, tones.main, 0.13)
    pen.poly(ring(-0.4, 0.08, 0.26, 0.26, 4, 0.2), tones.trim)


def table(pen: Pen, tones: Tones) -> None:
    for x, colour in (
        (-0.56, tones.deep),
        (0.56, tones.deep),
        (-0.8, tones.main),
        (0.8, tones.main),
    ):
        pen.line([(x, 0.1), (x * 1.02, 0.9)], 0.11, colour)
    pen.box(-0.86, 0.04, 0.86, 0.2, tones.dark, 0.03)
    pen.poly([(-0.78, -0.2), (0.78, -0.2), (0.98, 0.04), (-0.98, 0.04)], tones.light)
    pen.box(-0.98, 0.03, 0.98, 0.12, tones.main, 0.03)


def flag(pen: Pen, tones: Tones) -> None:
    pen.line([(-0.66, -0.86), (-0.66, 0.92)], 0.085, (142, 104, 84))
    pen.disc(-0.66, -0.9, 0.08, (246, 206, 96))
    waves = (-0.06, 0.1, -0.06)
    for index, colour in enumerate(
        (tones.body, Gradient((tones.second, mix(tones.second, INK, 0.08))), tones.body)
    ):
        top = -0.8 + index * 0.29
        across = (-0.62, -0.1, 0.4, 0.92)
        upper = [(x, top + wave) for x, wave in zip(across, (*waves, 0.0), strict=True)]
        lower = [(x, y + 0.3) for x, y in reversed(upper)]
        pen.poly([*_eased(upper), *_eased(lower)], colour)
    pen.oval(-0.66, 0.93, 0.2, 0.045, mix((142, 104, 84), WHITE, 0.2))


def _eased(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    eased: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        for step in range(9):
            share = step / 8
            turn = (1 - math.cos(math.pi * share)) / 2
            eased.append((x0 + (x1 - x0) * share, y0 + (y1 - y0) * turn))
    return eased
