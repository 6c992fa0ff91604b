"""Sun, moon and clouds as things of their own, for pictures that have no sky."""

import math

from limner.sketch.colours import Colour, Tones, at, mix
from limner.sketch.curves import star
from limner.sketch.faces import cheeks, eyes, smile
from limner.sketch.pen import Pen

BOWS: tuple[Colour, ...] = (
    (232, 84, 84),
    (246, 156, 70),
    (252, 214, 90),
    (112, 190, 110),
    (86, 150, 226),
    (140, 100, 200),
)


def sun(pen: Pen, tones: Tones) -> None:
    for ray in range(12):
        angle = math.tau * ray / 12
        reach = 0.96 if ray % 2 else 0.84
        tip = (reach * math.cos(angle), reach * math.sin(angle))
        feet = [(0.56 * math.cos(angle + t), 0.56 * math.sin(angle + t)) for t in (-0.2, 0.2)]
        pen.poly([tip, *feet], tones.second)
    pen.disc(0, 0, 0.58, tones.body)
    eyes(pen, -0.06, 0.18, 0.08)
    cheeks(pen, 0.1, 0.32, 0.085)
    smile(pen, 0, 0.08, 0.12)


def moon(pen: Pen, tones: Tones) -> None:
    pen.disc(0, 0, 0.92, tones.body)
    for x, y, reach in ((-0.3, -0.3, 0.2), (0.36, 0.1, 0.26), (-0.2, 0.44, 0.14), (0.3, -0.5, 0.1)):
        pen.disc(x, y, reach, mix(tones.main, tones.dark, 0.45))
        pen.disc(x + 0.03, y + 0.03, reach * 0.84, mix(tones.main, tones.dark, 0.25))


def crescent(pen: Pen, tones: Tones) -> None:
    outer = [(0.9 * math.cos(a), 0.9 * math.sin(a)) for a in _sweep(0.9, 5.4)]
    inner = [(0.36 + 0.72 * math.cos(a), -0.06 + 0.72 * math.sin(a)) for a in _sweep(5.15, 1.1)]
    pen.poly([*outer, *inner], tones.body)


def _sweep(start: float, end: float) -> list[float]:
    return [start + (end - start) * step / 60 for step in range(61)]


def stars(pen: Pen, tones: Tones) -> None:
    for x, y, reach in ((-0.4, -0.3, 0.5), (0.5, 0.2, 0.42), (-0.3, 0.6, 0.3), (0.4, -0.6, 0.26)):
        pen.poly(star(x, y, reach, reach * 0.44), tones.body)


def cloud(pen: Pen, tones: Tones) -> None:
    puffs = ((-0.56, 0.2, 0.34), (-0.2, -0.1, 0.44), (0.28, 0.02, 0.38), (0.62, 0.26, 0.28))
    for x, y, reach in puffs:
        pen.disc(x, y + 0.05, reach, tones.dark)
    pen.box(-0.9, 0.2, 0.9, 0.6, tones.dark, 0.2)
    for x, y, reach in puffs:
        pen.disc(x, y, reach, tones.main)
    pen.box(-0.9, 0.16, 0.9, 0.54, tones.main, 0.19)


def rainbow(pen: Pen, tones: Tones) -> None:
    for index, colour in enumerate(BOWS):
        reach = 0.94 - index * 0.085
        arc = [(reach * math.cos(a), 0.5 + reach * math.sin(a)) for a in _sweep(math.pi, math.tau)]
        pen.line(arc, 0.09, colour)
    for side in (-1, 1):
        for x, y, reach in ((0.76, 0.54, 0.2), (0.56, 0.6, 0.15), (0.84, 0.64, 0.14)):
            pen.disc(side * x, y, reach, (250, 250, 252))


def aurora(pen: Pen, tones: Tones) -> None:
    for index in range(9):
        x = -0.8 + index * 0.2
        top = -0.5 - 0.3 * math.sin(index * 1.3)
        pen.line([(x, top), (x + 0.06, 0.5)], 0.16, at((tones.main, tones.second), index / 8))


def planet(pen: Pen, tones: Tones) -> None:
    orbit = [
        (0.96 * math.cos(a), 0.3 * math.sin(a) - 0.14 * math.cos(a)) for a in _sweep(0, math.tau)
    ]
    pen.line(orbit[30:], 0.07, tones.second)
    pen.disc(0, 0, 0.6, tones.body)
    for y, wide in ((-0.24, 0.5), (0.3, 0.46)):
        pen.line([(-wide, y + 0.06), (wide, y - 0.06)], 0.1, tones.dark)
    pen.line(orbit[:31], 0.07, tones.second)
