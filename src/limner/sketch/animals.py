"""Animals with four legs sit facing us, because a face is what makes them dear."""

from limner.sketch.colours import INK, WHITE, Colour, Fill, Tones, mix
from limner.sketch.faces import cheeks, eye, eyes, smile, snout
from limner.sketch.pen import Pen

ROSE: Colour = (240, 138, 146)


def cat(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.3, 0.84), (0.72, 0.84), (0.86, 0.5), (0.7, 0.18), (0.82, 0)], 0.15, tones.dark)
    pen.stroke([(0.76, 0.12), (0.82, 0)], 0.15, tones.pale)
    sitting(pen, tones)
    for side in (-1, 1):
        pen.blob([(side * 0.47, -0.97), (side * 0.52, -0.4), (side * 0.08, -0.74)], tones.body)
        pen.blob([(side * 0.42, -0.84), (side * 0.44, -0.5), (side * 0.2, -0.7)], ROSE)
    pen.oval(0, -0.38, 0.53, 0.42, tones.body)
    for x in (-0.11, 0, 0.11):
        pen.stroke([(x, -0.77), (x * 0.8, -0.62)], 0.05, tones.dark)
    pen.oval(0, -0.2, 0.27, 0.18, tones.pale)
    eyes(pen, -0.38, 0.24, 0.1)
    cheeks(pen, -0.2, 0.37, 0.085)
    snout(pen, -0.25, 0.085, ROSE)
    for side in (-1, 1):
        for tilt in (-0.05, 0.03):
            pen.line([(side * 0.34, -0.2 + tilt / 2), (side * 0.66, -0.22 + tilt)], 0.016, WHITE)


def sitting(pen: Pen, tones: Tones) -> None:
    pen.both([(0, -0.2), (0.3, -0.06), (0.5, 0.5), (0.5, 0.86), (0.3, 0.97), (0, 0.97)], tones.body)
    for side in (-1, 1):
        pen.oval(side * 0.42, 0.74, 0.19, 0.25, tones.main)
    pen.both([(0, 0), (0.2, 0.1), (0.22, 0.42), (0, 0.66)], tones.pale)
    for side in (-1, 1):
        pen.stroke([(side * 0.14, 0.5), (side * 0.15, 0.86)], 0.19, tones.main)
        pen.oval(side * 0.17, 0.91, 0.17, 0.085, tones.light)


def dog(pen: Pen, tones: Tones) -> None:
    pen.stroke([(0.36, 0.76), (0.66, 0.66), (0.78, 0.34)], 0.15, tones.main)
    sitting(pen, tones)
    pen.box(-0.28, -0.02, 0.28, 0.1, tones.second, 0.05)
    pen.disc(0, 0.13, 0.075, (250, 206, 90))
    pen.both([(0, -0.92), (0.36, -0.82), (0.46, -0.42), (0.3, -0.02), (0, 0.02)], tones.body)
    for side in (-1, 1):
        ear = [(side * 0.3, -0.86), (side * 0.6, -0.72), (side * 0.68, -0.26), (side * 0.48, -0.12)]
        pen.blob([*ear, (side * 0.38, -0.5)], tones.deep)
    pen.oval(0.19, -0.52, 0.17, 0.2, tones.pale)
    pen.oval(0, -0.2, 0.28, 0.2, tones.pale)
    eyes(pen, -0.48, 0.19, 0.1)
    snout(pen, -0.3, 0.12)
    pen.oval(0, -0.05, 0.07, 0.1, ROSE)


def rabbit(pen: Pen, tones: Tones) -> None:
    pen.disc(0.48, 0.74, 0.17, tones.pale)
    sitting(pen, tones)
    for side in (-1, 1):
        pen.blob(
            [
                (side * 0.16, -0.5),
                (side * 0.1, -0.9),
                (side * 0.24, -0.99),
                (side * 0.38, -0.86),
                (side * 0.34, -0.46),
            ],
            tones.body,
        )
        pen.stroke([(side * 0.24, -0.86), (side * 0.25, -0.56)], 0.09, ROSE)
    pen.oval(0, -0.26, 0.45, 0.37, tones.body)
    pen.oval(0, -0.12, 0.21, 0.15, tones.pale)
    eyes(pen, -0.29, 0.22, 0.09)
    cheeks(pen, -0.12, 0.31, 0.085)
    pen.box(-0.055, -0.03, 0.055, 0.07, WHITE, 0.02)
    snout(pen, -0.16, 0.075, ROSE)


def fox(pen: Pen, tones: Tones) -> None:
    tail = [(0.2, 0.9), (0.6, 0.9), (0.9, 0.6), (0.86, 0.1), (0.74, -0.1), (0.62, 0.3), (0.4, 0.6)]
    pen.blob(tail, tones.body)
    pen.blob([(0.9, 0.34), (0.86, 0.08), (0.74, -0.1), (0.66, 0.14), (0.76, 0.22)], tones.pale)
    sitting(pen, tones)
    for side in (-1, 1):
        pen.blob([(side * 0.52, -0.98), (side * 0.6, -0.46), (side * 0.1, -0.7)], tones.deep)
        pen.blob([(side * 0.46, -0.86), (side * 0.5, -0.52), (side * 0.18, -0.68)], tones.pale)
    pen.both([(0, -0.78), (0.4, -0.7), (0.66, -0.3), (0.3, -0.04), (0, 0.1)], tones.body)
    for side in (-1, 1):
        mask = [(side * 0.62, -0.3), (side * 0.3, -0.36), (side * 0.1, -0.2), (0, 0.08)]
        pen.blob([*mask, (side * 0.3, -0.05)], tones.pale)
    eyes(pen, -0.4, 0.25, 0.095)
    pen.oval(0, 0.03, 0.085, 0.065, INK)


def bear(pen: Pen, tones: Tones) -> None:
    _bear(pen, tones.body, tones.deep, tones.pale)


def panda(pen: Pen, tones: Tones) -> None:
    dark = mix(tones.second, (40, 30, 60), 0.5)
    _bear(pen, tones.body, dark, tones.pale)


def _bear(pen: Pen, fur: Fill, dark: Colour, pale: Colour) -> None:
    for side in (-1, 1):
        pen.disc(side * 0.4, -0.72, 0.2, dark)
        pen.oval(side * 0.34, 0.86, 0.26, 0.14, dark)
    pen.both([(0, -0.2), (0.42, 0), (0.6, 0.5), (0.44, 0.9), (0, 0.97)], fur)
    pen.oval(0, 0.5, 0.34, 0.34, pale)
    for side in (-1, 1):
        pen.stroke([(side * 0.5, 0.08), (side * 0.56, 0.36), (side * 0.4, 0.54)], 0.21, dark)
    pen.oval(0, -0.4, 0.54, 0.45, fur)
    for side in (-1, 1):
        pen.oval(side * 0.22, -0.4, 0.14, 0.16, dark)
        eye(pen, side * 0.22, -0.41, 0.09)
    pen.oval(0, -0.2, 0.22, 0.16, pale)
    cheeks(pen, -0.2, 0.38, 0.085)
    snout(pen, -0.25, 0.09)


def sheep(pen: Pen, tones: Tones) -> None:
    for x in (-0.4, -0.16, 0.2, 0.44):
        pen.line([(x, 0.6), (x, 0.93)], 0.11, (74, 66, 84))
    wool = ((-0.5, 0.1), (-0.25, -0.24), (0.15, -0.32), (0.5, -0.1), (0.62, 0.26), (0.4, 0.5))
    for x, y in (*wool, (0, 0.56), (-0.4, 0.48)):
        pen.disc(x, y, 0.29, tones.main)
    pen.oval(0.05, 0.14, 0.6, 0.5, tones.body)
    for x, y in ((0.1, -0.1), (0.36, 0.16), (0.06, 0.32)):
        pen.stroke([(x - 0.1, y), (x, y + 0.08), (x + 0.1, y)], 0.03, tones.dark)
    for side in (-1, 1):
        pen.oval(-0.5 + side * 0.34, -0.2, 0.16, 0.09, (92, 82, 100))
    pen.oval(-0.5, -0.12, 0.27, 0.34, (92, 82, 100))
    for x, y in ((-0.64, -0.46), (-0.48, -0.52), (-0.34, -0.44)):
        pen.disc(x, y, 0.15, tones.main)
    eyes(pen, -0.16, 0.12, 0.075, x=-0.5)
    smile(pen, -0.5, 0.02, 0.08, (240, 200, 200))


def frog(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        pen.oval(side * 0.56, 0.6, 0.3, 0.34, tones.dark)
        pen.oval(side * 0.62, 0.9, 0.3, 0.09, tones.main)
    pen.both([(0, -0.4), (0.56, -0.24), (0.62, 0.3), (0.46, 0.86), (0, 0.95)], tones.body)
    pen.both([(0, 0.28), (0.34, 0.36), (0.34, 0.8), (0, 0.93)], tones.pale)
    for side in (-1, 1):
        pen.stroke([(side * 0.3, 0.5), (side * 0.26, 0.86)], 0.13, tones.main)
        pen.oval(side * 0.28, 0.91, 0.17, 0.075, tones.light)
        pen.disc(side * 0.36, -0.44, 0.25, tones.main)
        pen.disc(side * 0.36, -0.46, 0.18, WHITE)
        eye(pen, side * 0.35, -0.45, 0.125)
    cheeks(pen, 0.04, 0.44, 0.1)
    smile(pen, 0, 0, 0.3)
