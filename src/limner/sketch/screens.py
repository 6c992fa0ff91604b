"""Screens that stand before us, with something going on in each."""

from limner.sketch.colours import INK, WHITE, Colour, Gradient, Tones, mix
from limner.sketch.pen import Pen
from limner.sketch.slabs import Slab

GLASS: Colour = (26, 28, 52)
FAINT: Colour = (86, 92, 140)


def laptop(pen: Pen, tones: Tones) -> None:
    pen.box(-0.76, -0.68, 0.76, 0.42, tones.body, 0.07)
    pen.box(-0.69, -0.6, 0.69, 0.34, GLASS, 0.03)
    for row, (indent, wide, shade) in enumerate(
        (
            (0, 0.5, 1.0),
            (0.1, 0.7, 0.3),
            (0.1, 0.4, 0.8),
            (0.2, 0.6, 0.2),
            (0.1, 0.3, 1.0),
            (0, 0.2, 0.5),
        )
    ):
        y = -0.48 + row * 0.13
        colour = mix((190, 200, 240), tones.second, shade)
        pen.box(-0.58 + indent, y, -0.58 + indent + wide, y + 0.055, colour, 0.02)
    pen.poly([(-0.78, 0.44), (0.78, 0.44), (0.98, 0.76), (-0.98, 0.76)], tones.light)
    pen.poly([(-0.66, 0.48), (0.66, 0.48), (0.74, 0.62), (-0.74, 0.62)], tones.dark)
    pen.poly([(-0.2, 0.65), (0.2, 0.65), (0.22, 0.74), (-0.22, 0.74)], tones.main)
    pen.box(-0.98, 0.75, 0.98, 0.83, tones.deep, 0.03)
    pen.lamp(0, -0.1, 1.0, tones.second)


def phone(pen: Pen, tones: Tones) -> None:
    pen.box(-0.48, -0.94, 0.48, 0.94, tones.body, 0.14)
    pen.box(
        -0.42, -0.86, 0.42, 0.86, Gradient(((94, 92, 190), (226, 120, 170), (252, 196, 130))), 0.1
    )
    pen.box(-0.14, -0.84, 0.14, -0.77, INK, 0.04)
    for row in range(3):
        for column, colour in enumerate((tones.second, WHITE, (255, 214, 110))):
            x, y = -0.26 + column * 0.26, -0.44 + row * 0.28
            pen.box(x - 0.09, y - 0.09, x + 0.09, y + 0.09, mix(colour, WHITE, row * 0.25), 0.05)
    pen.box(-0.32, 0.52, 0.32, 0.76, (250, 250, 255), 0.1)


def chart(pen: Pen, tones: Tones) -> None:
    pen.box(-0.94, -0.86, 0.94, 0.9, (250, 250, 252), 0.1)
    for row in range(4):
        y = -0.5 + row * 0.3
        pen.line([(-0.72, y), (0.76, y)], 0.014, (216, 220, 232))
    for index, high in enumerate((0.36, 0.62, 0.5, 0.86, 1.05)):
        x = -0.6 + index * 0.29
        pen.box(x, 0.62 - high, x + 0.19, 0.66, tones.body if index % 2 else tones.trim, 0.03)
    pen.line([(-0.76, -0.66), (-0.76, 0.66), (0.8, 0.66)], 0.04, (96, 100, 130))
    points = [(-0.5 + index * 0.29, y) for index, y in enumerate((0.06, -0.2, -0.1, -0.44, -0.66))]
    pen.line(points, 0.04, (240, 96, 96))
    for x, y in points:
        pen.disc(x, y, 0.05, (240, 96, 96))


def server(pen: Pen, tones: Tones) -> None:
    slab = Slab(pen, 0, -0.56, 0.86, 0.86)
    for level in range(3):
        low = -0.76 + level * 0.4
        slab.block(0, 0, 1, 1, low, low + 0.32, mix(tones.main, FAINT, 0.35))
        for index in range(3):
            spot = slab.at(0.16 + index * 0.12, 1, low + 0.2)
            pen.disc(*spot, 0.035, tones.second if (index + level) % 3 else (250, 190, 80))
            pen.lamp(*spot, 0.14, tones.second)
        for row in range(3):
            start, end = (
                slab.at(0.56, 1, low + 0.09 + row * 0.07),
                slab.at(0.9, 1, low + 0.09 + row * 0.07),
            )
            pen.line([start, end], 0.02, mix(tones.main, INK, 0.6))
