"""Things of the house and of the pocket."""

import math

from limner.sketch.colours import INK, LAMPLIGHT, WHITE, Colour, Gradient, Tones, mix
from limner.sketch.curves import mirrored, smooth
from limner.sketch.faces import cheeks, eyes, smile
from limner.sketch.pen import Pen

IRON: Colour = (58, 56, 76)
STEAM: Colour = (238, 242, 248)
PAPER = Gradient(((255, 252, 240), (234, 224, 204)))


def lantern(pen: Pen, tones: Tones) -> None:
    pen.hoop(0, -0.76, 0.2, 0.05, tones.deep)
    pen.poly([(-0.34, -0.5), (0.34, -0.5), (0.18, -0.68), (-0.18, -0.68)], tones.trim)
    paper = [(0, -0.52), (0.46, -0.44), (0.62, 0.08), (0.46, 0.6), (0, 0.68)]
    glow = Gradient(
        (mix(tones.main, (255, 236, 150), 0.2), mix(tones.main, (255, 236, 150), 0.62), tones.main)
    )
    pen.both(paper, glow)
    with pen.within(smooth(mirrored(paper), closed=True)) as inner:
        for x in (-0.4, -0.16, 0.16, 0.4):
            inner.stroke([(x * 0.6, -0.54), (x * 1.25, 0.08), (x * 0.6, 0.7)], 0.025, tones.dark)
    pen.box(-0.32, -0.56, 0.32, -0.46, tones.trim, 0.03)
    pen.box(-0.32, 0.6, 0.32, 0.7, tones.trim, 0.03)
    for x in (-0.08, 0, 0.08):
        pen.line([(x, 0.72), (x * 1.3, 0.95)], 0.03, tones.second)
    pen.disc(0, 0.75, 0.06, tones.second)
    pen.lamp(0, 0.1, 1.5, mix(tones.main, (255, 214, 120), 0.75))


def streetlamp(pen: Pen, tones: Tones) -> None:
    pen.box(-0.2, 0.84, 0.2, 0.96, tones.deep, 0.03)
    pen.box(-0.12, 0.7, 0.12, 0.86, tones.dark, 0.03)
    pen.box(-0.05, -0.4, 0.05, 0.74, tones.body)
    pen.box(-0.2, -0.36, 0.2, -0.3, tones.dark, 0.03)
    pen.poly([(-0.15, -0.4), (0.15, -0.4), (0.25, -0.76), (-0.25, -0.76)], (255, 232, 150))
    for x in (-1, 0, 1):
        pen.line([(x * 0.15, -0.4), (x * 0.25, -0.76)], 0.03, tones.deep)
    pen.poly([(-0.32, -0.74), (0.32, -0.74), (0.1, -0.92), (-0.1, -0.92)], tones.dark)
    pen.disc(0, -0.93, 0.05, tones.second)
    pen.lamp(0, -0.58, 1.2, (255, 222, 130))


def lamp(pen: Pen, tones: Tones) -> None:
    pen.oval(0, 0.88, 0.36, 0.085, mix(tones.second, INK, 0.3))
    pen.box(-0.045, 0.06, 0.045, 0.88, tones.trim)
    pen.disc(0, 0.42, 0.12, tones.second)
    shade = (mix(tones.main, WHITE, 0.35), mix(tones.main, (255, 236, 170), 0.6))
    pen.poly([(-0.3, -0.72), (0.3, -0.72), (0.62, 0.1), (-0.62, 0.1)], Gradient(shade))
    pen.box(-0.64, 0.06, 0.64, 0.13, tones.dark, 0.03)
    pen.lamp(0, 0.1, 1.3, LAMPLIGHT)


def candle(pen: Pen, tones: Tones) -> None:
    pen.oval(0, 0.82, 0.52, 0.14, tones.trim)
    pen.hoop(0.54, 0.72, 0.15, 0.06, tones.second)
    pen.box(-0.2, -0.26, 0.2, 0.82, tones.body, 0.05)
    pen.blob([(-0.21, -0.28), (0.21, -0.28), (0.18, 0.02), (0.06, -0.1), (-0.1, 0.14)], tones.pale)
    pen.line([(0, -0.28), (0, -0.4)], 0.035, INK)
    pen.both([(0, -0.92), (0.16, -0.56), (0.1, -0.36), (0, -0.34)], (255, 166, 60))
    pen.both([(0, -0.72), (0.08, -0.52), (0, -0.37)], (255, 238, 160))
    pen.lamp(0, -0.56, 1.4, (255, 206, 110))


def campfire(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        pen.line([(side * 0.6, 0.72), (-side * 0.56, 0.9)], 0.17, (128, 84, 60))
        pen.disc(side * 0.62, 0.71, 0.075, (214, 168, 120))
    flame = [(0, -0.86), (0.2, -0.4), (0.34, -0.5), (0.5, 0.2), (0.3, 0.7), (0, 0.76)]
    pen.both(flame, Gradient((mix(tones.main, (220, 50, 40), 0.5), tones.main)))
    pen.both([(0, -0.4), (0.2, 0), (0.3, 0.36), (0.16, 0.7), (0, 0.74)], (255, 190, 66))
    pen.both([(0, 0.06), (0.13, 0.36), (0.08, 0.66), (0, 0.72)], (255, 240, 170))
    pen.lamp(0, 0.2, 1.9, (255, 168, 80))


def teapot(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.4, -0.06), (0.84, -0.16), (0.84, 0.42), (0.42, 0.5)], 0.12, tones.dark)
    pen.blob([(-0.4, 0.2), (-0.8, -0.3), (-0.96, -0.36), (-0.88, -0.16), (-0.6, 0.56)], tones.dark)
    pen.both([(0, -0.36), (0.36, -0.3), (0.62, 0.2), (0.44, 0.74), (0, 0.82)], tones.body)
    pen.box(-0.3, 0.76, 0.3, 0.87, tones.deep, 0.04)
    pen.both([(0, -0.56), (0.26, -0.44), (0.36, -0.28), (0, -0.24)], tones.light)
    pen.disc(0, -0.6, 0.09, tones.second)
    for angle in range(5):
        x, y = 0.1 * math.cos(angle * math.tau / 5), 0.1 * math.sin(angle * math.tau / 5)
        pen.disc(-0.38 + x, 0.5 + y, 0.07, tones.second)
    pen.disc(-0.38, 0.5, 0.06, (250, 206, 96))
    pen.stroke([(-0.9, -0.48), (-0.84, -0.64), (-0.94, -0.76), (-0.88, -0.92)], 0.05, STEAM)
    eyes(pen, 0.12, 0.14, 0.07)
    cheeks(pen, 0.26, 0.25, 0.06)
    smile(pen, 0, 0.22, 0.08)


def cup(pen: Pen, tones: Tones) -> None:
    pen.oval(0, 0.86, 0.8, 0.11, tones.light)
    pen.hoop(0.56, 0.2, 0.29, 0.11, tones.dark)
    pen.both([(0, -0.2), (0.58, -0.2), (0.56, 0.3), (0.36, 0.78), (0, 0.84)], tones.body)
    pen.oval(0, -0.2, 0.6, 0.13, tones.pale)
    pen.oval(0, -0.19, 0.52, 0.095, mix(tones.second, INK, 0.2))
    for x in (-0.26, 0, 0.26):
        pen.stroke(
            [(x, -0.38), (x + 0.08, -0.54), (x - 0.06, -0.7), (x + 0.03, -0.88)], 0.05, STEAM
        )
    eyes(pen, 0.2, 0.18, 0.075)
    cheeks(pen, 0.34, 0.31, 0.065)
    smile(pen, 0, 0.32, 0.09)


def book(pen: Pen, tones: Tones) -> None:
    pen.blob(
        [(-0.94, -0.4), (-0.5, -0.52), (0, -0.36), (0, 0.66), (-0.5, 0.52), (-0.94, 0.6)],
        tones.dark,
    )
    pen.poly(
        [(-0.96, -0.46), (0, -0.34), (0.96, -0.46), (0.96, 0.66), (0, 0.74), (-0.96, 0.66)],
        tones.body,
    )
    for side in (-1, 1):
        page = [(0, -0.4), (side * 0.4, -0.6), (side * 0.88, -0.52), (side * 0.88, 0.52)]
        pen.poly(smooth([*page, (side * 0.4, 0.46), (0, 0.62)], closed=False), PAPER)
        for row in range(5):
            y = -0.34 + row * 0.15
            line = [(side * 0.14, y + 0.06), (side * 0.42, y - 0.05), (side * 0.74, y)]
            pen.stroke(line, 0.03, (176, 164, 160))
    pen.line([(0, -0.4), (0, 0.62)], 0.025, (188, 176, 168))
    pen.poly([(0.5, -0.56), (0.62, -0.58), (0.62, -0.2), (0.56, -0.28), (0.5, -0.2)], tones.second)


def umbrella(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0, -0.8), (0, 0.7), (0.1, 0.9), (0.26, 0.88), (0.3, 0.72)], 0.065, (132, 90, 66))
    canopy = [(-0.94, 0.08), (-0.8, -0.4), (-0.4, -0.76), (0, -0.84), (0.4, -0.76), (0.8, -0.4)]
    canopy += [(0.94, 0.08), (0.63, -0.06), (0.31, 0.08), (0, -0.06), (-0.31, 0.08), (-0.63, -0.06)]
    pen.blob(canopy, tones.body)
    with pen.within(smooth(canopy, closed=True)) as inner:
        for side in (-1, 1):
            inner.blob(
                [(0, -0.84), (side * 0.5, -0.44), (side * 0.64, 0.2), (side * 0.3, 0.2)],
                tones.second,
            )
    pen.line([(0, -0.84), (0, -0.96)], 0.05, (132, 90, 66))


def key(pen: Pen, tones: Tones) -> None:
    pen.line([(0, -0.1), (0, 0.9)], 0.15, tones.main)
    for y, reach in ((0.52, 0.26), (0.76, 0.34)):
        pen.box(0, y - 0.06, reach, y + 0.07, tones.dark, 0.03)
    pen.box(-0.14, -0.02, 0.14, 0.08, tones.dark, 0.03)
    for x, y in ((-0.24, -0.42), (0.24, -0.42), (0, -0.7)):
        pen.hoop(x, y, 0.27, 0.12, tones.main)
    pen.disc(0, -0.44, 0.12, tones.second)


def guitar(pen: Pen, tones: Tones) -> None:
    pen.box(-0.075, -0.8, 0.075, 0.2, Gradient(((110, 72, 58), (84, 54, 48))))
    pen.box(-0.13, -0.98, 0.13, -0.72, tones.deep, 0.04)
    body = [
        (0, -0.16),
        (0.3, -0.1),
        (0.34, 0.14),
        (0.3, 0.26),
        (0.5, 0.56),
        (0.34, 0.92),
        (0, 0.97),
    ]
    pen.both([(x * 1.08, y) for x, y in body], tones.deep)
    pen.both([(x, y * 0.96 + 0.01) for x, y in body], tones.body)
    pen.disc(0, 0.26, 0.17, tones.second)
    pen.disc(0, 0.26, 0.13, (58, 36, 38))
    pen.box(-0.2, 0.66, 0.2, 0.74, (74, 46, 44), 0.03)
    for x in (-0.045, -0.015, 0.015, 0.045):
        pen.line([(x, -0.9), (x, 0.7)], 0.009, (244, 236, 220))
    for y in (-0.6, -0.44, -0.3, -0.18):
        pen.line([(-0.07, y), (0.07, y)], 0.014, (220, 206, 180))
    for side in (-1, 1):
        for y in (-0.92, -0.8):
            pen.disc(side * 0.16, y, 0.035, (226, 226, 232))


def clock(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        pen.line([(side * 0.4, 0.56), (side * 0.56, 0.9)], 0.12, tones.deep)
        pen.disc(side * 0.44, -0.66, 0.24, tones.dark)
    pen.line([(0, -0.7), (0, -0.88)], 0.09, tones.deep)
    pen.disc(0, 0.06, 0.76, tones.body)
    pen.disc(0, 0.06, 0.6, tones.second)
    for hour in range(12):
        x, y = math.sin(hour * math.tau / 12), -math.cos(hour * math.tau / 12)
        pen.disc(0.5 * x, 0.06 + 0.5 * y, 0.045 if hour % 3 == 0 else 0.025, tones.deep)
    pen.line([(0, 0.06), (-0.2, -0.12)], 0.075, INK)
    pen.line([(0, 0.06), (0.26, -0.26)], 0.05, INK)
    pen.disc(0, 0.06, 0.06, (232, 84, 84))


def gift(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        loop = [(0, -0.42), (side * 0.2, -0.84), (side * 0.54, -0.86), (side * 0.46, -0.5)]
        pen.blob(loop, tones.second)
        pen.blob(
            [(0, -0.46), (side * 0.2, -0.7), (side * 0.4, -0.74), (side * 0.34, -0.54)],
            mix(tones.second, INK, 0.25),
        )
    pen.box(-0.68, -0.1, 0.68, 0.95, tones.body, 0.05)
    pen.box(-0.78, -0.4, 0.78, -0.04, tones.light, 0.06)
    pen.box(-0.13, -0.4, 0.13, 0.95, tones.trim)
    pen.disc(0, -0.44, 0.12, tones.second)
    for x, y in ((-0.42, 0.2), (0.42, 0.36), (-0.4, 0.66), (0.46, 0.74)):
        pen.disc(x, y, 0.06, tones.pale)


def camera(pen: Pen, tones: Tones) -> None:
    pen.box(-0.3, -0.66, 0.3, -0.3, tones.deep, 0.08)
    pen.box(0.5, -0.56, 0.74, -0.4, (236, 90, 84), 0.04)
    pen.box(-0.94, -0.48, 0.94, 0.7, tones.body, 0.14)
    pen.box(-0.94, -0.2, 0.94, 0.4, tones.deep)
    pen.disc(0, 0.12, 0.52, tones.second)
    pen.disc(0, 0.12, 0.42, IRON)
    pen.disc(0, 0.12, 0.32, Gradient(((110, 150, 214), (50, 60, 120))))
    pen.disc(-0.1, 0.0, 0.09, (214, 232, 252))
    pen.box(-0.16, -0.6, 0.16, -0.42, (255, 244, 200), 0.04)
    pen.disc(-0.7, -0.34, 0.06, (255, 214, 110))


def ball(pen: Pen, tones: Tones) -> None:
    pen.disc(0, 0.04, 0.9, tones.second)
    outline = [(0.9 * math.cos(a / 20), 0.04 + 0.9 * math.sin(a / 20)) for a in range(126)]
    with pen.within(outline) as inner:
        wedges = (tones.main, tones.second, (250, 206, 84), tones.second, tones.dark, tones.second)
        for index, colour in enumerate(wedges):
            inner.wedge(-0.2, -0.3, 1.5, index * 60 + 10, index * 60 + 70, colour)
    pen.disc(-0.2, -0.3, 0.14, WHITE)
    pen.oval(-0.44, -0.44, 0.12, 0.07, (255, 255, 255))
