"""What stands on a kitchen table."""

from limner.sketch.colours import INK, WHITE, Colour, Gradient, Tones, mix
from limner.sketch.curves import mirrored, ring, smooth
from limner.sketch.pen import Pen

STALK: Colour = (112, 82, 56)


def bowl(pen: Pen, tones: Tones) -> None:
    pen.oval(0, 0.02, 0.9, 0.16, tones.dark)
    pen.oval(0, 0.03, 0.82, 0.12, tones.deep)
    _dish(pen, tones)


def _dish(pen: Pen, tones: Tones) -> None:
    side = [(0, 0.06), (0.9, 0.04), (0.78, 0.46), (0.4, 0.82), (0, 0.86)]
    pen.box(-0.34, 0.76, 0.34, 0.95, tones.dark, 0.06)
    pen.both(side, tones.body)
    with pen.within(smooth(mirrored(side), closed=True)) as inner:
        inner.stroke([(-1, 0.2), (0, 0.36), (1, 0.2)], 0.09, tones.second)
        for x in (-0.6, -0.3, 0, 0.3, 0.6):
            inner.disc(x, 0.5 - abs(x) * 0.12, 0.05, tones.pale)


def fruitbowl(pen: Pen, tones: Tones) -> None:
    """Apples, an orange, a banana and grapes, higher than the rim."""
    pen.oval(0, 0.04, 0.9, 0.15, tones.deep)
    _banana(pen, 0.36, -0.42)
    _round_fruit(pen, -0.5, -0.16, 0.34, (232, 70, 62))
    _round_fruit(pen, 0.5, -0.1, 0.31, (150, 200, 80))
    _round_fruit(pen, 0.0, -0.26, 0.38, (250, 160, 52))
    pen.blob([(0.0, -0.62), (0.14, -0.84), (0.42, -0.84), (0.24, -0.62)], (92, 172, 92))
    for x, y in ((-0.26, 0.0), (-0.12, 0.02), (-0.2, 0.12), (0.2, 0.0), (-0.34, 0.1)):
        pen.disc(x, y, 0.1, (134, 86, 180))
        pen.disc(x - 0.03, y - 0.03, 0.03, (206, 180, 236))
    _dish(pen, tones)


def fruit(pen: Pen, tones: Tones) -> None:
    _banana(pen, 0.2, -0.1)
    _round_fruit(pen, -0.4, 0.42, 0.5, tones.main)
    _round_fruit(pen, 0.46, 0.48, 0.42, (250, 160, 52))
    for x, y in ((0.0, 0.62), (0.14, 0.66), (0.06, 0.78), (0.2, 0.8), (-0.06, 0.74)):
        pen.disc(x, y, 0.12, (134, 86, 180))
        pen.disc(x - 0.04, y - 0.04, 0.035, (206, 180, 236))


def _round_fruit(pen: Pen, x: float, y: float, reach: float, colour: Colour) -> None:
    light, dark = mix(colour, WHITE, 0.2), mix(colour, INK, 0.16)
    pen.line([(x, y - reach * 0.8), (x + reach * 0.1, y - reach * 1.25)], 0.05, STALK)
    pen.disc(x, y, reach, Gradient((light, colour, dark)))
    pen.oval(x - reach * 0.4, y - reach * 0.4, reach * 0.2, reach * 0.14, mix(colour, WHITE, 0.7))


def banana(pen: Pen, tones: Tones) -> None:
    outer = [(-0.9, -0.3), (-0.6, 0.4), (0.1, 0.72), (0.8, 0.36), (0.9, -0.5)]
    inner = [(0.74, -0.5), (0.56, 0.0), (0.06, 0.24), (-0.5, 0.02), (-0.8, -0.36)]
    pen.poly([*smooth(outer, closed=False), *smooth(inner, closed=False)], tones.body)
    pen.stroke([(-0.7, 0.08), (0.06, 0.5), (0.7, 0.2)], 0.05, tones.dark)
    pen.poly([(0.72, -0.5), (0.76, -0.72), (0.9, -0.72), (0.92, -0.48)], STALK)
    pen.disc(-0.86, -0.34, 0.07, STALK)


def _banana(pen: Pen, x: float, y: float) -> None:
    for turn in (0.0, 0.16):
        outer = [(-0.56, 0.3), (-0.1, 0.34), (0.42, 0.06), (0.54, -0.44)]
        inner = [(0.44, -0.46), (0.22, -0.1), (-0.14, 0.06), (-0.5, 0.1)]
        curve = [*smooth(outer, closed=False), *smooth(inner, closed=False)]
        shade = Gradient(((255, 226, 104), (236, 178, 58)))
        pen.poly([(x + px - turn, y + py + turn) for px, py in curve], shade)
        pen.disc(x + 0.49 - turn, y - 0.46 + turn, 0.06, STALK)


def bottle(pen: Pen, tones: Tones) -> None:
    pen.box(-0.14, -0.95, 0.14, -0.78, tones.second, 0.04)
    glass = [(0, -0.8), (0.13, -0.8), (0.14, -0.42), (0.36, -0.16), (0.38, 0.9), (0, 0.95)]
    pen.facets(glass, tones.body)
    pen.box(-0.38, 0.1, 0.38, 0.6, tones.pale)
    pen.poly(ring(0, 0.35, 0.16, 0.16, 4), tones.second)
    pen.box(-0.3, -0.06, -0.22, 0.86, tones.light, 0.04)


def pizza(pen: Pen, tones: Tones) -> None:
    pen.disc(0, 0, 0.94, (206, 142, 80))
    pen.disc(0, 0, 0.82, Gradient(((255, 220, 120), (246, 186, 84))))
    for x, y in ((-0.36, -0.36), (0.3, -0.42), (0.0, 0.06), (-0.42, 0.3), (0.44, 0.2), (0.1, 0.56)):
        pen.disc(x, y, 0.16, tones.main)
        pen.disc(x - 0.04, y - 0.04, 0.05, tones.light)
    for x, y in ((0.06, -0.62), (-0.64, -0.04), (0.62, -0.14), (-0.16, 0.6), (0.24, -0.12)):
        pen.blob([(x, y - 0.08), (x + 0.1, y), (x, y + 0.08), (x - 0.06, y)], (92, 168, 84))
    for end in ((0.94, 0.0), (-0.47, 0.81), (-0.47, -0.81)):
        pen.line([(0, 0), end], 0.03, (190, 126, 72))
