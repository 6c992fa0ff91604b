"""Buildings light their windows when it is dark."""

import math

from limner.sketch.colours import INK, LAMPLIGHT, WHITE, Colour, Gradient, Tones, mix
from limner.sketch.pen import Pen

GLASS: Colour = (132, 176, 208)
WOOD: Colour = (126, 82, 60)


def window(pen: Pen, x: float, y: float, wide: float, high: float) -> None:
    pen.box(x - wide - 0.03, y - high - 0.03, x + wide + 0.03, y + high + 0.03, WHITE, 0.03)
    pen.box(x - wide, y - high, x + wide, y + high, LAMPLIGHT if pen.lit else GLASS, 0.02)
    pen.box(x - wide, y - 0.012, x + wide, y + 0.012, WHITE)
    pen.box(x - 0.012, y - high, x + 0.012, y + high, WHITE)
    if pen.lit:
        pen.lamp(x, y, 0.5, LAMPLIGHT)


def slit(pen: Pen, x: float, y: float, wide: float = 0.05) -> None:
    glass = LAMPLIGHT if pen.lit else mix(INK, GLASS, 0.3)
    pen.wedge(x, y - wide, wide, 180, 360, glass)
    pen.box(x - wide, y - wide - 0.01, x + wide, y + wide * 1.6, glass)
    if pen.lit:
        pen.lamp(x, y, 0.25, LAMPLIGHT)


def house(pen: Pen, tones: Tones) -> None:
    pen.box(0.34, -0.86, 0.56, -0.2, Gradient(((178, 104, 84), (140, 74, 66))))
    pen.box(0.3, -0.92, 0.6, -0.8, (196, 124, 100), 0.03)
    pen.box(-0.72, -0.16, 0.72, 0.96, tones.body)
    pen.box(-0.72, -0.16, 0.72, 0.0, tones.dark)
    pen.box(-0.72, 0.84, 0.72, 0.96, (172, 158, 158))
    pen.poly(
        [(0, -0.88), (0.98, 0.0), (0.86, 0.1), (0, -0.62), (-0.86, 0.1), (-0.98, 0.0)], tones.second
    )
    pen.poly([(0, -0.64), (0.78, 0), (-0.78, 0)], tones.body)
    pen.poly(
        [(0, -0.86), (0.97, -0.01), (0.82, 0.08), (0, -0.62), (-0.82, 0.08), (-0.97, -0.01)],
        tones.trim,
    )
    pen.disc(0, -0.26, 0.15, WHITE)
    pen.disc(0, -0.26, 0.115, LAMPLIGHT if pen.lit else GLASS)
    pen.box(-0.17, 0.26, 0.17, 0.96, WHITE, 0.05)
    pen.box(-0.14, 0.3, 0.14, 0.96, mix(tones.second, WOOD, 0.6), 0.04)
    pen.disc(0.08, 0.64, 0.03, (250, 214, 110))
    for x in (-0.45, 0.45):
        window(pen, x, 0.44, 0.14, 0.17)
        pen.box(x - 0.2, 0.64, x + 0.2, 0.72, WOOD, 0.02)
        for shift in (-0.13, 0, 0.13):
            pen.disc(x + shift, 0.62, 0.055, (110, 178, 96))
            pen.disc(x + shift, 0.59, 0.03, (250, 140, 160))


def castle(pen: Pen, tones: Tones) -> None:
    for x, top in ((-0.7, -0.3), (0.7, -0.3)):
        _turret(pen, tones, x, top, 0.2)
    _battlements(pen, tones, -0.62, 0.62, 0.1)
    _turret(pen, tones, 0, -0.46, 0.24)
    pen.wedge(0, 0.56, 0.2, 180, 360, mix(WOOD, INK, 0.3))
    pen.box(-0.2, 0.55, 0.2, 0.96, mix(WOOD, INK, 0.3))
    for x in (-0.1, 0, 0.1):
        pen.line([(x, 0.4), (x, 0.94)], 0.02, mix(WOOD, INK, 0.65))
    for x in (-0.4, 0.4):
        slit(pen, x, 0.44)
    for x, y in ((-0.5, 0.7), (0.34, 0.8), (-0.34, 0.84), (0.46, 0.66), (0.06, 0.2)):
        pen.box(x - 0.06, y - 0.02, x + 0.06, y + 0.02, tones.dark, 0.02)


def _battlements(pen: Pen, tones: Tones, left: float, right: float, top: float) -> None:
    pen.box(left, top, right, 0.96, tones.body)
    steps = 7
    wide = (right - left) / (2 * steps - 1)
    for index in range(steps):
        x = left + 2 * index * wide
        pen.box(x, top - 0.1, x + wide, top + 0.02, tones.light)


def _turret(pen: Pen, tones: Tones, x: float, top: float, wide: float) -> None:
    pen.line([(x, top - 0.44), (x, top - 0.56 + 0.06)], 0.02, INK)
    pen.poly([(x, top - 0.52), (x + wide * 0.9, top - 0.45), (x, top - 0.38)], (232, 84, 84))
    pen.box(x - wide, top, x + wide, 0.96, tones.body)
    pen.box(x - wide - 0.04, top, x + wide + 0.04, top + 0.12, tones.light, 0.02)
    pen.poly(
        [(x, top - 0.4), (x + wide + 0.08, top + 0.02), (x - wide - 0.08, top + 0.02)], tones.trim
    )
    slit(pen, x, top + 0.34, 0.06)


def tower(pen: Pen, tones: Tones) -> None:
    pen.line([(0, -0.96), (0, -0.7)], 0.03, INK)
    pen.box(-0.26, -0.76, 0.26, -0.4, tones.dark)
    pen.box(-0.38, -0.5, 0.38, 0.97, tones.body)
    for row in range(8):
        for x in (-0.24, 0, 0.24):
            y = -0.34 + row * 0.16
            on = pen.lit and (row * 3 + round(x * 10)) % 4
            pen.box(x - 0.07, y - 0.045, x + 0.07, y + 0.045, LAMPLIGHT if on else tones.second)


def lighthouse(pen: Pen, tones: Tones) -> None:
    rock = [(-0.62, 0.97), (-0.5, 0.76), (-0.1, 0.72), (0.3, 0.7), (0.56, 0.8), (0.66, 0.97)]
    pen.poly(rock, (120, 116, 132))
    body = [(-0.18, -0.46), (0.18, -0.46), (0.32, 0.84), (-0.32, 0.84)]
    pen.poly(body, tones.body)
    with pen.within(body) as inner:
        for top in (-0.22, 0.22, 0.66):
            inner.box(-0.5, top, 0.5, top + 0.22, tones.trim)
    pen.box(-0.29, -0.54, 0.29, -0.44, mix(INK, WHITE, 0.15), 0.03)
    pen.box(-0.15, -0.78, 0.15, -0.54, (255, 236, 158))
    for x in (-0.15, 0, 0.15):
        pen.line([(x, -0.78), (x, -0.54)], 0.025, INK)
    pen.wedge(0, -0.74, 0.22, 180, 360, tones.second)
    pen.disc(0, -0.94, 0.05, tones.second)
    pen.box(-0.08, 0.56, 0.08, 0.84, WOOD, 0.06)
    slit(pen, 0, 0.1, 0.05)
    pen.lamp(0, -0.66, 1.3 if pen.lit else 0.5, (255, 226, 130))


def bridge(pen: Pen, tones: Tones) -> None:
    for x in (-0.56, 0.56):
        for side in (-0.09, 0.09):
            pen.line([(x + side, -0.7), (x + side * 1.3, 0.9)], 0.07, tones.main)
        for y in (-0.6, -0.3, 0.0):
            pen.line([(x - 0.1, y), (x + 0.1, y)], 0.05, tones.dark)
    for first, middle, last in (
        ((-0.56, -0.7), (0, 0.14), (0.56, -0.7)),
        ((-0.56, -0.7), (-0.8, -0.1), (-1, 0.12)),
        ((0.56, -0.7), (0.8, -0.1), (1, 0.12)),
    ):
        pen.stroke([first, middle, last], 0.035, tones.dark)
    for index in range(15):
        x = -0.91 + index * 0.13
        reach = abs(abs(x) - 0.56) if abs(x) > 0.56 else 0.56 - abs(x)
        top = -0.6 + min(0.8, reach * (1.45 if abs(x) < 0.56 else 1.8))
        pen.line([(x, min(top, 0.2)), (x, 0.24)], 0.014, tones.dark)
    pen.box(-1, 0.2, 1, 0.34, tones.body, 0.02)
    pen.box(-1, 0.3, 1, 0.36, tones.deep)
    for x in (-0.56, 0.56):
        pen.box(x - 0.2, 0.76, x + 0.2, 0.96, tones.trim, 0.04)


def windmill(pen: Pen, tones: Tones) -> None:
    pen.facets([(0, -0.3), (0.22, -0.3), (0.38, 0.96), (0, 0.96)], tones.body)
    pen.wedge(0, -0.26, 0.27, 180, 360, tones.second)
    pen.box(-0.1, 0.62, 0.1, 0.96, WOOD, 0.06)
    window(pen, 0, 0.2, 0.08, 0.1)
    for quarter in range(4):
        angle = math.tau * quarter / 4 + 0.5
        along = (math.cos(angle), math.sin(angle))
        aside = (-along[1] * 0.17, along[0] * 0.17)
        hub = (0.0, -0.3)
        root = (hub[0] + along[0] * 0.16, hub[1] + along[1] * 0.16)
        tip = (hub[0] + along[0] * 0.68, hub[1] + along[1] * 0.68)
        sail = [root, tip, (tip[0] + aside[0], tip[1] + aside[1])]
        pen.poly([*sail, (root[0] + aside[0], root[1] + aside[1])], (252, 246, 232))
        pen.line([hub, tip], 0.045, WOOD)
    pen.disc(0, -0.3, 0.075, mix(WOOD, INK, 0.4))


def tent(pen: Pen, tones: Tones) -> None:
    pen.line([(0.0, -0.76), (0.06, -0.92)], 0.04, WOOD)
    pen.poly([(0, -0.78), (0.98, 0.9), (0.2, 0.95)], tones.dark)
    pen.poly([(0, -0.78), (0.5, 0.95), (-0.9, 0.95)], tones.body)
    inside = LAMPLIGHT if pen.lit else mix(tones.main, INK, 0.66)
    pen.poly([(-0.1, -0.36), (0.16, 0.95), (-0.5, 0.95)], inside)
    pen.poly([(-0.1, -0.36), (-0.34, 0.95), (-0.62, 0.95)], tones.second)
    pen.poly([(-0.1, -0.36), (0.08, 0.95), (0.28, 0.95)], tones.second)
    if pen.lit:
        pen.lamp(-0.1, 0.5, 0.9, LAMPLIGHT)
