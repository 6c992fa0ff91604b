"""Skylines, whose windows are lit when it is dark, and the river that shows them again."""

from random import Random

from PIL import Image, ImageFilter

from limner.sketch.canvas import Canvas
from limner.sketch.colours import INK, LAMPLIGHT, WHITE, Colour, Gradient, mix
from limner.sketch.curves import Point
from limner.sketch.terrain import round_tree
from limner.sketch.view import Layer, View

TOWERS: tuple[Colour, ...] = ((112, 132, 178), (140, 126, 172), (96, 140, 166), (164, 140, 168))


def box(left: float, top: float, right: float, low: float) -> list[Point]:
    return [(left, top), (right, top), (right, low), (left, low)]


def towers(canvas: Canvas, view: View, foot: float, tall: float, far: float, rng: Random) -> None:
    """One row of towers; each gets a roof of its own and a grid of windows."""
    air, unit = view.air, canvas.unit
    x = -unit * rng.uniform(0.0, 0.06)
    lit: list[list[Point]] = []
    unlit: list[list[Point]] = []
    while x < canvas.width:
        wide = unit * rng.uniform(0.075, 0.14)
        high = unit * tall * rng.uniform(0.45, 1.0)
        top = foot - high
        colour = air.seen(rng.choice(TOWERS) if air.place_colour is None else air.place_colour, far)
        if air.dark:
            colour = mix(colour, (10, 12, 44), 0.45 * (1 - far))
        outlines = [box(x, top, x + wide, foot), *_roof(x, top, wide, unit, rng)]
        canvas.shape(outlines, Gradient((mix(colour, WHITE, 0.06), mix(colour, air.haze, 0.22))))
        canvas.shape(
            [box(x + wide * 0.72, top, x + wide, foot)], mix(colour, INK, 0.35), opacity=0.35
        )
        if far < 0.5:
            _windows(x, top, wide, high, unit, (lit, unlit), rng, share=0.5 if air.dark else 0.0)
        x += wide + unit * rng.uniform(-0.012, 0.018)
    canvas.shape(
        unlit, air.seen((206, 228, 244) if not air.dark else (40, 44, 90), far), opacity=0.55
    )
    warm = mix(LAMPLIGHT, air.haze, far * 0.7)
    canvas.shape(lit, warm, opacity=0.95)


def _roof(x: float, top: float, wide: float, unit: float, rng: Random) -> list[list[Point]]:
    kind, middle = rng.randrange(5), x + wide / 2
    if kind == 0:
        return [[(x, top + 1), (middle, top - wide * 0.5), (x + wide, top + 1)]]
    if kind == 1:
        mast = unit * 0.0022
        return [
            box(x + wide * 0.2, top - unit * 0.022, x + wide * 0.8, top + 1),
            box(middle - mast, top - unit * 0.1, middle + mast, top),
        ]
    if kind == 2:
        return [
            box(x + wide * 0.14, top - unit * 0.025, x + wide * 0.86, top + 1),
            box(x + wide * 0.3, top - unit * 0.05, x + wide * 0.7, top + 1),
        ]
    return [[(x, top + 1), (x, top - wide * 0.34), (x + wide, top + 1)]] if kind == 3 else []


def _windows(
    x: float,
    top: float,
    wide: float,
    high: float,
    unit: float,
    panes: tuple[list[list[Point]], list[list[Point]]],
    rng: Random,
    *,
    share: float,
) -> None:
    lit, unlit = panes
    columns = max(2, round(wide / (unit * 0.026)))
    rows = max(2, int(high / (unit * 0.036)))
    cell = wide / (columns + 0.5)
    for row in range(rows):
        y = top + unit * 0.022 + row * unit * 0.036
        for column in range(columns):
            left = x + cell * (column + 0.45)
            pane = box(left, y, left + cell * 0.58, y + unit * 0.018)
            (lit if rng.random() < share else unlit).append(pane)


def far_towers(canvas: Canvas, view: View, rng: Random) -> None:
    foot = canvas.height * view.stage.horizon
    towers(canvas, view, foot, 0.44, 0.62, rng)


def near_towers(canvas: Canvas, view: View, rng: Random) -> None:
    foot = canvas.height * view.stage.horizon
    canvas.veil(foot - canvas.unit * 0.2, foot, view.air.mist, 0.0, 0.4)
    towers(canvas, view, foot, 0.34, 0.16, rng)


def quay(canvas: Canvas, view: View, rng: Random) -> None:
    """Pavement where somebody stands, else a river that shows the skyline again."""
    foot = canvas.height * view.stage.horizon
    if any(placed.footing == "ground" for placed in view.placements):
        pavement(canvas, view, foot)
    else:
        river(canvas, view, round(foot), rng)


def pavement(canvas: Canvas, view: View, foot: float) -> None:
    stone = view.air.ground((196, 196, 208))
    canvas.wash((mix(stone, view.air.haze, 0.35), stone, mix(stone, INK, 0.18)), foot)
    trees: list[list[Point]] = []
    rng = Random(3)
    for index in range(round(7 * canvas.width / canvas.unit)):
        x = canvas.unit * (index + 0.5) / 7
        trees += round_tree(x, foot + canvas.unit * 0.02, canvas.unit * 0.11, rng)
    green = view.air.foliage((86, 156, 104), 0.1)
    canvas.shape(trees, Gradient((mix(green, WHITE, 0.1), mix(green, INK, 0.25))))
    middle = canvas.width / 2
    seams = [
        [
            (middle + end * 0.4, foot + canvas.unit * 0.02),
            (middle + end, canvas.height),
            (middle + end + canvas.unit * 0.004, canvas.height),
        ]
        for end in (canvas.unit * 0.22 * step for step in range(-9, 10))
    ]
    canvas.shape(seams, mix(stone, INK, 0.35), opacity=0.35)


def river(canvas: Canvas, view: View, top: int, rng: Random) -> None:
    reflect(canvas, top, canvas.height, mix(view.air.stops[0], (20, 60, 110), 0.4), 0.42)
    glints: list[list[Point]] = []
    for _ in range(round(60 * min(3.0, canvas.width / canvas.unit))):
        x, y = rng.uniform(0, canvas.width), rng.uniform(top + 2, canvas.height)
        long = canvas.unit * rng.uniform(0.008, 0.035)
        glints.append([(x - long, y), (x, y - canvas.unit * 0.0016), (x + long, y)])
    canvas.shape(glints, mix(view.air.haze, WHITE, 0.4), opacity=0.45)
    bank = [box(0, top - canvas.unit * 0.008, canvas.width, top + canvas.unit * 0.008)]
    canvas.shape(bank, mix(view.air.seen((70, 72, 100)), INK, 0.4))


def reflect(canvas: Canvas, top: int, low: int, deep: Colour, share: float) -> None:
    """What is above `top`, upside down and unsteady, down to `low`."""
    tall = min(low - top, top)
    if tall < 1:
        return
    source = canvas.image.crop((0, max(0, top - tall * 2), canvas.width, top))
    mirrored = source.resize((canvas.width, tall)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirrored = mirrored.filter(ImageFilter.GaussianBlur(max(0.6, canvas.unit * 0.0022)))
    rng, rippled = Random(11), mirrored.copy()
    band = max(1, canvas.unit // 200)
    for y in range(0, tall, band):
        shift = round(rng.uniform(-1, 1) * canvas.unit * 0.004 * (0.4 + y / tall))
        rippled.paste(mirrored.crop((0, y, canvas.width, y + band)), (shift, y))
    veil = Image.new("RGB", rippled.size, deep)
    canvas.image.paste(Image.blend(rippled.convert("RGB"), veil, share), (0, top))


CITY: tuple[Layer, ...] = (far_towers, near_towers, quay)
