"""Plants, and what people bake or pick."""

import math

from limner.sketch.colours import INK, WHITE, Colour, Gradient, Tones, mix
from limner.sketch.curves import ring
from limner.sketch.faces import cheeks, eyes, smile
from limner.sketch.pen import Pen

BARK: Colour = (122, 82, 60)
STEM: Colour = (82, 156, 88)
LEAVES = Gradient(((124, 196, 104), (66, 142, 86)))


def tree(pen: Pen, tones: Tones) -> None:
    pen.facets([(0.08, -0.1), (0.11, 0.6), (0.2, 0.97)], Gradient((BARK, mix(BARK, INK, 0.3))))
    pen.line([(0.02, 0.36), (0.28, 0.06)], 0.08, BARK)
    crown = ((-0.42, 0), (0.44, 0), (-0.3, -0.44), (0.34, -0.46), (0, -0.64))
    for x, y in crown:
        pen.disc(x, y + 0.04, 0.34, tones.dark)
    for x, y in ((-0.42, -0.06), (0.36, -0.08), (-0.22, -0.48), (0.24, -0.48), (0, -0.2)):
        pen.disc(x, y, 0.3, tones.main)
    for x, y, reach in ((-0.3, -0.3, 0.2), (0.06, -0.62, 0.17), (-0.5, -0.02, 0.14)):
        pen.disc(x, y, reach, tones.light)
    for x, y in ((0.3, -0.2), (0.1, -0.36), (-0.14, 0.02), (0.46, 0.06), (-0.04, -0.56)):
        pen.stroke([(x - 0.06, y), (x, y + 0.04), (x + 0.06, y)], 0.03, tones.dark)


def pine(pen: Pen, tones: Tones) -> None:
    pen.box(-0.1, 0.6, 0.1, 0.97, Gradient((BARK, mix(BARK, INK, 0.35))))
    for top, wide in ((0.06, 0.66), (-0.4, 0.52), (-0.95, 0.38)):
        low = top + 0.72
        skirt = [(0, top), (wide * 0.55, low - 0.22), (wide, low), (wide * 0.5, low - 0.04)]
        pen.facets([*skirt, (0, low + 0.04)], tones.body)
        pen.poly(
            [(0, top), (-wide * 0.55, low - 0.22), (-wide, low), (-0.12, low - 0.1)], tones.light
        )
    for top, wide in ((0.06, 0.66), (-0.4, 0.52)):
        pen.poly([(wide * 0.3, top + 0.5), (0, top + 0.42), (-wide * 0.3, top + 0.5)], tones.dark)


def palm(pen: Pen, tones: Tones) -> None:
    trunk = [(-0.16, 0.95), (0.0, 0.4), (0.02, -0.1), (0.14, -0.5)]
    pen.stroke(trunk, 0.15, BARK)
    for x, y in ((-0.1, 0.72), (-0.04, 0.46), (0.0, 0.2), (0.03, -0.06), (0.08, -0.3)):
        pen.line([(x - 0.07, y), (x + 0.07, y - 0.02)], 0.03, mix(BARK, INK, 0.4))
    for tip, bend in (((-0.8, 0.06), -0.4), ((0.95, 0.0), -0.4), ((-0.72, -0.5), -0.5)):
        _frond(pen, tip, bend, tones.dark)
    for tip, bend in (((0.9, -0.5), -0.36), ((-0.36, -0.9), -0.2), ((0.5, -0.92), -0.1)):
        _frond(pen, tip, bend, tones.main)
    for x in (0.06, 0.22):
        pen.disc(x, -0.4, 0.09, (112, 72, 52))


def _frond(pen: Pen, tip: tuple[float, float], bend: float, colour: Colour) -> None:
    x, y = tip
    middle = ((x + 0.14) / 2, (y - 0.52) / 2 + bend * 0.5)
    under = ((x + 0.14) / 2, (y - 0.52) / 2 + bend * 0.5 + 0.22)
    pen.blob([(0.14, -0.56), middle, tip, under, (0.14, -0.46)], colour)


def flower(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0, -0.2), (0.05, 0.4), (0, 0.95)], 0.075, STEM)
    pen.blob([(0.02, 0.72), (0.26, 0.36), (0.6, 0.32), (0.4, 0.62)], LEAVES)
    pen.blob([(0.02, 0.86), (-0.24, 0.52), (-0.56, 0.5), (-0.36, 0.78)], LEAVES)
    for index in range(8):
        angle = math.tau * index / 8 + 0.2
        colour = tones.main if index % 2 else tones.light
        x, y = 0.36 * math.cos(angle), -0.4 + 0.36 * math.sin(angle)
        pen.disc(x, y, 0.19, colour)
    pen.disc(0, -0.4, 0.34, tones.main)
    pen.disc(0, -0.4, 0.23, tones.trim)
    eyes(pen, -0.43, 0.085, 0.045)
    smile(pen, 0, -0.36, 0.06)


def mushroom(pen: Pen, tones: Tones) -> None:
    pen.both(
        [(0, -0.1), (0.2, 0), (0.2, 0.5), (0.3, 0.84), (0, 0.96)],
        Gradient(((255, 244, 222), (232, 206, 176))),
    )
    cap = [(0, -0.82), (0.5, -0.66), (0.84, -0.1), (0.7, 0.12), (0, 0.16)]
    pen.both(cap, tones.body)
    pen.both([(0, 0.0), (0.52, 0.04), (0.6, 0.11), (0, 0.16)], (244, 220, 192))
    for x, y, reach in ((-0.3, -0.42, 0.14), (0.2, -0.56, 0.11), (0.46, -0.2, 0.12)):
        pen.oval(x, y, reach, reach * 0.88, tones.second)
    pen.oval(-0.04, -0.2, 0.09, 0.075, tones.second)
    pen.oval(-0.62, -0.12, 0.08, 0.09, tones.second)
    eyes(pen, 0.42, 0.1, 0.06)
    cheeks(pen, 0.54, 0.15, 0.045)
    smile(pen, 0, 0.5, 0.06)


def cactus(pen: Pen, tones: Tones) -> None:
    for side, low, high in ((-1, 0.34, -0.2), (1, 0.2, -0.42)):
        pen.stroke([(0, low), (side * 0.46, low - 0.02), (side * 0.52, high)], 0.21, tones.main)
        pen.stroke([(side * 0.49, low - 0.1), (side * 0.49, high)], 0.03, tones.light)
    pen.both([(0, -0.86), (0.25, -0.66), (0.27, 0.6), (0.2, 0.8), (0, 0.8)], tones.body)
    for x in (-0.12, 0, 0.12):
        pen.line([(x, -0.62), (x, 0.5)], 0.028, tones.light)
    for angle in range(5):
        x, y = ring(0, -0.86, 0.1, 0.08, 5)[angle]
        pen.disc(x, y, 0.075, tones.second)
    pen.disc(0, -0.86, 0.05, (255, 226, 120))
    pen.poly([(-0.42, 0.6), (0.42, 0.6), (0.32, 0.97), (-0.32, 0.97)], (214, 122, 82))
    pen.box(-0.48, 0.52, 0.48, 0.68, (232, 146, 100), 0.04)


def leaf(pen: Pen, tones: Tones) -> None:
    pen.blob(
        [(-0.7, 0.7), (-0.66, -0.2), (0, -0.76), (0.8, -0.86), (0.76, -0.1), (0.2, 0.6)], tones.body
    )
    pen.blob([(-0.7, 0.7), (-0.64, -0.2), (0, -0.76), (0.8, -0.86)], tones.light)
    pen.stroke([(-0.9, 0.9), (-0.3, 0.26), (0.68, -0.74)], 0.055, tones.pale)
    for x, y in ((-0.3, 0.26), (0.02, -0.06), (0.32, -0.38)):
        pen.line([(x, y), (x + 0.3, y + 0.08)], 0.035, tones.pale)
        pen.line([(x, y), (x - 0.06, y - 0.3)], 0.035, tones.pale)


def bush(pen: Pen, tones: Tones) -> None:
    for x, y, reach in ((-0.56, 0.6, 0.36), (0.56, 0.6, 0.36), (-0.24, 0.24, 0.4), (0.3, 0.3, 0.4)):
        pen.disc(x, y, reach, tones.dark)
    pen.box(-0.8, 0.6, 0.8, 0.96, tones.dark, 0.2)
    for x, y, reach in ((-0.5, 0.62, 0.26), (0.1, 0.4, 0.34), (0.5, 0.66, 0.24)):
        pen.disc(x, y, reach, tones.main)
    for x, y in ((-0.5, 0.5), (-0.1, 0.2), (0.3, 0.44), (0.56, 0.7), (-0.2, 0.7), (0.14, 0.8)):
        pen.disc(x, y, 0.065, tones.second)


def apple(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0, -0.5), (0.02, -0.74), (0.12, -0.92)], 0.08, BARK)
    pen.blob([(0.08, -0.66), (0.3, -0.92), (0.66, -0.86), (0.44, -0.6)], LEAVES)
    pen.both(
        [(0, -0.46), (0.4, -0.62), (0.78, -0.2), (0.6, 0.6), (0.26, 0.92), (0, 0.84)], tones.body
    )
    pen.blob([(-0.6, -0.06), (-0.4, -0.42), (-0.3, -0.3), (-0.46, 0)], tones.pale)
    pen.stroke([(-0.14, -0.48), (0, -0.42), (0.14, -0.48)], 0.045, tones.deep)
    eyes(pen, 0.12, 0.2, 0.085)
    cheeks(pen, 0.28, 0.36, 0.085)
    smile(pen, 0, 0.24, 0.11)


def pumpkin(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0, -0.3), (0.02, -0.66), (0.18, -0.82)], 0.16, STEM)
    for x, wide in ((-0.5, 0.42), (0.5, 0.42)):
        pen.oval(x, 0.3, wide, 0.58, tones.dark)
    for x in (-0.26, 0.26):
        pen.oval(x, 0.3, 0.4, 0.63, tones.main)
    pen.oval(0, 0.3, 0.3, 0.66, tones.body)
    glow = (255, 224, 110) if pen.lit else INK
    for side in (-1, 1):
        pen.poly([(side * 0.44, 0.2), (side * 0.14, 0.2), (side * 0.29, -0.08)], glow)
    grin = [(-0.5, 0.4), (-0.2, 0.5), (0.2, 0.5), (0.5, 0.4), (0.3, 0.72), (-0.3, 0.72)]
    pen.blob(grin, glow)
    pen.box(-0.08, 0.44, 0.08, 0.58, tones.main)
    if pen.lit:
        pen.lamp(0, 0.3, 1.3, (255, 180, 70))


def cake(pen: Pen, tones: Tones) -> None:
    pen.oval(0, 0.84, 0.94, 0.13, (226, 232, 240))
    pen.box(-0.72, 0.26, 0.72, 0.86, Gradient(((246, 222, 180), (214, 168, 122))), 0.1)
    pen.box(-0.72, 0.52, 0.72, 0.6, tones.light)
    pen.box(-0.54, -0.2, 0.54, 0.34, Gradient(((250, 230, 192), (222, 180, 134))), 0.1)
    for low, wide in ((0.3, 0.72), (-0.16, 0.54)):
        pen.box(-wide, low - 0.12, wide, low + 0.06, tones.body, 0.08)
        for index in range(6):
            x = -wide + wide * (2 * index + 1) / 6
            pen.box(x - 0.07, low - 0.04, x + 0.07, low + (0.2, 0.12)[index % 2], tones.main, 0.07)
    for x, colour in ((-0.28, (122, 196, 232)), (0, (250, 214, 96)), (0.28, (146, 210, 140))):
        pen.box(x - 0.045, -0.62, x + 0.045, -0.26, colour, 0.03)
        pen.oval(x, -0.72, 0.055, 0.11, (255, 176, 60))
        pen.lamp(x, -0.72, 0.5, (255, 206, 110))


def icecream(pen: Pen, tones: Tones) -> None:
    cone = [(-0.4, 0.1), (0.4, 0.1), (0.06, 0.95), (-0.06, 0.95)]
    pen.poly(cone, Gradient(((240, 190, 116), (206, 140, 76))))
    with pen.within(cone) as inner:
        for shift in (-0.5, -0.25, 0, 0.25, 0.5):
            inner.line([(shift - 0.5, 0), (shift + 0.4, 1)], 0.03, (188, 122, 66))
            inner.line([(shift + 0.5, 0), (shift - 0.4, 1)], 0.03, (188, 122, 66))
    pen.disc(0.0, -0.44, 0.4, tones.trim)
    pen.disc(0, -0.06, 0.46, tones.body)
    for x in (-0.34, -0.1, 0.16, 0.36):
        pen.disc(x, 0.2, 0.14, tones.main)
    pen.disc(0.06, -0.84, 0.13, (222, 58, 70))
    for x, y in ((-0.2, -0.5), (0.16, -0.6), (0.24, -0.34), (-0.1, -0.3)):
        pen.line([(x, y), (x + 0.07, y + 0.04)], 0.04, WHITE)
    eyes(pen, -0.02, 0.15, 0.06)
    smile(pen, 0, 0.06, 0.08)
