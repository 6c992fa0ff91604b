"""Larger animals, from the farm and from far away."""

from limner.sketch.animals import ROSE, sitting
from limner.sketch.colours import INK, WHITE, Colour, Tones, mix
from limner.sketch.curves import ring
from limner.sketch.faces import cheeks, eye, eyes, smile, snout
from limner.sketch.pen import Pen

HORN: Colour = (240, 226, 196)
HOOF: Colour = (82, 66, 74)


def lion(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.34, 0.82), (0.72, 0.8), (0.84, 0.44)], 0.11, tones.main)
    pen.disc(0.84, 0.38, 0.15, tones.second)
    sitting(pen, tones)
    for x, y in ring(0, -0.36, 0.52, 0.46, 13):
        pen.disc(x, y, 0.2, tones.second)
    pen.oval(0, -0.36, 0.56, 0.5, tones.trim)
    for side in (-1, 1):
        pen.disc(side * 0.36, -0.74, 0.14, tones.main)
        pen.disc(side * 0.36, -0.73, 0.08, ROSE)
    pen.oval(0, -0.34, 0.43, 0.39, tones.body)
    pen.oval(0, -0.16, 0.24, 0.16, tones.pale)
    eyes(pen, -0.36, 0.2, 0.09)
    cheeks(pen, -0.18, 0.31, 0.075)
    snout(pen, -0.22, 0.09)


def tiger(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.3, 0.84), (0.72, 0.84), (0.86, 0.5), (0.72, 0.2)], 0.16, tones.main)
    for x, y in ((0.56, 0.84), (0.8, 0.66), (0.8, 0.36)):
        pen.line([(x - 0.06, y - 0.06), (x + 0.06, y + 0.06)], 0.07, INK)
    sitting(pen, tones)
    for side in (-1, 1):
        pen.disc(side * 0.4, -0.72, 0.19, tones.main)
        pen.disc(side * 0.4, -0.71, 0.1, tones.pale)
        for y, reach in ((0.3, 0.12), (0.46, 0.14), (0.62, 0.11)):
            pen.poly(
                [(side * 0.5, y - 0.05), (side * (0.5 - reach), y), (side * 0.5, y + 0.05)], INK
            )
    pen.oval(0, -0.38, 0.54, 0.43, tones.body)
    for side in (-1, 1):
        for y, reach in ((-0.44, 0.14), (-0.3, 0.16), (-0.17, 0.12)):
            tip = (side * (0.53 - reach), y)
            pen.poly([(side * 0.53, y - 0.05), tip, (side * 0.52, y + 0.05)], INK)
        pen.oval(side * 0.12, -0.2, 0.17, 0.15, tones.pale)
    for x, long in ((-0.12, 0.1), (0, 0.15), (0.12, 0.1)):
        pen.line([(x, -0.78), (x * 0.8, -0.78 + long)], 0.06, INK)
    eyes(pen, -0.4, 0.22, 0.1)
    snout(pen, -0.26, 0.09, ROSE)


def elephant(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        pen.box(side * 0.28 - 0.16, 0.5, side * 0.28 + 0.16, 0.96, tones.dark, 0.1)
        for toe in (-0.08, 0, 0.08):
            pen.oval(side * 0.28 + toe, 0.93, 0.04, 0.03, tones.pale)
    pen.both([(0, -0.1), (0.44, 0.04), (0.56, 0.44), (0.4, 0.76), (0, 0.8)], tones.body)
    for side in (-1, 1):
        ear = [(side * 0.3, -0.7), (side * 0.84, -0.78), (side * 0.98, -0.3), (side * 0.7, 0.06)]
        pen.blob([*ear, (side * 0.34, -0.06)], tones.dark)
        inner = [(side * 0.4, -0.56), (side * 0.76, -0.62), (side * 0.84, -0.3)]
        pen.blob([*inner, (side * 0.64, -0.06), (side * 0.42, -0.14)], mix(ROSE, tones.main, 0.3))
    pen.both([(0, -0.84), (0.34, -0.74), (0.44, -0.36), (0.3, -0.02), (0, 0.06)], tones.body)
    for side in (-1, 1):
        pen.blob([(side * 0.16, 0.0), (side * 0.3, 0.24), (side * 0.22, 0.04)], HORN)
    pen.stroke([(0, -0.2), (0.02, 0.2), (-0.02, 0.48), (0.16, 0.6), (0.3, 0.5)], 0.19, tones.main)
    for y in (0.0, 0.12, 0.24, 0.36):
        pen.line([(-0.07, y), (0.08, y + 0.01)], 0.022, tones.dark)
    eyes(pen, -0.4, 0.22, 0.08)
    cheeks(pen, -0.24, 0.3, 0.07)


def pig(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.5, 0.5), (0.72, 0.44), (0.66, 0.3), (0.8, 0.26)], 0.06, tones.dark)
    sitting(pen, tones)
    for side in (-1, 1):
        pen.blob([(side * 0.5, -0.94), (side * 0.52, -0.54), (side * 0.14, -0.76)], tones.dark)
    pen.oval(0, -0.38, 0.53, 0.44, tones.body)
    pen.oval(0, -0.24, 0.23, 0.17, tones.dark)
    for side in (-1, 1):
        pen.oval(side * 0.08, -0.24, 0.04, 0.065, tones.deep)
    eyes(pen, -0.46, 0.25, 0.085)
    cheeks(pen, -0.26, 0.38, 0.085)
    smile(pen, 0, -0.05, 0.08)


def cow(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.4, 0.7), (0.74, 0.6), (0.8, 0.3)], 0.07, tones.dark)
    pen.disc(0.8, 0.26, 0.09, tones.second)
    sitting(pen, tones)
    pen.blob([(0.24, 0.2), (0.48, 0.3), (0.5, 0.56), (0.3, 0.5)], tones.second)
    pen.blob([(-0.46, 0.56), (-0.3, 0.5), (-0.26, 0.8), (-0.5, 0.84)], tones.second)
    for side in (-1, 1):
        pen.blob([(side * 0.2, -0.74), (side * 0.46, -0.98), (side * 0.34, -0.64)], HORN)
        pen.oval(side * 0.54, -0.56, 0.17, 0.09, tones.second)
    pen.both([(0, -0.84), (0.36, -0.76), (0.42, -0.4), (0.34, -0.04), (0, 0.04)], tones.body)
    pen.blob([(0.04, -0.82), (0.38, -0.74), (0.4, -0.36), (0.16, -0.34)], tones.second)
    pen.oval(0, -0.1, 0.37, 0.2, ROSE)
    for side in (-1, 1):
        pen.oval(side * 0.15, -0.14, 0.045, 0.06, mix(ROSE, INK, 0.5))
        pen.disc(side * 0.21, -0.44, 0.12, WHITE)
        eye(pen, side * 0.21, -0.44, 0.09)
    smile(pen, 0, -0.02, 0.12)


def mouse(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.3, 0.88), (0.74, 0.86), (0.84, 0.56), (0.96, 0.46)], 0.06, ROSE)
    sitting(pen, tones)
    for side in (-1, 1):
        pen.disc(side * 0.46, -0.66, 0.3, tones.main)
        pen.disc(side * 0.46, -0.65, 0.2, ROSE)
    pen.both([(0, -0.78), (0.4, -0.6), (0.42, -0.24), (0.16, 0.02), (0, 0.04)], tones.body)
    eyes(pen, -0.36, 0.18, 0.09)
    cheeks(pen, -0.18, 0.26, 0.07)
    pen.disc(0, -0.1, 0.08, ROSE)
    for side in (-1, 1):
        for tilt in (-0.05, 0.04):
            pen.line([(side * 0.14, -0.08), (side * 0.5, -0.1 + tilt)], 0.015, WHITE)


def monkey(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.36, 0.84), (0.8, 0.82), (0.9, 0.44), (0.7, 0.3), (0.64, 0.46)], 0.1, tones.dark)
    sitting(pen, tones)
    for side in (-1, 1):
        pen.disc(side * 0.52, -0.42, 0.2, tones.dark)
        pen.disc(side * 0.52, -0.42, 0.12, tones.second)
    pen.oval(0, -0.42, 0.48, 0.45, tones.body)
    pen.both([(0, -0.56), (0.18, -0.66), (0.34, -0.46), (0.3, -0.2), (0, 0.0)], tones.second)
    eyes(pen, -0.42, 0.17, 0.09)
    cheeks(pen, -0.24, 0.26, 0.07)
    pen.oval(0, -0.25, 0.06, 0.035, mix(tones.second, INK, 0.5))
    smile(pen, 0, -0.15, 0.12)


def horse(pen: Pen, tones: Tones) -> None:
    _steed(pen, tones, (tones.second, tones.second, mix(tones.second, INK, 0.2)))


def unicorn(pen: Pen, tones: Tones) -> None:
    pen.poly([(-0.68, -0.66), (-0.86, -0.99), (-0.58, -0.74)], (250, 206, 90))
    _steed(pen, tones, (tones.second, (250, 190, 120), (150, 190, 250)))


def _steed(pen: Pen, tones: Tones, mane: tuple[Colour, Colour, Colour]) -> None:
    for index, colour in enumerate(mane):
        tail = [(0.6, 0.0), (0.86, 0.06 + index * 0.02), (0.9 - index * 0.07, 0.6)]
        pen.stroke(tail, 0.12, colour)
    for x, colour in (
        (-0.22, tones.deep),
        (0.42, tones.deep),
        (-0.36, tones.main),
        (0.56, tones.main),
    ):
        pen.stroke([(x, 0.3), (x + 0.02, 0.62), (x, 0.86)], 0.15, colour)
        pen.box(x - 0.09, 0.84, x + 0.09, 0.96, HOOF, 0.03)
    pen.blob(
        [
            (-0.5, -0.04),
            (0, 0.02),
            (0.52, -0.08),
            (0.7, 0.16),
            (0.6, 0.44),
            (0, 0.46),
            (-0.46, 0.4),
        ],
        tones.body,
    )
    pen.blob([(-0.52, 0.3), (-0.66, -0.4), (-0.42, -0.72), (-0.26, -0.4), (-0.1, 0.16)], tones.main)
    pen.blob(
        [
            (-0.44, -0.76),
            (-0.66, -0.7),
            (-0.96, -0.36),
            (-0.88, -0.2),
            (-0.62, -0.26),
            (-0.4, -0.42),
        ],
        tones.body,
    )
    pen.blob([(-0.96, -0.36), (-0.94, -0.22), (-0.82, -0.2), (-0.8, -0.38)], tones.pale)
    pen.blob([(-0.52, -0.74), (-0.5, -0.97), (-0.38, -0.72)], tones.main)
    curls = (
        (-0.48, -0.78),
        (-0.34, -0.66),
        (-0.26, -0.5),
        (-0.2, -0.32),
        (-0.14, -0.14),
        (-0.08, 0),
    )
    for index, (x, y) in enumerate(curls):
        pen.disc(x, y, 0.12, mane[index % 3])
    eye(pen, -0.6, -0.52, 0.075)
    pen.disc(-0.89, -0.3, 0.02, INK)
    pen.oval(-0.72, -0.34, 0.06, 0.045, (248, 150, 150))
