"""A street of narrow old houses, which the rain makes a mirror of."""

from random import Random

from PIL import Image

from limner.sketch.canvas import Canvas
from limner.sketch.colours import INK, LAMPLIGHT, WHITE, Colour, Gradient, mix
from limner.sketch.curves import Point, ring
from limner.sketch.town import box, far_towers, reflect
from limner.sketch.view import Layer, View

FACADES: tuple[Colour, ...] = (
    (232, 140, 110),
    (240, 196, 120),
    (150, 190, 180),
    (226, 168, 160),
    (164, 176, 212),
    (236, 222, 196),
)


def row_of_houses(canvas: Canvas, view: View, rng: Random) -> None:
    """Narrow old houses, each with another colour, gable and door."""
    unit, foot = canvas.unit, canvas.height * view.stage.horizon + canvas.unit * 0.1
    x, index = -unit * rng.uniform(0.0, 0.08), rng.randrange(6)
    while x < canvas.width:
        wide = unit * rng.uniform(0.16, 0.22)
        top = foot - unit * rng.uniform(0.32, 0.46)
        _house(canvas, view, (x, top, x + wide, foot), FACADES[index % 6], rng)
        x, index = x + wide, index + rng.choice((1, 2))


def _house(
    canvas: Canvas,
    view: View,
    frame: tuple[float, float, float, float],
    colour: Colour,
    rng: Random,
) -> None:
    left, top, right, foot = frame
    unit, air, wide = canvas.unit, view.air, right - left
    wall = air.seen(colour, 0.06)
    canvas.shape([box(left, top, right, foot)], Gradient((wall, mix(wall, INK, 0.14))))
    roof = air.ground((120, 74, 78), 0.05, snow=0.9)
    middle, ridge = (left + right) / 2, top - unit * rng.uniform(0.05, 0.1)
    gable = [(left - unit * 0.008, top), (middle, ridge), (right + unit * 0.008, top)]
    canvas.shape([gable], Gradient((mix(roof, WHITE, 0.1), roof)))
    lit: list[list[Point]] = []
    dull: list[list[Point]] = []
    frames: list[list[Point]] = []
    for row in range(3):
        for column in (0.2, 0.62):
            pane_left, y = left + wide * column, top + unit * (0.035 + row * 0.095)
            if y > foot - unit * 0.16:
                continue
            pane = (pane_left, y, pane_left + wide * 0.2, y + unit * 0.052)
            frames.append(box(*_grown(pane, unit * 0.005)))
            dark = view.air.time in ("night", "sunset")
            (lit if dark and rng.random() < 0.72 else dull).append(box(*pane))
    canvas.shape(frames, air.seen((250, 244, 232)))
    canvas.shape(dull, air.seen((122, 158, 190)) if not air.dark else (38, 44, 88))
    canvas.shape(lit, LAMPLIGHT)
    door_left = left + wide * rng.choice((0.16, 0.56))
    door = box(door_left, foot - unit * 0.105, door_left + wide * 0.27, foot)
    canvas.shape([door], air.seen(rng.choice(((92, 64, 84), (60, 104, 110), (140, 60, 60)))))


def _grown(
    frame: tuple[float, float, float, float], by: float
) -> tuple[float, float, float, float]:
    return frame[0] - by, frame[1] - by, frame[2] + by, frame[3] + by


def road(canvas: Canvas, view: View, rng: Random) -> None:
    unit, top = canvas.unit, canvas.height * view.stage.horizon + canvas.unit * 0.1
    stone = view.air.ground((186, 182, 194))
    canvas.shape(
        [box(0, top, canvas.width, canvas.height)], Gradient((stone, mix(stone, INK, 0.1)))
    )
    curb = top + (canvas.height - top) * 0.26
    tar = view.air.ground((104, 106, 126), snow=0.7)
    canvas.shape([box(0, curb - unit * 0.012, canvas.width, curb)], mix(stone, WHITE, 0.3))
    canvas.shape(
        [box(0, curb, canvas.width, canvas.height)],
        Gradient((mix(tar, view.air.haze, 0.18), tar, mix(tar, INK, 0.2))),
    )
    if view.air.weather & {"wet", "rain"}:
        _wet(canvas, view, round(top), rng)
        return
    y, dash = curb + (canvas.height - curb) * 0.56, unit * 0.09
    line = [
        box(x * dash * 1.9, y, x * dash * 1.9 + dash, y + unit * 0.014)
        for x in range(int(canvas.width / (dash * 1.9)) + 1)
    ]
    canvas.shape(line, mix(view.air.seen((250, 240, 210)), tar, 0.2))


def _wet(canvas: Canvas, view: View, top: int, rng: Random) -> None:
    """Rain has made a mirror of the street."""
    before = canvas.image.crop((0, top, canvas.width, canvas.height))
    reflect(canvas, top, canvas.height, mix(view.air.stops[0], (20, 20, 50), 0.4), 0.25)
    mirror = canvas.image.crop((0, top, canvas.width, canvas.height))
    canvas.image.paste(Image.blend(before, mirror, 0.6), (0, top))
    ripples: list[list[Point]] = []
    for _ in range(round(16 * canvas.width / canvas.unit)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(top, canvas.height)
        reach = canvas.unit * rng.uniform(0.012, 0.04)
        ripples.append(ring(x, y, reach, reach * 0.14, 28))
    canvas.shape(ripples, mix(view.air.haze, WHITE, 0.3), opacity=0.28)


STREET: tuple[Layer, ...] = (far_towers, row_of_houses, road)
