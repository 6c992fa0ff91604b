"""Water takes its colours from the sky above it, and shows the light of sun and moon as a path."""

import math
from random import Random

from PIL import Image, ImageFilter

from limner.sketch.canvas import Canvas
from limner.sketch.colours import WHITE, Colour, Gradient, mix, named
from limner.sketch.curves import Point, ring, smooth
from limner.sketch.land import far_hills, rows_of_peaks, slope
from limner.sketch.sky import ACROSS
from limner.sketch.terrain import rolling
from limner.sketch.view import Layer, View

SEA: Colour = (34, 132, 178)
SAND: Colour = (244, 216, 160)


def sea_colours(view: View) -> tuple[Colour, ...]:
    air = view.air
    blue = SEA if air.place_colour is None else mix(SEA, air.place_colour, 0.7)
    seen = air.seen(blue)
    if air.time in ("sunset", "dawn"):
        # A low sun colours the water more than the water itself does.
        return (
            mix(seen, air.stops[-2], 0.8),
            mix(seen, air.stops[1], 0.62),
            mix(seen, air.stops[0], 0.6),
        )
    bright = mix(air.haze, air.stops[1], 0.6)
    return mix(seen, bright, 0.6), mix(seen, bright, 0.2), mix(seen, (8, 34, 92), 0.4)


def water(canvas: Canvas, view: View, rng: Random) -> None:
    top = canvas.height * view.stage.horizon
    canvas.wash(sea_colours(view), top)
    dashes(canvas, view, top, canvas.height, rng)
    if view.shining:
        light_path(canvas, view, rng)


def dashes(canvas: Canvas, view: View, top: float, low: float, rng: Random) -> None:
    """Short wave lines, longer and farther apart toward us."""
    light: list[list[Point]] = []
    dark: list[list[Point]] = []
    for _ in range(round(70 * min(3.0, canvas.width / canvas.unit))):
        share = rng.random() ** 1.5
        y = top + (low - top) * (0.02 + share * 0.98)
        long = canvas.unit * (0.012 + 0.05 * share) * rng.uniform(0.6, 1.3)
        x = rng.uniform(-0.02, 1.02) * canvas.width
        (light if rng.random() < 0.6 else dark).append(_dash(x, y, long, long * 0.07))
    canvas.shape(light, mix(view.air.haze, WHITE, 0.3), opacity=0.34)
    canvas.shape(dark, mix(sea_colours(view)[2], (10, 16, 60), 0.4), opacity=0.3)


def _dash(x: float, y: float, long: float, thick: float) -> list[Point]:
    thick = max(0.7, thick)
    upper = [(x - long, y), (x - long * 0.4, y - thick), (x + long * 0.4, y - thick), (x + long, y)]
    return smooth([*upper, (x, y + thick * 0.8)], closed=True, steps=4)


def light_path(canvas: Canvas, view: View, rng: Random) -> None:
    """The broken column of light below the brightest body."""
    body = next(b for b in view.scene.sky if b.kind in ("sun", "moon", "crescent"))
    across = ACROSS[body.across] if body.across else 0.24
    x, top = canvas.width * across, canvas.height * view.stage.horizon
    colour = (255, 244, 206) if body.kind == "sun" else (238, 240, 255)
    if body.colours:
        colour = mix(named(body.colours[0]), WHITE, 0.4)
    glints: list[list[Point]] = []
    for step in range(64):
        share = (step / 64) ** 1.3
        y = top + (canvas.height - top) * share
        reach = canvas.unit * (0.012 + 0.07 * share)
        long = reach * rng.uniform(0.3, 0.9)
        glints.append(_dash(x + rng.uniform(-0.8, 0.8) * reach, y, long, canvas.unit * 0.0028))
    canvas.glow(x, top, canvas.unit * 0.4, colour, 0.3, flat=0.3)
    canvas.shape(glints, colour, opacity=0.78)


def near_waves(canvas: Canvas, view: View, rng: Random) -> None:
    """Waves in front of whatever floats, so that it lies in the water and not on it."""
    level = (view.stage.water or view.stage.near) + 0.075
    deep = sea_colours(view)[2]
    for index, down in enumerate((0.0, 0.07, 0.13)):
        crest = _crests(canvas, level + down, 0.008 + index * 0.004, rng)
        colour = mix(deep, (6, 20, 70), 0.08 + index * 0.12)
        light = mix(colour, view.air.haze, 0.3 - index * 0.06)
        canvas.shape([crest], Gradient((light, colour, colour)), opacity=0.86)


def _crests(canvas: Canvas, level: float, swing: float, rng: Random) -> list[Point]:
    """Rounded waves with pointed crests."""
    long, turn = canvas.unit * rng.uniform(0.09, 0.13), rng.uniform(0, math.tau)
    steps = max(48, min(600, round(canvas.width / long * 16)))
    points = []
    for step in range(steps + 1):
        x = canvas.width * step / steps
        wave = 1 - abs(math.sin(x / long * math.pi / 2 + turn))
        points.append((x, canvas.height * level - wave**1.4 * swing * canvas.unit))
    return [*points, (canvas.width, canvas.height), (0, canvas.height)]


def islet(canvas: Canvas, view: View, rng: Random) -> None:
    """Whatever cannot swim gets a small island to stand on."""
    on_ground = [placed for placed in view.placements if placed.footing == "ground"]
    if not on_ground:
        return
    left = min(placed.x - placed.half for placed in on_ground) - canvas.unit * 0.07
    right = max(placed.x + placed.half for placed in on_ground) + canvas.unit * 0.07
    middle, wide = (left + right) / 2, (right - left) / 2
    y = canvas.height * view.stage.near
    sand, air = view.air.ground(SAND), view.air
    canvas.oval(
        middle, y + canvas.unit * 0.035, wide * 1.1, canvas.unit * 0.055, WHITE, opacity=0.4
    )
    canvas.oval(
        middle,
        y + canvas.unit * 0.02,
        wide,
        canvas.unit * 0.05,
        Gradient((mix(sand, WHITE, 0.15), sand, air.seen((196, 150, 104)))),
    )


def beach_sand(canvas: Canvas, view: View, rng: Random) -> None:
    sand = view.air.ground(SAND)
    for down, colour, opacity in (
        (0.0, mix(sand, (150, 110, 90), 0.3), 1.0),
        (0.02, WHITE, 0.75),
        (0.032, sand, 1.0),
    ):
        rng_same = Random(7)
        line = rolling(canvas, 0.6 + down, 0.016, rng_same, length=1.1)
        fill = Gradient((sand, view.air.ground((226, 184, 124)))) if colour == sand else colour
        canvas.shape([line], fill, opacity=opacity)
    for _ in range(7):
        x, y = rng.uniform(0.03, 0.97) * canvas.width, rng.uniform(0.72, 0.98) * canvas.height
        size = canvas.unit * rng.uniform(0.008, 0.016)
        shell = view.air.seen(rng.choice(((250, 224, 208), (244, 170, 160), (255, 250, 240))))
        canvas.oval(x, y + size * 0.4, size * 1.1, size * 0.4, (150, 110, 90), opacity=0.3)
        canvas.oval(x, y, size, size * 0.7, shell)


def lake_water(canvas: Canvas, view: View, rng: Random) -> None:
    """The far shore is seen again in the still water."""
    top = round(canvas.height * (view.stage.horizon + 0.1))
    low = round(canvas.height * 0.86)
    mirrored = canvas.image.crop((0, max(0, 2 * top - low), canvas.width, top))
    mirrored = mirrored.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirrored = mirrored.filter(ImageFilter.BoxBlur(max(1, canvas.unit // 160)))
    deep = Image.new("RGB", mirrored.size, sea_colours(view)[1])
    canvas.image.paste(Image.blend(mirrored, deep, 0.36), (0, top))
    dashes(canvas, view, top, low, rng)


def lake_shore(canvas: Canvas, view: View, rng: Random) -> None:
    level = view.stage.near - 0.045
    shore = rolling(canvas, level, 0.016, rng, length=1.3)
    slope(canvas, view, shore, (112, 176, 96), 0.0, deep=0.3)


def cliff_rock(canvas: Canvas, view: View, rng: Random) -> None:
    """A headland on the right, grass above and rock below, with surf at its feet."""
    width, height, unit = canvas.width, canvas.height, canvas.unit
    top = height * view.stage.near
    edge = max(0.0, width * view.stage.across - unit * 0.34)
    foot = height * 0.93
    rock = view.air.ground((134, 118, 124), snow=0.3)
    face = [
        (edge, top + unit * 0.03),
        (edge + unit * 0.05, top + unit * 0.12),
        (edge + unit * 0.015, top + unit * 0.19),
        (edge + unit * 0.08, top + unit * 0.26),
        (edge + unit * 0.05, foot),
        (width, foot + unit * 0.06),
        (width, top),
    ]
    canvas.shape([face], Gradient((mix(rock, WHITE, 0.12), rock, mix(rock, (30, 24, 60), 0.4))))
    dark = mix(rock, (36, 28, 66), 0.45)
    cracks: list[list[Point]] = []
    for _ in range(9):
        x = rng.uniform(edge + unit * 0.08, width)
        y = rng.uniform(top + unit * 0.09, foot - unit * 0.06)
        long = unit * rng.uniform(0.04, 0.1)
        cracks.append([(x, y), (x + long * 0.5, y + long * 0.9), (x + long * 0.34, y + long)])
        cracks.append(
            [(x + long, y), (x + long * 1.5, y - long * 0.12), (x + long, y + long * 0.1)]
        )
    canvas.shape(cracks, dark, opacity=0.55)
    grass = [
        (edge - unit * 0.03, top + unit * 0.02),
        (edge + unit * 0.08, top - unit * 0.012),
        (width * 0.8, top - unit * 0.018),
        (width, top - unit * 0.01),
        (width, top + unit * 0.07),
        (width * 0.86, top + unit * 0.05),
        (edge + unit * 0.22, top + unit * 0.085),
        (edge + unit * 0.1, top + unit * 0.045),
    ]
    green = view.air.ground((112, 176, 92))
    lawn = smooth(grass, closed=True, steps=8)
    canvas.shape([lawn], Gradient((mix(green, WHITE, 0.12), green, mix(green, (20, 60, 60), 0.4))))


def surf(canvas: Canvas, view: View, rng: Random) -> None:
    edge = max(0.0, canvas.width * view.stage.across - canvas.unit * 0.34)
    foam: list[list[Point]] = []
    x = edge - canvas.unit * 0.02
    while x < canvas.width + canvas.unit * 0.05:
        reach = canvas.unit * rng.uniform(0.016, 0.034)
        foam.append(
            ring(x, canvas.height * 0.945 + rng.uniform(-0.3, 0.5) * reach, reach, reach, 24)
        )
        x += reach * 1.1
    canvas.shape(foam, mix(view.air.seen(WHITE), view.air.mist, 0.25), opacity=0.9)
    level = view.stage.horizon + 0.36
    deep = sea_colours(view)[2]
    for index, down in enumerate((0.0, 0.035)):
        crest = _crests(canvas, level + down, 0.01, rng)
        canvas.shape([crest], mix(deep, (6, 20, 70), 0.1 + index * 0.14), opacity=0.9)


SEA_LAYERS: tuple[Layer, ...] = (water, islet)
SEA_FRONT: tuple[Layer, ...] = (near_waves,)
BEACH: tuple[Layer, ...] = (water, beach_sand)
LAKE: tuple[Layer, ...] = (rows_of_peaks, far_hills, lake_water, lake_shore)
CLIFF: tuple[Layer, ...] = (water, cliff_rock, surf)
