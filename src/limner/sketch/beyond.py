"""Where there is no ground: the sky, space, the deep sea; and the moon, which has one."""

import math
from random import Random

from limner.sketch.canvas import Canvas
from limner.sketch.colours import WHITE, Colour, Gradient, mix
from limner.sketch.curves import Point, ring, smooth
from limner.sketch.sky import bright_stars, cloud, sprinkle_stars
from limner.sketch.terrain import rolling
from limner.sketch.view import Layer, View

VOID: tuple[Colour, ...] = ((10, 10, 34), (26, 20, 66), (52, 30, 96))


def void(canvas: Canvas, view: View, rng: Random) -> None:
    tint = view.air.place_colour
    stops = VOID if tint is None else tuple(mix(stop, tint, 0.3) for stop in VOID)
    canvas.wash(stops)
    for colour in ((190, 70, 190), (60, 120, 230), (240, 110, 120)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        canvas.glow(x, y, canvas.unit * rng.uniform(0.4, 0.7), colour, 0.3)
    sprinkle_stars(canvas, 1.08, 120, rng)
    bright_stars(canvas, 1.3, rng)


def worlds(canvas: Canvas, view: View, rng: Random) -> None:
    """A large world in one corner and a small one opposite, unless the prompt brings its own."""
    unit = canvas.unit
    side = rng.choice((0, 1))
    x, y, reach = canvas.width * float(side), canvas.height * 1.02, unit * 0.36
    colour = rng.choice(((240, 130, 110), (90, 150, 220), (170, 120, 210)))
    canvas.glow(x, y, reach * 1.5, colour, 0.5)
    canvas.oval(x, y, reach, reach, Gradient((mix(colour, WHITE, 0.3), colour, (40, 24, 80))))
    craters = [
        ring(x + dx * reach, y + dy * reach, size * reach, size * reach * 0.8, 30)
        for dx, dy, size in ((-0.3, -0.6, 0.14), (0.32, -0.5, 0.1), (0.05, -0.8, 0.07))
    ]
    canvas.shape(craters, mix(colour, (40, 20, 80), 0.4), opacity=0.6)
    if any(body.kind == "planet" for body in view.scene.sky):
        return
    x, y, reach = canvas.width * (0.88 - 0.76 * side), canvas.height * 0.17, unit * 0.07
    halo = [(x + 1.8 * reach * math.cos(t), y + 0.5 * reach * math.sin(t)) for t in _turns()]
    hole = [(x + 1.4 * reach * math.cos(t), y + 0.34 * reach * math.sin(t)) for t in _turns()]
    canvas.oval(x, y, reach, reach, Gradient(((255, 224, 160), (240, 160, 110), (150, 70, 110))))
    canvas.shape([[*halo[:31], *reversed(hole[:31])]], (255, 236, 200), opacity=0.9)


def _turns() -> list[float]:
    return [math.tau * step / 60 for step in range(61)]


def regolith(canvas: Canvas, view: View, rng: Random) -> None:
    """The ground of the moon: pale dust, craters, and the earth above the horizon."""
    unit, width, height = canvas.unit, canvas.width, canvas.height
    x, y, reach = width * rng.choice((0.2, 0.8)), height * 0.22, unit * 0.1
    canvas.glow(x, y, reach * 2.6, (110, 170, 255), 0.5)
    canvas.oval(x, y, reach, reach, Gradient(((120, 190, 250), (50, 110, 210), (24, 40, 110))))
    land = [
        smooth([(x + dx * reach, y + dy * reach) for dx, dy in points], closed=True)
        for points in (
            ((-0.6, -0.5), (-0.1, -0.66), (0.1, -0.3), (-0.3, 0.02), (-0.62, -0.1)),
            ((0.1, 0.1), (0.5, 0.0), (0.56, 0.4), (0.2, 0.66)),
        )
    ]
    canvas.shape(land, (110, 190, 120), opacity=0.85)
    dust = view.air.place_colour or (196, 196, 212)
    for level, colour, length in (
        (view.stage.horizon, mix(dust, (70, 70, 120), 0.5), 0.7),
        (view.stage.horizon + 0.06, dust, 1.6),
    ):
        outline = rolling(canvas, level, 0.022, rng, length=length)
        canvas.shape(
            [outline], Gradient((mix(colour, WHITE, 0.2), colour, mix(colour, (60, 56, 100), 0.5)))
        )
    for _ in range(round(11 * width / unit)):
        share = rng.uniform(0.0, 1.0)
        cy = height * (view.stage.horizon + 0.1 + share * 0.24)
        wide = unit * (0.018 + 0.05 * share) * rng.uniform(0.6, 1.3)
        cx = rng.uniform(0, width)
        canvas.oval(cx, cy, wide, wide * 0.3, mix(dust, (60, 56, 100), 0.5))
        canvas.oval(cx, cy + wide * 0.06, wide * 0.86, wide * 0.2, mix(dust, (60, 56, 100), 0.28))


def high_clouds(canvas: Canvas, view: View, rng: Random) -> None:
    """A sea of clouds below, as seen from among them."""
    air = view.air
    bright = WHITE if not air.dark else (120, 124, 186)
    for row, (level, size) in enumerate(((0.8, 0.2), (0.9, 0.26), (1.0, 0.34))):
        x = -canvas.unit * 0.1
        while x < canvas.width + canvas.unit * 0.2:
            reach = canvas.unit * size * rng.uniform(0.8, 1.2)
            top = mix(bright, air.haze, 0.4 - row * 0.15)
            y = canvas.height * level + canvas.unit * rng.uniform(-0.03, 0.03)
            cloud(canvas, x, y, reach, top, air.stops[len(air.stops) // 2], rng)
            x += reach * 1.15


DEEP: tuple[Colour, ...] = ((120, 222, 230), (44, 160, 204), (22, 96, 160), (16, 52, 112))


def deep_water(canvas: Canvas, view: View, rng: Random) -> None:
    tint = view.air.place_colour
    stops = DEEP if tint is None else tuple(mix(stop, tint, 0.45) for stop in DEEP)
    if view.air.dark:
        stops = tuple(mix(stop, (8, 12, 52), 0.55) for stop in stops)
    canvas.wash(stops)
    for index in range(6):
        x = canvas.width * (index + rng.uniform(0.1, 0.9)) / 6
        wide, lean = canvas.unit * rng.uniform(0.03, 0.09), canvas.unit * rng.uniform(0.05, 0.25)
        beam = [(x, -5), (x + wide, -5), (x + wide * 2 + lean, canvas.height * 0.86)]
        canvas.shape(
            [[*beam, (x + lean, canvas.height * 0.86)]],
            WHITE,
            opacity=0.09,
            blur=canvas.unit * 0.012,
        )


def sea_floor(canvas: Canvas, view: View, rng: Random) -> None:
    unit, air = canvas.unit, view.air
    rocks = rolling(canvas, view.stage.horizon - 0.04, 0.05, rng, length=0.6)
    canvas.shape([rocks], mix((30, 84, 130), (16, 52, 112), 0.4), opacity=0.7)
    sand = rolling(canvas, view.stage.horizon + 0.02, 0.02, rng, length=1.2)
    pale = mix((238, 214, 160), (30, 110, 170), 0.3 if not air.dark else 0.6)
    canvas.shape([sand], Gradient((pale, mix(pale, (20, 60, 120), 0.45))))
    corals = ((240, 110, 120), (250, 170, 100), (200, 120, 210))
    for _ in range(round(6 * canvas.width / unit)):
        x, foot = rng.uniform(0, canvas.width), canvas.height * rng.uniform(0.9, 0.97)
        colour = mix(rng.choice(corals), (30, 100, 170), 0.15)
        canvas.shape(
            _coral(x, foot, unit * rng.uniform(0.05, 0.1)),
            Gradient((colour, mix(colour, (60, 20, 90), 0.35))),
        )
    weeds = [
        _weed(rng.uniform(0, canvas.width), canvas.height * rng.uniform(0.9, 1.0), unit, rng)
        for _ in range(round(13 * canvas.width / unit))
    ]
    canvas.shape(weeds, Gradient(((96, 200, 140), (24, 110, 110))), opacity=0.95)


def _coral(x: float, foot: float, tall: float) -> list[list[Point]]:
    parts = []
    for lean, high in ((-0.5, 0.62), (-0.2, 0.95), (0.16, 0.8), (0.5, 0.56)):
        tip = (x + lean * tall, foot - high * tall)
        thick = tall * 0.1
        parts.append(
            [
                (x - thick, foot),
                (tip[0] - thick, tip[1]),
                (tip[0] + thick, tip[1]),
                (x + thick, foot),
            ]
        )
        parts.append(ring(*tip, thick, thick, 18))
    return parts


def _weed(x: float, foot: float, unit: float, rng: Random) -> list[Point]:
    tall, turn = unit * rng.uniform(0.1, 0.26), rng.uniform(0, math.tau)
    left: list[Point] = []
    right: list[Point] = []
    for step in range(13):
        share = step / 12
        sway = math.sin(turn + share * 5) * unit * 0.014 * (0.3 + share)
        thick = unit * 0.011 * (1 - share * 0.86)
        left.append((x + sway - thick, foot - tall * share))
        right.append((x + sway + thick, foot - tall * share))
    return [*left, *reversed(right)]


def bubbles(canvas: Canvas, view: View, rng: Random) -> None:
    for _ in range(round(14 * canvas.width / canvas.unit)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0.06, 0.86) * canvas.height
        reach = canvas.unit * rng.uniform(0.004, 0.016)
        canvas.oval(x, y, reach, reach, (206, 244, 250), opacity=0.35)
        canvas.oval(x - reach * 0.3, y - reach * 0.34, reach * 0.3, reach * 0.3, WHITE, opacity=0.8)


SPACE: tuple[Layer, ...] = (void, worlds)
MOON: tuple[Layer, ...] = (void, regolith)
SKY: tuple[Layer, ...] = (high_clouds,)
UNDERWATER: tuple[Layer, ...] = (deep_water, sea_floor)
