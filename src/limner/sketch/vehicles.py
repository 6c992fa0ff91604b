"""Everything that rolls, sails or flies is seen from the side."""

import math

from limner.sketch.colours import INK, LAMPLIGHT, WHITE, Colour, Gradient, Tones, mix
from limner.sketch.curves import smooth
from limner.sketch.pen import Pen

GLASS = Gradient(((206, 234, 248), (138, 186, 216)))
TYRE: Colour = (54, 50, 68)
ROPE: Colour = (112, 92, 86)


def wheel(pen: Pen, x: float, y: float, radius: float) -> None:
    pen.disc(x, y, radius, TYRE)
    pen.disc(x, y, radius * 0.58, (222, 226, 234))
    pen.disc(x, y, radius * 0.24, (128, 132, 150))


def boat(pen: Pen, tones: Tones) -> None:
    pen.line([(0, -0.92), (0, 0.4)], 0.05, (136, 94, 66))
    pen.poly(
        [(0.06, -0.9), (0.4, -0.4), (0.78, 0.3), (0.06, 0.3)],
        Gradient((WHITE, tones.second, mix(tones.second, INK, 0.12))),
    )
    pen.poly([(-0.06, -0.74), (-0.3, -0.2), (-0.6, 0.3), (-0.06, 0.3)], tones.light)
    pen.poly([(0, -0.98), (0, -0.84), (-0.24, -0.91)], tones.main)
    hull = [(-0.92, 0.4), (0.94, 0.4), (0.74, 0.72), (0.5, 0.92), (-0.5, 0.92), (-0.76, 0.72)]
    pen.poly(hull, tones.body)
    with pen.within(hull) as inner:
        inner.box(-1, 0.38, 1, 0.5, tones.pale)
        inner.box(-1, 0.8, 1, 1, tones.deep)
    for x in (-0.4, 0, 0.4):
        pen.disc(x, 0.64, 0.07, tones.pale)
        pen.disc(x, 0.64, 0.045, (88, 120, 150))


def car(pen: Pen, tones: Tones) -> None:
    cabin = [(-0.56, 0.16), (-0.4, -0.3), (-0.1, -0.42), (0.26, -0.38), (0.52, 0.12)]
    pen.blob([*cabin, (0, 0.3)], tones.body)
    pen.poly([(-0.42, 0.1), (-0.32, -0.2), (-0.06, -0.29), (-0.06, 0.1)], GLASS)
    pen.poly([(0.02, 0.1), (0.02, -0.29), (0.2, -0.26), (0.38, 0.1)], GLASS)
    pen.box(-0.96, 0.1, 0.96, 0.62, tones.body, 0.2)
    pen.box(-0.96, 0.42, 0.96, 0.5, tones.dark)
    pen.box(-0.02, 0.2, 0.1, 0.24, tones.deep, 0.02)
    pen.oval(0.88, 0.28, 0.075, 0.095, (255, 238, 170))
    pen.oval(-0.91, 0.26, 0.05, 0.08, (250, 110, 90))
    for x in (-0.52, 0.54):
        wheel(pen, x, 0.62, 0.25)
    if pen.lit:
        pen.lamp(0.95, 0.28, 0.7, (255, 238, 170))


def bus(pen: Pen, tones: Tones) -> None:
    pen.box(-0.96, -0.56, 0.96, 0.66, tones.body, 0.16)
    pen.box(-0.96, 0.2, 0.96, 0.3, tones.pale)
    for x in (-0.78, -0.38, 0.02):
        pen.box(x, -0.4, x + 0.33, 0.08, LAMPLIGHT if pen.lit else GLASS, 0.05)
    pen.box(0.42, -0.4, 0.6, 0.64, LAMPLIGHT if pen.lit else GLASS, 0.04)
    pen.box(0.7, -0.4, 0.96, 0.08, GLASS, 0.05)
    pen.oval(0.9, 0.46, 0.05, 0.075, (255, 240, 180))
    pen.box(-0.96, 0.6, 0.96, 0.68, tones.deep, 0.04)
    for x in (-0.54, 0.54):
        wheel(pen, x, 0.68, 0.22)


def train(pen: Pen, tones: Tones) -> None:
    for x, y, reach in ((0.7, -0.8, 0.13), (0.42, -0.86, 0.1), (0.2, -0.92, 0.06)):
        pen.disc(x - 0.06, y, reach, (236, 238, 244))
    pen.poly([(0.5, -0.2), (0.46, -0.56), (0.74, -0.56), (0.68, -0.2)], tones.deep)
    pen.box(-0.1, -0.26, 0.86, 0.44, tones.body, 0.18)
    pen.box(0.04, -0.26, 0.12, 0.44, tones.second)
    pen.box(0.34, -0.26, 0.42, 0.44, tones.second)
    pen.disc(0.22, -0.28, 0.11, tones.second)
    pen.box(-0.84, -0.62, 0.0, 0.5, tones.trim)
    pen.box(-0.94, -0.74, 0.08, -0.58, tones.deep, 0.05)
    pen.box(-0.68, -0.42, -0.16, -0.02, LAMPLIGHT if pen.lit else GLASS, 0.05)
    pen.box(-0.9, 0.42, 0.9, 0.56, tones.deep, 0.04)
    pen.poly([(0.84, 0.5), (0.98, 0.92), (0.6, 0.92)], tones.second)
    pen.disc(0.86, 0.02, 0.09, (255, 238, 170))
    for x, radius in ((-0.6, 0.26), (-0.02, 0.26), (0.42, 0.18)):
        wheel(pen, x, 0.95 - radius, radius)
    pen.line([(-0.6, 0.69), (-0.02, 0.69), (0.42, 0.77)], 0.05, (222, 226, 234))


def bicycle(pen: Pen, tones: Tones) -> None:
    for x in (-0.54, 0.54):
        pen.hoop(x, 0.46, 0.44, 0.07, TYRE)
        for spoke in range(6):
            dx, dy = 0.38 * math.cos(spoke * math.pi / 6), 0.38 * math.sin(spoke * math.pi / 6)
            pen.line([(x - dx, 0.46 - dy), (x + dx, 0.46 + dy)], 0.014, (170, 174, 190))
        pen.disc(x, 0.46, 0.06, TYRE)
    back, pedal, saddle, head, front = (
        (-0.54, 0.46),
        (-0.06, 0.46),
        (-0.2, -0.2),
        (0.36, -0.24),
        (0.54, 0.46),
    )
    pen.line([saddle, head, pedal, saddle, back, pedal], 0.085, tones.main)
    pen.line([front, head, (0.3, -0.5)], 0.085, tones.main)
    pen.stroke([(0.3, -0.5), (0.5, -0.54), (0.54, -0.4)], 0.07, tones.second)
    pen.line([saddle, (-0.23, -0.34)], 0.06, TYRE)
    pen.blob([(-0.44, -0.42), (-0.06, -0.4), (-0.14, -0.32), (-0.38, -0.32)], tones.second)
    pen.disc(*pedal, 0.1, tones.dark)
    pen.line([pedal, (0.02, 0.66)], 0.05, TYRE)
    pen.box(-0.06, 0.63, 0.12, 0.69, TYRE, 0.02)


def rocket(pen: Pen, tones: Tones) -> None:
    pen.both([(0, 0.4), (0.2, 0.56), (0.1, 0.86), (0, 0.98)], (255, 150, 50))
    pen.both([(0, 0.4), (0.11, 0.54), (0.05, 0.72), (0, 0.82)], (255, 232, 130))
    for side in (-1, 1):
        pen.poly(
            [(side * 0.2, 0.06), (side * 0.58, 0.44), (side * 0.56, 0.68), (side * 0.2, 0.48)],
            tones.trim,
        )
    hull = [(0, -0.95), (0.24, -0.5), (0.33, 0), (0.22, 0.52), (0, 0.54)]
    pen.both(hull, tones.body)
    outline = smooth([*hull, *[(-x, y) for x, y in reversed(hull[1:-1])]], closed=True)
    with pen.within(outline) as inner:
        inner.box(-1, -1, 1, -0.52, tones.trim)
        inner.box(-1, 0.3, 1, 0.4, tones.second)
    pen.disc(0, -0.18, 0.19, tones.second)
    pen.disc(0, -0.18, 0.14, GLASS)
    pen.box(-0.03, 0.1, 0.03, 0.62, tones.second, 0.03)
    pen.lamp(0, 0.7, 0.7, (255, 170, 70))


def plane(pen: Pen, tones: Tones) -> None:
    pen.poly([(-0.62, -0.06), (-0.94, -0.56), (-0.74, -0.58), (-0.38, -0.06)], tones.trim)
    pen.poly([(0.1, 0), (-0.12, -0.4), (0.04, -0.42), (0.4, 0)], tones.dark)
    hull = [(-0.96, -0.06), (-0.3, -0.18), (0.5, -0.18), (0.94, 0.04), (0.6, 0.24), (-0.3, 0.22)]
    pen.blob(hull, tones.body)
    with pen.within(smooth(hull, closed=True)) as inner:
        inner.box(-1, 0.1, 1, 0.4, tones.second)
    pen.poly([(0.58, -0.14), (0.8, -0.06), (0.76, 0.02), (0.6, 0.0)], GLASS)
    for x in (-0.4, -0.22, -0.04, 0.14, 0.32):
        pen.disc(x, -0.02, 0.05, (96, 150, 196))
    pen.poly([(0.2, 0.1), (-0.3, 0.62), (-0.1, 0.62), (0.5, 0.1)], tones.trim)


def balloon(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0, 0.36), (0.08, 0.56), (-0.06, 0.76), (0.02, 0.97)], 0.025, ROPE)
    pen.both([(0, -0.96), (0.48, -0.76), (0.56, -0.3), (0.3, 0.16), (0, 0.32)], tones.body)
    pen.poly([(0, 0.26), (0.09, 0.4), (-0.09, 0.4)], tones.dark)
    pen.blob([(-0.38, -0.36), (-0.32, -0.68), (-0.14, -0.82), (-0.22, -0.58)], tones.pale)


def airship(pen: Pen, tones: Tones) -> None:
    for x in (-0.18, 0.18):
        pen.line([(x * 1.6, 0.26), (x, 0.66)], 0.025, ROPE)
    envelope = [(0, -0.96), (0.5, -0.82), (0.72, -0.36), (0.44, 0.12), (0.16, 0.36), (0, 0.38)]
    pen.both(envelope, tones.body)
    outline = smooth([*envelope, *[(-x, y) for x, y in reversed(envelope[1:-1])]], closed=True)
    with pen.within(outline) as inner:
        inner.both([(0, -1), (0.42, -0.6), (0.46, -0.2), (0.16, 0.4), (0, 0.44)], tones.second)
        inner.both([(0, -1), (0.16, -0.6), (0.18, -0.2), (0.06, 0.4), (0, 0.44)], tones.body)
    pen.box(-0.2, 0.64, 0.2, 0.95, Gradient(((190, 132, 82), (140, 90, 58))), 0.07)
    pen.box(-0.23, 0.62, 0.23, 0.7, (212, 156, 100), 0.03)
    pen.both([(0, 0.36), (0.05, 0.46), (0, 0.54)], (255, 190, 70))
    pen.lamp(0, 0.42, 0.6, (255, 196, 90))


def kite(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.0, 0.4), (0.16, 0.6), (-0.1, 0.76), (0.06, 0.96)], 0.03, ROPE)
    for x, y in ((0.13, 0.6), (-0.06, 0.76)):
        pen.poly([(x - 0.12, y - 0.06), (x, y), (x - 0.12, y + 0.06)], tones.second)
        pen.poly([(x + 0.12, y - 0.06), (x, y), (x + 0.12, y + 0.06)], tones.second)
    top, right, low, left, heart = (0, -0.96), (0.6, -0.36), (0, 0.44), (-0.6, -0.36), (0, -0.36)
    for corners, colour in (
        ((top, right, heart), tones.main),
        ((right, low, heart), tones.second),
        ((low, left, heart), tones.dark),
        ((left, top, heart), tones.light),
    ):
        pen.poly(corners, colour)
