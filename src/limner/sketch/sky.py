"""The sky is painted first: stars, then the bodies that shine, then clouds before them."""

import math
from dataclasses import dataclass
from random import Random

from limner.sketch.air import Air
from limner.sketch.canvas import Canvas
from limner.sketch.colours import WHITE, Colour, Gradient, Tones, mix, named
from limner.sketch.curves import Point, ring, star
from limner.sketch.heavens import BOWS
from limner.sketch.objects import OBJECTS
from limner.sketch.scene import Scene, Size, Thing
from limner.sketch.sprite import Lighting, sprite
from limner.sketch.traits import TRAITS

BODY_SIZES: dict[Size, float] = {
    "tiny": 0.5,
    "small": 0.7,
    "normal": 1.0,
    "large": 1.8,
    "huge": 2.6,
}
ACROSS = {"left": 0.2, "centre": 0.5, "right": 0.8}


@dataclass(frozen=True, slots=True)
class Sky:
    """Where the sky ends, and the places across it where nothing flies."""

    horizon: float
    free: tuple[float, ...] = (0.24, 0.76, 0.5)
    low_sun: float = 0.92
    """How far down the sky a sun is that rises or sets."""


def paint_sky(canvas: Canvas, air: Air, horizon: float, rng: Random) -> None:
    canvas.wash(air.stops, 0, canvas.height * horizon)
    canvas.wash((air.haze, air.haze), canvas.height * horizon, canvas.height)
    if air.dark and not air.weather & {"fog", "rain"}:
        sprinkle_stars(canvas, horizon, 46, rng)


def sprinkle_stars(canvas: Canvas, horizon: float, count: int, rng: Random) -> None:
    stretch = canvas.width * canvas.height / canvas.unit**2
    dots: list[list[Point]] = []
    for _ in range(round(count * min(2.2, stretch))):
        x = rng.uniform(0, canvas.width)
        y = rng.uniform(0, canvas.height * horizon * 0.92)
        reach = canvas.unit * rng.choice((0.0016, 0.002, 0.0026, 0.0036))
        dots.append(ring(x, y, reach, reach, max(8, min(40, round(reach * 3)))))
    canvas.shape(dots, (255, 250, 232), opacity=0.92)


def bright_stars(canvas: Canvas, horizon: float, rng: Random) -> None:
    sprinkle_stars(canvas, horizon, 70, rng)
    for _ in range(11):
        x = rng.uniform(0.04, 0.96) * canvas.width
        y = rng.uniform(0.04, horizon * 0.72) * canvas.height
        reach = canvas.unit * rng.uniform(0.009, 0.017)
        canvas.glow(x, y, reach * 4, (255, 244, 200), 0.35)
        canvas.shape([star(x, y, reach, reach * 0.3, 4)], (255, 248, 220))


def paint_bodies(canvas: Canvas, scene: Scene, air: Air, sky: Sky, rng: Random) -> None:
    free = list(sky.free)
    for body in sorted(scene.sky, key=lambda thing: _order(thing.kind)):
        if body.kind == "stars":
            bright_stars(canvas, sky.horizon, rng)
        elif body.kind == "rainbow":
            rainbow(canvas, sky.horizon)
        elif body.kind == "aurora":
            aurora(canvas, sky.horizon, rng)
        elif body.kind == "cloud":
            clouds(canvas, air, body.count + 1, sky.horizon, rng)
        else:
            across = ACROSS[body.across] if body.across else free.pop(0) if free else 0.5
            _shine(canvas, body, air, across + rng.uniform(-0.02, 0.02), sky)
    overcast = air.weather & {"clouds", "rain"}
    if overcast or (not scene.sky and air.time in ("day", "dawn")):
        clouds(canvas, air, 6 if overcast else 3, sky.horizon, rng)


def _order(kind: str) -> int:
    return ("stars", "aurora", "rainbow", "planet", "sun", "moon", "crescent", "cloud").index(kind)


def _shine(canvas: Canvas, body: Thing, air: Air, across: float, sky: Sky) -> None:
    radius = canvas.unit * 0.085 * BODY_SIZES[body.size]
    x, low = across * canvas.width, sky.horizon * canvas.height
    low_sun = body.kind == "sun" and air.time in ("sunset", "dawn")
    height = sky.low_sun if low_sun else 0.36
    radius *= 1.4 if low_sun else 1.0
    y = max(radius * 1.25, low * height)
    x = min(max(x, radius * 1.2), canvas.width - radius * 1.2)
    default = TRAITS[body.kind]
    colour = named(body.colours[0] if body.colours else default.colour)
    if body.kind == "sun" and not body.colours:
        colour = (255, 250, 214) if air.time != "day" else (255, 222, 92)
    for reach, strength in ((5.2, 0.34), (2.4, 0.5)):
        canvas.glow(x, y, radius * reach, mix(colour, WHITE, 0.35), strength)
    if body.kind == "sun":
        canvas.oval(x, y, radius, radius, Gradient((mix(colour, WHITE, 0.35), colour)))
        return
    second = named(body.colours[1] if len(body.colours) > 1 else default.second)
    side = max(4, round(radius * 2))
    drawn = sprite(OBJECTS[body.kind], Tones(mix(colour, WHITE, 0.2), second), side, Lighting())
    canvas.stamp(drawn.image, round(x - side / 2), round(y - side / 2))


def rainbow(canvas: Canvas, horizon: float) -> None:
    x, y = canvas.width / 2, canvas.height * (horizon + 0.04)
    outer = min(canvas.width * 0.62, canvas.height * horizon * 0.88)
    width = outer * 0.034
    for index, colour in enumerate(BOWS):
        reach = outer - index * width
        upper = [_on_arc(x, y, reach, step) for step in range(61)]
        lower = [_on_arc(x, y, reach - width * 1.1, step) for step in range(60, -1, -1)]
        canvas.shape([[*upper, *lower]], colour, opacity=0.72)


def _on_arc(x: float, y: float, reach: float, step: int) -> Point:
    angle = math.pi + math.pi * step / 60
    return x + reach * math.cos(angle), y + reach * math.sin(angle)


def aurora(canvas: Canvas, horizon: float, rng: Random) -> None:
    for colour, base in (((70, 240, 180), 0.5), ((110, 130, 255), 0.36), ((190, 90, 240), 0.24)):
        phase, tall = rng.uniform(0, 6), canvas.height * horizon * 0.34
        middle = canvas.height * horizon * base
        steps = [index / 60 for index in range(61)]
        wave = [middle + tall * 0.4 * math.sin(phase + share * 7) for share in steps]
        lower = [(share * canvas.width, y) for share, y in zip(steps, wave, strict=True)]
        upper = [(x, y - tall) for x, y in reversed(lower)]
        canvas.shape([[*lower, *upper]], colour, opacity=0.3, blur=canvas.unit * 0.022)


def clouds(canvas: Canvas, air: Air, count: int, horizon: float, rng: Random) -> None:
    low = canvas.height * horizon
    slots = [(index + 0.5) / count for index in range(count)]
    rng.shuffle(slots)
    bright = WHITE if not air.dark else (112, 116, 176)
    if air.weather & {"rain", "fog"}:
        bright = mix(bright, (120, 126, 146), 0.5)
    for across in slots:
        size = canvas.unit * rng.uniform(0.1, 0.19)
        x = across * canvas.width + rng.uniform(-0.04, 0.04) * canvas.width
        y = max(size * 0.7, low * rng.uniform(0.1, 0.62))
        cloud(canvas, x, y, size, mix(bright, air.haze, 0.1), air.stops[len(air.stops) // 2], rng)


def cloud(
    canvas: Canvas, x: float, y: float, size: float, top: Colour, low: Colour, rng: Random
) -> None:
    puffs: list[list[Point]] = []
    for step in range(5):
        along = (step - 2) / 2
        reach = size * (0.46 - 0.2 * abs(along)) * rng.uniform(0.86, 1.16)
        puffs.append(ring(x + along * size * 0.72, y - reach * 0.52, reach, reach, 40))
    thick = size * 0.13
    bar = [(x - size * 0.98, y), (x + size * 0.98, y)]
    ends = [ring(end, y, thick, thick, 32) for end, _ in bar]
    slab = [(x - size * 0.98, y - thick), (x + size * 0.98, y - thick)]
    slab += [(x + size * 0.98, y + thick), (x - size * 0.98, y + thick)]
    canvas.shape([*puffs, *ends, slab], Gradient((top, top, mix(top, low, 0.62))), opacity=0.94)
