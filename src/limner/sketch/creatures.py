"""Animals that fly, swim or creep."""

import math

from limner.sketch.colours import INK, WHITE, Colour, Tones
from limner.sketch.curves import ring, smooth
from limner.sketch.faces import cheeks, eye, eyes, smile
from limner.sketch.pen import Pen

BEAK: Colour = (250, 172, 58)


def bird(pen: Pen, tones: Tones) -> None:
    pen.blob([(0.4, 0.1), (0.95, -0.28), (0.98, -0.06), (0.88, 0.08), (0.5, 0.36)], tones.deep)
    for x in (-0.1, 0.12):
        pen.line([(x, 0.6), (x, 0.88), (x - 0.12, 0.9)], 0.045, (196, 120, 50))
    body = [(-0.62, -0.3), (-0.3, -0.68), (0.06, -0.42), (0.56, 0.1), (0.3, 0.56), (-0.2, 0.66)]
    pen.blob([*body, (-0.58, 0.3)], tones.body)
    pen.blob([(-0.6, 0.02), (-0.28, 0.06), (0.1, 0.5), (-0.2, 0.63), (-0.56, 0.32)], tones.pale)
    pen.poly([(-0.6, -0.36), (-0.94, -0.2), (-0.6, -0.1)], tones.second)
    pen.blob([(-0.1, -0.06), (0.3, -0.06), (0.72, 0.22), (0.3, 0.36), (-0.04, 0.24)], tones.dark)
    pen.stroke([(0.06, 0.14), (0.3, 0.2), (0.52, 0.2)], 0.04, tones.light)
    eye(pen, -0.38, -0.3, 0.1)
    pen.oval(-0.3, -0.1, 0.09, 0.06, (248, 150, 150))


def owl(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        pen.blob([(side * 0.56, -0.95), (side * 0.56, -0.4), (side * 0.1, -0.66)], tones.dark)
        pen.oval(side * 0.2, 0.93, 0.13, 0.055, BEAK)
    pen.both([(0, -0.8), (0.46, -0.7), (0.62, 0), (0.5, 0.7), (0, 0.94)], tones.body)
    pen.both([(0, 0), (0.34, 0.12), (0.34, 0.66), (0, 0.88)], tones.pale)
    for row, columns in ((0.26, (-0.18, 0, 0.18)), (0.44, (-0.1, 0.1)), (0.6, (-0.16, 0, 0.16))):
        for x in columns:
            pen.wedge(x, row, 0.075, 0, 180, tones.main)
    for side in (-1, 1):
        wing = [(side * 0.56, -0.14), (side * 0.7, 0.3), (side * 0.5, 0.74), (side * 0.38, 0.3)]
        pen.blob(wing, tones.deep)
        pen.disc(side * 0.26, -0.36, 0.28, tones.second)
        pen.disc(side * 0.24, -0.36, 0.19, (250, 206, 90))
        eye(pen, side * 0.23, -0.36, 0.135)
    pen.poly([(-0.09, -0.28), (0.09, -0.28), (0, -0.06)], BEAK)


def duck(pen: Pen, tones: Tones) -> None:
    body = [
        (-0.5, 0.1),
        (0, 0.14),
        (0.5, 0.12),
        (0.92, -0.16),
        (0.9, 0.4),
        (0.5, 0.8),
        (-0.2, 0.84),
    ]
    pen.blob([*body, (-0.66, 0.56)], tones.body)
    pen.blob([(-0.1, 0.3), (0.3, 0.2), (0.7, 0.24), (0.5, 0.56), (0.1, 0.6)], tones.dark)
    pen.stroke([(0.1, 0.44), (0.32, 0.46), (0.5, 0.38)], 0.04, tones.light)
    pen.blob([(-0.66, 0.4), (-0.66, -0.1), (-0.2, -0.1), (-0.1, 0.3)], tones.main)
    pen.disc(-0.4, -0.36, 0.38, tones.body)
    pen.blob([(-0.7, -0.4), (-0.98, -0.28), (-0.94, -0.16), (-0.66, -0.16)], tones.second)
    pen.stroke([(-0.92, -0.24), (-0.72, -0.26)], 0.025, INK)
    eye(pen, -0.46, -0.44, 0.09)
    pen.oval(-0.36, -0.24, 0.08, 0.06, (248, 150, 150))


def penguin(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        pen.oval(side * 0.24, 0.91, 0.2, 0.075, tones.second)
        wing = [(side * 0.4, -0.2), (side * 0.72, 0.2), (side * 0.74, 0.5), (side * 0.48, 0.3)]
        pen.blob(wing, tones.deep)
    pen.both([(0, -0.93), (0.42, -0.78), (0.54, 0.1), (0.5, 0.7), (0, 0.92)], tones.body)
    pen.both([(0, -0.16), (0.34, 0), (0.38, 0.6), (0, 0.86)], WHITE)
    for side in (-1, 1):
        pen.oval(side * 0.18, -0.44, 0.22, 0.26, WHITE)
    eyes(pen, -0.46, 0.18, 0.095)
    cheeks(pen, -0.28, 0.27, 0.075)
    pen.blob([(-0.13, -0.36), (0.13, -0.36), (0, -0.18)], tones.second)


def fish(pen: Pen, tones: Tones) -> None:
    pen.blob([(0.4, 0), (0.9, -0.46), (0.84, -0.06), (0.9, 0.46)], tones.trim)
    pen.blob([(-0.3, -0.4), (0, -0.74), (0.36, -0.58), (0.34, -0.3)], tones.trim)
    pen.blob([(-0.1, 0.4), (0.06, 0.72), (0.28, 0.6), (0.2, 0.36)], tones.trim)
    outline = [(-0.88, 0.04), (-0.5, -0.42), (0, -0.5), (0.56, -0.06), (0.56, 0.1), (0, 0.5)]
    outline.append((-0.5, 0.42))
    pen.blob(outline, tones.body)
    with pen.within(smooth(outline, closed=True)) as inner:
        inner.oval(-0.1, 0.5, 0.8, 0.3, tones.pale)
        for x in (-0.16, 0.12, 0.38):
            inner.stroke([(x, -0.6), (x + 0.09, 0), (x, 0.6)], 0.075, tones.second)
    pen.blob([(-0.1, 0.06), (0.18, 0), (0.16, 0.26), (-0.04, 0.26)], tones.dark)
    eye(pen, -0.54, -0.1, 0.12)
    smile(pen, -0.7, 0.16, 0.09)


def whale(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        spray = [(-0.3, -0.36), (-0.3 + side * 0.03, -0.66), (-0.3 + side * 0.2, -0.78)]
        pen.stroke([*spray, (-0.3 + side * 0.3, -0.64)], 0.065, (176, 226, 250))
    pen.blob(
        [
            (0.6, 0.2),
            (0.72, -0.3),
            (0.5, -0.6),
            (0.84, -0.44),
            (0.98, -0.64),
            (0.98, -0.34),
            (0.86, -0.24),
            (0.86, 0.3),
            (0.6, 0.6),
        ],
        tones.dark,
    )
    hull = [(-0.96, 0.22), (-0.8, -0.2), (-0.3, -0.38), (0.2, -0.2), (0.6, 0.1), (0.88, 0)]
    hull += [(0.84, 0.42), (0.4, 0.74), (-0.3, 0.8), (-0.86, 0.62)]
    pen.blob(hull, tones.body)
    with pen.within(smooth(hull, closed=True)) as inner:
        inner.oval(-0.4, 0.9, 0.9, 0.46, tones.second)
        for x in (-0.74, -0.54, -0.34, -0.14, 0.06):
            inner.stroke([(x, 0.56), (x + 0.05, 0.9)], 0.03, tones.light)
    pen.blob([(-0.1, 0.44), (0.16, 0.4), (0.34, 0.8), (0.08, 0.74)], tones.deep)
    eye(pen, -0.56, 0.2, 0.085)
    smile(pen, -0.74, 0.36, 0.09)
    pen.oval(-0.44, 0.36, 0.09, 0.06, (248, 160, 170))


def turtle(pen: Pen, tones: Tones) -> None:
    for x in (-0.34, 0.4):
        pen.blob([(x - 0.16, 0.4), (x + 0.16, 0.4), (x + 0.14, 0.92), (x - 0.18, 0.92)], tones.dark)
    pen.poly([(0.6, 0.4), (0.94, 0.56), (0.6, 0.6)], tones.dark)
    pen.blob([(-0.4, 0.44), (-0.5, 0), (-0.74, -0.24), (-0.96, -0.04), (-0.86, 0.24)], tones.light)
    shell = [(-0.62, 0.5), (-0.5, -0.06), (0.05, -0.42), (0.6, -0.06), (0.74, 0.5)]
    pen.blob([*shell, (0.06, 0.6)], tones.trim)
    with pen.within(smooth([*shell, (0.06, 0.6)], closed=True)) as inner:
        for x in (-0.36, 0.06, 0.48):
            inner.poly(ring(x, 0.12, 0.2, 0.22, 6), tones.deep)
            inner.poly(ring(x, 0.12, 0.15, 0.165, 6), tones.main)
        inner.box(-1, 0.42, 1, 0.7, tones.deep)
    eye(pen, -0.78, -0.06, 0.075)
    smile(pen, -0.86, 0.08, 0.07)


def butterfly(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        upper = [(side * 0.05, -0.1), (side * 0.3, -0.76), (side * 0.86, -0.82), (side * 0.8, -0.2)]
        pen.blob([*upper, (side * 0.36, 0.08)], tones.body)
        lower = [(side * 0.05, 0.04), (side * 0.5, 0.02), (side * 0.74, 0.4), (side * 0.46, 0.78)]
        pen.blob([*lower, (side * 0.16, 0.5)], tones.trim)
        pen.blob([(side * 0.3, -0.3), (side * 0.5, -0.6), (side * 0.7, -0.42)], tones.pale)
        pen.disc(side * 0.42, 0.32, 0.12, tones.pale)
        pen.disc(side * 0.72, -0.66, 0.055, WHITE)
        pen.stroke([(0, -0.4), (side * 0.12, -0.7), (side * 0.26, -0.82)], 0.035, INK)
        pen.disc(side * 0.26, -0.82, 0.045, INK)
    pen.stroke([(0, -0.36), (0, 0.4)], 0.14, INK)
    pen.disc(0, -0.42, 0.12, INK)


def bee(pen: Pen, tones: Tones) -> None:
    for x, tilt in ((0.0, -0.16), (0.3, 0.1)):
        pen.blob(
            [(x, -0.2), (x - 0.2 + tilt, -0.74), (x + 0.16 + tilt, -0.86), (x + 0.2, -0.3)],
            (222, 240, 252),
        )
    pen.poly([(0.6, 0.1), (0.96, 0.22), (0.62, 0.34)], INK)
    body = [(-0.3, -0.24), (0.2, -0.34), (0.7, 0), (0.72, 0.36), (0.3, 0.64), (-0.3, 0.52)]
    pen.blob(body, tones.body)
    with pen.within(smooth(body, closed=True)) as inner:
        for x in (0.04, 0.4):
            inner.stroke([(x, -0.5), (x + 0.08, 0.16), (x, 0.8)], 0.17, tones.second)
    pen.disc(-0.42, 0.14, 0.38, tones.body)
    for x in (-0.6, -0.38):
        pen.stroke([(x, -0.2), (x - 0.08, -0.46), (x - 0.2, -0.52)], 0.04, INK)
    eyes(pen, 0.1, 0.15, 0.085, x=-0.5)
    smile(pen, -0.5, 0.26, 0.08)


def snail(pen: Pen, tones: Tones) -> None:
    foot = [(0.9, 0.92), (0.5, 0.7), (-0.3, 0.66), (-0.5, 0.1), (-0.76, 0.02), (-0.88, 0.3)]
    pen.blob([*foot, (-0.8, 0.8), (-0.5, 0.94)], tones.body)
    for x in (-0.84, -0.56):
        pen.stroke([(x * 0.98, 0.1), (x - 0.04, -0.32)], 0.06, tones.main)
        eye(pen, x - 0.04, -0.38, 0.1)
    smile(pen, -0.74, 0.3, 0.09)
    pen.disc(0.16, 0.16, 0.6, tones.trim)
    turns = [index / 40 for index in range(41)]
    coil = [
        (0.16 + 0.52 * (1 - t) * math.cos(t * 13), 0.16 + 0.52 * (1 - t) * math.sin(t * 13))
        for t in turns
    ]
    pen.line(coil, 0.075, tones.pale)
