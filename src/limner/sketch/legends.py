"""Two that nobody has met."""

from limner.sketch.animals import sitting
from limner.sketch.beasts import HORN
from limner.sketch.colours import WHITE, Tones, mix
from limner.sketch.faces import cheeks, eye, eyes, smile
from limner.sketch.pen import Pen


def dragon(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        wing = [(side * 0.3, 0.1), (side * 0.66, -0.5), (side * 0.98, -0.36), (side * 0.86, 0.0)]
        pen.blob([*wing, (side * 0.72, 0.06), (side * 0.6, 0.28)], tones.trim)
    tail = [(0.3, 0.8), (0.66, 0.86), (0.86, 0.6)]
    pen.stroke(tail, 0.15, tones.main)
    pen.poly([(0.74, 0.62), (0.98, 0.62), (0.86, 0.34)], tones.second)
    sitting(pen, tones)
    for row in range(4):
        y = 0.14 + row * 0.12
        pen.line([(-0.13, y), (0.13, y)], 0.025, mix(tones.main, WHITE, 0.4))
    for side in (-1, 1):
        pen.blob([(side * 0.2, -0.68), (side * 0.42, -0.98), (side * 0.36, -0.6)], HORN)
        pen.blob([(side * 0.4, -0.4), (side * 0.72, -0.5), (side * 0.44, -0.2)], tones.second)
    for y, size in ((-0.86, 0.1), (-0.74, 0.08)):
        pen.poly([(-size, y + 0.14), (0, y - 0.06), (size, y + 0.14)], tones.second)
    pen.oval(0, -0.38, 0.47, 0.41, tones.body)
    pen.oval(0, -0.18, 0.29, 0.19, tones.pale)
    for side in (-1, 1):
        pen.oval(side * 0.09, -0.24, 0.03, 0.04, tones.deep)
    eyes(pen, -0.44, 0.22, 0.11)
    cheeks(pen, -0.24, 0.37, 0.075)
    smile(pen, 0, -0.14, 0.13)


def dinosaur(pen: Pen, tones: Tones) -> None:
    pen.blob(
        [(0.2, 0.86), (0.3, 0.4), (0.66, 0.6), (0.96, 0.34), (0.86, 0.76), (0.5, 0.94)], tones.main
    )
    for x, y in ((0.12, -0.66), (0.24, -0.4), (0.34, -0.1), (0.42, 0.2), (0.6, 0.48)):
        pen.poly([(x - 0.1, y + 0.06), (x + 0.17, y - 0.06), (x + 0.04, y + 0.2)], tones.second)
    for x in (-0.2, 0.2):
        pen.box(x - 0.15, 0.6, x + 0.15, 0.96, tones.dark, 0.1)
    pen.blob(
        [
            (-0.34, -0.3),
            (0.1, -0.4),
            (0.34, 0.06),
            (0.46, 0.6),
            (0.1, 0.86),
            (-0.34, 0.78),
            (-0.42, 0.3),
        ],
        tones.body,
    )
    pen.blob(
        [(-0.3, 0.04), (-0.06, 0.0), (0.06, 0.44), (-0.08, 0.74), (-0.34, 0.7), (-0.4, 0.3)],
        tones.pale,
    )
    pen.blob(
        [
            (-0.74, -0.4),
            (-0.6, -0.76),
            (-0.1, -0.94),
            (0.26, -0.7),
            (0.24, -0.3),
            (-0.2, -0.16),
            (-0.64, -0.2),
        ],
        tones.body,
    )
    for x in (-0.36, -0.02):
        pen.stroke([(x, 0.16), (x - 0.16, 0.24), (x - 0.2, 0.34)], 0.1, tones.dark)
    eye(pen, -0.16, -0.6, 0.11)
    pen.disc(-0.66, -0.48, 0.025, tones.deep)
    smile(pen, -0.46, -0.34, 0.17)
    cheeks(pen, -0.4, 0.0, 0.075, x=-0.06)
