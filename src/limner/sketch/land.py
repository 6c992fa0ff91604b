"""Hills, meadows, mountains, forests and deserts, from the far blue to the near green."""

from random import Random

from limner.sketch.canvas import Canvas
from limner.sketch.colours import Colour, Gradient, mix
from limner.sketch.curves import Point, ring
from limner.sketch.terrain import (
    fir,
    fir_side,
    height_at,
    peak,
    rolling,
    round_tree,
    tuft,
)
from limner.sketch.view import Layer, View

GRASS: Colour = (128, 192, 92)
PETALS: tuple[Colour, ...] = ((250, 132, 150), (255, 222, 110), (250, 250, 246), (176, 140, 230))


def slope(
    canvas: Canvas, view: View, outline: list[Point], colour: Colour, far: float, *, deep: float
) -> None:
    """One layer of land, lighter along its edge and darker toward us."""
    air = view.air
    top = air.ground(mix(colour, (255, 250, 190), 0.18), far)
    low = air.ground(mix(colour, (20, 70, 80), deep), far * 0.6)
    canvas.shape([outline], Gradient((top, air.ground(colour, far), low)))


def far_hills(canvas: Canvas, view: View, rng: Random) -> None:
    level = view.stage.horizon
    for index, (lift, far) in enumerate(((0.045, 0.72), (0.0, 0.52))):
        outline = rolling(canvas, level - lift, 0.035 + index * 0.01, rng, length=0.8)
        slope(canvas, view, outline, (104, 160, 130), far, deep=0.1)


def mid_hills(canvas: Canvas, view: View, rng: Random) -> None:
    level = view.stage.horizon + 0.08
    outline = rolling(canvas, level, 0.045, rng, length=1.2)
    trees: list[list[Point]] = []
    for _ in range(round(9 * canvas.width / canvas.unit)):
        x = rng.uniform(0, canvas.width)
        tall = canvas.unit * rng.uniform(0.035, 0.065)
        trees += round_tree(x, height_at(outline, x) + tall * 0.1, tall, rng)
    green = view.air.foliage((74, 146, 96), 0.3)
    canvas.shape(trees, Gradient((mix(green, (255, 255, 220), 0.12), green)))
    slope(canvas, view, outline, (116, 180, 100), 0.26, deep=0.14)


def near_ground(canvas: Canvas, view: View, rng: Random) -> None:
    level = view.stage.horizon + (view.stage.near - view.stage.horizon) * 0.52
    slope(canvas, view, rolling(canvas, level, 0.03, rng, length=1.7), GRASS, 0.06, deep=0.22)
    front = rolling(canvas, view.stage.near + 0.035, 0.018, rng, length=1.4)
    slope(canvas, view, front, mix(GRASS, (40, 140, 80), 0.3), 0.0, deep=0.3)


def winding_path(canvas: Canvas, view: View, rng: Random) -> None:
    """A path that narrows toward the hills."""
    top, low = canvas.height * (view.stage.horizon + 0.12), canvas.height * 1.02
    bend, start = rng.choice((-1, 1)) * canvas.unit * 0.16, canvas.width * rng.uniform(0.35, 0.65)
    left: list[Point] = []
    right: list[Point] = []
    for step in range(31):
        share = step / 30
        y = top + (low - top) * share
        turn = (share * 2.6 + 0.4) % 4
        sway = bend * (1 - abs(turn - 2) / 1) * share
        wide = canvas.unit * (0.004 + 0.085 * share**1.6)
        left.append((start + sway - wide, y))
        right.append((start + sway + wide, y))
    colour = view.air.ground((236, 212, 164), 0.05)
    canvas.shape([[*left, *reversed(right)]], Gradient((mix(colour, view.air.mist, 0.3), colour)))


def flowers(canvas: Canvas, view: View, rng: Random) -> None:
    """Tufts and small flowers; nothing blooms under the snow."""
    top, low = view.stage.near - 0.1, 1.0
    blades: list[list[Point]] = []
    blooms: dict[Colour, list[list[Point]]] = {}
    many = 3.0 if view.stage.place == "meadow" else 1.0
    for _ in range(round(26 * many * min(3.0, canvas.width / canvas.unit))):
        x = rng.uniform(0, canvas.width)
        share = rng.uniform(top, low)
        size = canvas.unit * (0.011 + 0.03 * (share - top))
        y = share * canvas.height
        blades += tuft(x, y, size, rng)
        if rng.random() < 0.5 and not view.air.snowy:
            petals = blooms.setdefault(rng.choice(PETALS), [])
            petals.append(ring(x + size * 0.2, y - size, size * 0.34, size * 0.34, 14))
    dark = view.air.ground(mix(GRASS, (20, 110, 70), 0.5), 0.0, snow=0.6)
    canvas.shape(blades, dark, opacity=0.85)
    for colour, outlines in blooms.items():
        canvas.shape(outlines, view.air.seen(colour))


def rows_of_peaks(canvas: Canvas, view: View, rng: Random) -> None:
    air, foot = view.air, canvas.height * (view.stage.horizon + 0.06)
    room = min(canvas.height * view.stage.horizon, canvas.unit * 0.9)
    for tall, step, far in ((0.74, 0.36, 0.5), (0.46, 0.42, 0.24)):
        x = -canvas.unit * rng.uniform(0.0, 0.2)
        while x < canvas.width + canvas.unit * 0.2:
            high = room * tall * rng.uniform(0.78, 1.25)
            wide = high * rng.uniform(0.72, 0.95)
            whole, shade, cap = peak(x, foot, wide, high, rng)
            rock = air.ground((116, 124, 160), far, snow=0.25)
            canvas.shape([whole], Gradient((mix(rock, (255, 255, 255), 0.1), rock)))
            canvas.shape([shade], air.ground((82, 86, 130), far, snow=0.2), opacity=0.8)
            canvas.shape([cap], air.seen((250, 252, 255), far * 0.5))
            x += canvas.unit * step * rng.uniform(0.75, 1.3)
    canvas.veil(foot - canvas.unit * 0.16, foot, air.mist, 0.0, 0.55)


def firs_at(
    canvas: Canvas, view: View, level: float, tall: float, gap: float, far: float, rng: Random
) -> None:
    """A row of firs that stands on one level, with snow or light on its left sides."""
    trees: list[list[Point]] = []
    sides: list[list[Point]] = []
    x = -canvas.unit * gap
    while x < canvas.width + canvas.unit * gap:
        high = canvas.unit * tall * rng.uniform(0.72, 1.2)
        foot = canvas.height * level + canvas.unit * rng.uniform(-0.008, 0.012)
        trees.append(fir(x, foot, high, rng))
        sides += fir_side(x, foot, high, rng)
        x += canvas.unit * gap * rng.uniform(0.6, 1.3)
    green = view.air.foliage((48, 116, 98), far)
    canvas.shape(trees, Gradient((mix(green, view.air.mist, 0.12), green)))
    light = view.air.foliage((126, 190, 120), far)
    shown = mix(view.air.snow, view.air.mist, far * 0.7) if view.air.snowy else light
    canvas.shape(sides, shown, opacity=0.85 if view.air.snowy else 0.35)


def fir_rows(canvas: Canvas, view: View, rng: Random) -> None:
    level = view.stage.horizon
    for tall, gap, far, down in (
        (0.24, 0.055, 0.7, 0.0),
        (0.32, 0.085, 0.48, 0.035),
    ):
        firs_at(canvas, view, level + down, tall, gap, far, rng)
        canvas.veil(
            canvas.height * (level - 0.14),
            canvas.height * (level + down + 0.02),
            view.air.mist,
            0.0,
            0.4,
        )


def forest_floor(canvas: Canvas, view: View, rng: Random) -> None:
    level = view.stage.horizon + 0.025
    colour = (112, 170, 96)
    slope(canvas, view, rolling(canvas, level, 0.012, rng, length=1.1), colour, 0.3, deep=0.16)
    firs_at(canvas, view, level + 0.07, 0.44, 0.24, 0.2, rng)
    low = rolling(canvas, level + 0.1, 0.02, rng, length=1.5)
    slope(canvas, view, low, mix(colour, (60, 150, 80), 0.4), 0.05, deep=0.28)


def tall_firs(canvas: Canvas, view: View, rng: Random) -> None:
    """Firs at both edges frame the picture and leave the middle open."""
    for side in (0, 1):
        for index in range(2):
            x = canvas.width * side + (1 - 2 * side) * canvas.unit * (0.02 + index * 0.15)
            high = canvas.unit * (0.78 - index * 0.24) * rng.uniform(0.92, 1.06)
            foot = canvas.height * (view.stage.near + 0.03 - index * 0.05)
            green = view.air.foliage((34, 92, 84), 0.1 * index)
            canvas.shape(
                [fir(x, foot, high, rng)], Gradient((mix(green, view.air.mist, 0.2), green))
            )
            shown = view.air.snow if view.air.snowy else view.air.foliage((110, 176, 112))
            canvas.shape(
                fir_side(x, foot, high, rng), shown, opacity=0.92 if view.air.snowy else 0.4
            )


def mounds(canvas: Canvas, view: View, rng: Random) -> None:
    """Soft drifts in front, on which everything stands."""
    front = rolling(canvas, view.stage.near - 0.06, 0.02, rng, length=1.3)
    slope(canvas, view, front, (104, 168, 96), 0.0, deep=0.3)


def dunes(canvas: Canvas, view: View, rng: Random) -> None:
    air, level = view.air, view.stage.horizon
    sand: Colour = (240, 190, 116)
    mesas: list[list[Point]] = []
    x = rng.uniform(0.0, 0.2) * canvas.unit
    while x < canvas.width:
        wide, high = canvas.unit * rng.uniform(0.1, 0.2), canvas.unit * rng.uniform(0.06, 0.13)
        foot = canvas.height * (level + 0.03)
        mesas.append(
            [
                (x, foot),
                (x + wide * 0.16, foot - high),
                (x + wide * 0.84, foot - high),
                (x + wide, foot),
            ]
        )
        x += wide + canvas.unit * rng.uniform(0.12, 0.4)
    stone = air.ground((206, 128, 96), 0.5)
    canvas.shape(mesas, Gradient((stone, mix(stone, air.mist, 0.35))))
    for index, (down, far) in enumerate(((0.015, 0.42), (0.09, 0.22), (0.19, 0.0))):
        outline = rolling(canvas, level + down, 0.03 + index * 0.008, rng, length=1.5)
        dark = mix(sand, (196, 120, 84), 0.35 + index * 0.06)
        light = mix(sand, (255, 236, 180), 0.3)
        canvas.shape(
            [outline], Gradient((air.ground(light, far), air.ground(sand, far), air.ground(dark)))
        )


def cacti(canvas: Canvas, view: View, rng: Random) -> None:
    """Two or three of them at the sides, small enough to be far."""
    green = view.air.ground((84, 140, 96), 0.12)
    for share, size in ((0.1, 0.15), (0.9, 0.19), (0.8, 0.08)):
        x = canvas.width * (share + rng.uniform(-0.03, 0.03))
        tall = canvas.unit * size * rng.uniform(0.9, 1.15)
        foot = canvas.height * (view.stage.horizon + 0.06 + size * 0.8)
        canvas.oval(x + tall * 0.2, foot, tall * 0.5, tall * 0.06, (90, 50, 60), opacity=0.25)
        canvas.shape(_cactus(x, foot, tall), Gradient((mix(green, (255, 255, 220), 0.14), green)))


def _cactus(x: float, foot: float, tall: float) -> list[list[Point]]:
    def post(left: float, top: float, low: float, wide: float) -> list[list[Point]]:
        return [
            [(left - wide, top), (left + wide, top), (left + wide, low), (left - wide, low)],
            ring(left, top, wide, wide, 20),
        ]

    wide = tall * 0.1
    arm = wide * 0.72
    parts = post(x, foot - tall, foot, wide)
    for side, low, high in ((-1, 0.4, 0.74), (1, 0.52, 0.86)):
        elbow = x + side * tall * 0.28
        parts += post(elbow, foot - tall * high, foot - tall * low, arm)
        parts.append(ring(elbow, foot - tall * low, arm, arm, 20))
        y = foot - tall * low
        near, away = min(x, elbow), max(x, elbow)
        parts.append([(near, y - arm), (away, y - arm), (away, y + arm), (near, y + arm)])
    return parts


HILLS: tuple[Layer, ...] = (far_hills, mid_hills, near_ground, flowers)
MEADOW: tuple[Layer, ...] = (far_hills, mid_hills, near_ground, winding_path, flowers)
MOUNTAINS: tuple[Layer, ...] = (rows_of_peaks, far_hills, mid_hills, near_ground, flowers)
FOREST: tuple[Layer, ...] = (fir_rows, forest_floor, tall_firs, mounds)
DESERT: tuple[Layer, ...] = (dunes, cacti)
