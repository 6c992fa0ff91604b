"""Those who stand on two legs, or hover."""

from limner.sketch.colours import INK, WHITE, Colour, Gradient, Tones, mix
from limner.sketch.faces import cheeks, eyes, smile
from limner.sketch.pen import Pen

SKIN: Colour = (246, 202, 170)
HAIR: Colour = (92, 58, 48)
COAL: Colour = (52, 48, 62)


def robot(pen: Pen, tones: Tones) -> None:
    pen.line([(0, -0.72), (0, -0.88)], 0.04, tones.deep)
    pen.disc(0, -0.9, 0.075, tones.second)
    pen.lamp(0, -0.9, 0.35, tones.second)
    for side in (-1, 1):
        pen.stroke([(side * 0.44, 0.14), (side * 0.7, 0.3), (side * 0.72, 0.5)], 0.12, tones.deep)
        pen.disc(side * 0.72, 0.54, 0.11, tones.light)
        pen.box(side * 0.24 - 0.1, 0.6, side * 0.24 + 0.1, 0.9, tones.deep)
        pen.box(side * 0.26 - 0.19, 0.82, side * 0.26 + 0.19, 0.96, tones.dark, 0.06)
        pen.box(side * 0.58 - 0.08, -0.48, side * 0.58 + 0.08, -0.2, tones.second, 0.05)
    pen.box(-0.46, 0.0, 0.46, 0.72, tones.body, 0.12)
    pen.box(-0.3, 0.14, 0.3, 0.48, tones.pale, 0.06)
    pen.line(
        [(-0.22, 0.34), (-0.1, 0.34), (-0.03, 0.22), (0.05, 0.42), (0.1, 0.34), (0.22, 0.34)],
        0.03,
        tones.deep,
    )
    for x, colour in ((-0.2, (250, 110, 100)), (0, (250, 210, 90)), (0.2, (120, 210, 130))):
        pen.disc(x, 0.59, 0.045, colour)
    pen.box(-0.14, -0.1, 0.14, 0.04, tones.deep)
    pen.box(-0.58, -0.74, 0.58, -0.04, tones.body, 0.18)
    pen.box(-0.46, -0.6, 0.46, -0.18, (44, 46, 72), 0.12)
    for side in (-1, 1):
        pen.disc(side * 0.22, -0.42, 0.1, (150, 244, 250))
        pen.disc(side * 0.19, -0.45, 0.03, WHITE)
    smile(pen, 0, -0.32, 0.1, (150, 244, 250))


def snowman(pen: Pen, tones: Tones) -> None:
    for side in (-1, 1):
        hand = [(side * 0.36, 0.1), (side * 0.74, -0.14)]
        pen.line(hand, 0.04, HAIR)
        pen.line([(side * 0.64, -0.08), (side * 0.78, 0.02)], 0.03, HAIR)
    pen.oval(0, 0.58, 0.56, 0.4, tones.body)
    pen.oval(0, 0.08, 0.42, 0.36, tones.body)
    pen.disc(0, -0.4, 0.32, tones.body)
    pen.stroke([(-0.27, -0.18), (0, -0.1), (0.27, -0.18)], 0.12, tones.second)
    pen.stroke([(0.16, -0.12), (0.22, 0.16)], 0.12, tones.second)
    pen.box(-0.36, -0.7, 0.36, -0.62, COAL, 0.03)
    pen.box(-0.24, -0.97, 0.24, -0.64, COAL, 0.04)
    pen.box(-0.24, -0.76, 0.24, -0.68, tones.second)
    for y in (0.06, 0.26, 0.5):
        pen.disc(0 if y > 0.1 else -0.02, y, 0.04, COAL)
    eyes(pen, -0.46, 0.12, 0.05)
    pen.poly([(-0.02, -0.42), (-0.02, -0.33), (0.28, -0.34)], (246, 140, 50))
    cheeks(pen, -0.34, 0.2, 0.05)
    smile(pen, -0.02, -0.28, 0.1)


def person(pen: Pen, tones: Tones) -> None:
    legs = mix(tones.second, INK, 0.1)
    for side in (-1, 1):
        pen.stroke([(side * 0.13, 0.4), (side * 0.14, 0.84)], 0.17, legs)
        pen.oval(side * 0.18, 0.91, 0.16, 0.07, COAL)
        arm = [(side * 0.26, -0.06), (side * 0.42, 0.18), (side * 0.44, 0.36)]
        pen.stroke(arm, 0.14, tones.dark)
        pen.disc(side * 0.44, 0.4, 0.085, SKIN)
    pen.both([(0, -0.16), (0.26, -0.12), (0.32, 0.3), (0.36, 0.56), (0, 0.6)], tones.body)
    pen.both([(0, -0.16), (0.12, -0.13), (0, 0.02)], SKIN)
    pen.disc(0, -0.58, 0.36, HAIR)
    pen.oval(0, -0.48, 0.33, 0.33, SKIN)
    pen.blob(
        [
            (-0.35, -0.5),
            (-0.3, -0.84),
            (0.1, -0.95),
            (0.36, -0.7),
            (0.34, -0.5),
            (0.2, -0.7),
            (-0.16, -0.66),
        ],
        HAIR,
    )
    eyes(pen, -0.46, 0.13, 0.06)
    cheeks(pen, -0.36, 0.21, 0.055)
    smile(pen, 0, -0.34, 0.08)


def astronaut(pen: Pen, tones: Tones) -> None:
    pen.box(-0.44, -0.2, 0.44, 0.5, (150, 156, 176), 0.1)
    for side in (-1, 1):
        pen.stroke([(side * 0.16, 0.42), (side * 0.18, 0.78)], 0.24, tones.main)
        pen.box(side * 0.19 - 0.17, 0.8, side * 0.19 + 0.17, 0.96, tones.second, 0.07)
        pen.stroke(
            [(side * 0.32, 0.0), (side * 0.56, 0.16), (side * 0.66, -0.04)], 0.19, tones.main
        )
        pen.disc(side * 0.67, -0.1, 0.12, tones.second)
    pen.both([(0, -0.18), (0.34, -0.12), (0.38, 0.3), (0.3, 0.56), (0, 0.6)], tones.body)
    pen.box(-0.18, 0.08, 0.18, 0.3, (92, 100, 130), 0.04)
    pen.disc(-0.08, 0.19, 0.04, (250, 110, 100))
    pen.disc(0.06, 0.19, 0.04, (120, 220, 140))
    pen.disc(0, -0.5, 0.45, tones.body)
    pen.oval(0, -0.48, 0.33, 0.29, Gradient(((40, 50, 96), (78, 104, 176))))
    eyes(pen, -0.45, 0.12, 0.075)
    smile(pen, 0, -0.34, 0.07, WHITE)
    pen.blob([(-0.22, -0.5), (-0.18, -0.66), (-0.02, -0.72), (-0.12, -0.6)], (190, 220, 250))


def ghost(pen: Pen, tones: Tones) -> None:
    hem = [(0.62, 0.3), (0.64, 0.86), (0.44, 0.74), (0.24, 0.92), (0, 0.76), (-0.24, 0.92)]
    hem += [(-0.44, 0.74), (-0.64, 0.86), (-0.62, 0.3)]
    pen.blob([(0, -0.92), (0.46, -0.72), *hem, (-0.46, -0.72)], tones.body)
    for side in (-1, 1):
        pen.oval(side * 0.62, 0.12, 0.18, 0.11, tones.main)
        pen.oval(side * 0.2, -0.34, 0.1, 0.14, INK)
        pen.disc(side * 0.2 - 0.03, -0.4, 0.035, WHITE)
    cheeks(pen, -0.1, 0.36, 0.09)
    pen.oval(0, -0.02, 0.09, 0.11, INK)
    if pen.lit:
        pen.lamp(0, 0, 1.2, (210, 220, 255))
