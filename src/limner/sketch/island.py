"""Isometric pictures show a small island of their place, cut out of the world with its soil."""

from random import Random

from limner.sketch.blocks import Ground, city_blocks
from limner.sketch.canvas import Canvas
from limner.sketch.colours import INK, WHITE, Colour, Gradient, mix, named
from limner.sketch.curves import Point
from limner.sketch.sky import cloud
from limner.sketch.view import Layer, View

GROUNDS: dict[str, Colour] = {
    "desert": (240, 198, 126),
    "beach": (244, 216, 160),
    "sea": (70, 170, 210),
    "lake": (70, 170, 210),
    "city": (150, 156, 178),
    "street": (150, 156, 178),
    "moon": (200, 200, 214),
    "space": (200, 200, 214),
    "room": (214, 166, 122),
    "underwater": (52, 140, 190),
}
GRASS: Colour = (128, 196, 96)


def ground_of(canvas: Canvas, view: View) -> Ground:
    return Ground(canvas.width / 2, canvas.height * (view.stage.near - 0.02), canvas.unit * 0.46)


def backdrop(canvas: Canvas, view: View, rng: Random) -> None:
    air = view.air
    stops = air.stops if air.time != "day" else ((198, 226, 246), (232, 240, 250), (252, 244, 232))
    if view.scene.backdrop:
        asked = named(view.scene.backdrop)
        stops = (mix(asked, WHITE, 0.1), asked)
    canvas.wash(stops)
    ground = ground_of(canvas, view)
    canvas.glow(ground.x, ground.y, canvas.unit * 0.62, mix(air.haze, WHITE, 0.5), 0.5)
    canvas.glow(ground.x, ground.y + ground.wide * 0.86, ground.wide * 1.1, INK, 0.3, flat=0.26)
    bright = WHITE if not air.dark else (112, 116, 176)
    for share, level, size in ((0.12, 0.2, 0.11), (0.88, 0.3, 0.13), (0.8, 0.1, 0.07)):
        x, y = canvas.width * share, canvas.height * level
        cloud(canvas, x, y, canvas.unit * size, bright, air.stops[-2], rng)


def slab(canvas: Canvas, view: View, rng: Random) -> None:
    """Turf or sand above two layers of soil."""
    ground, place = ground_of(canvas, view), view.scene.place or ""
    colour = view.air.ground(GROUNDS.get(place, GRASS))
    soil = view.air.seen((158, 112, 84))
    if place in ("sea", "lake", "underwater"):
        soil = mix(colour, (20, 50, 120), 0.4)
    for low, high, shade in (
        (-0.3, -0.2, mix(soil, INK, 0.25)),
        (-0.21, -0.06, soil),
        (-0.07, 0.0, colour),
    ):
        left = [
            ground.at(-1, 1, high),
            ground.at(1, 1, high),
            ground.at(1, 1, low),
            ground.at(-1, 1, low),
        ]
        right = [
            ground.at(1, 1, high),
            ground.at(1, -1, high),
            ground.at(1, -1, low),
            ground.at(1, 1, low),
        ]
        canvas.shape([left], Gradient((mix(shade, INK, 0.1), mix(shade, INK, 0.2))))
        canvas.shape([right], Gradient((mix(shade, INK, 0.28), mix(shade, INK, 0.4))))
    top = [ground.at(-1, -1), ground.at(1, -1), ground.at(1, 1), ground.at(-1, 1)]
    canvas.shape([top], Gradient((mix(colour, WHITE, 0.16), colour, mix(colour, INK, 0.06))))
    rim = [ground.at(-1, 1), ground.at(1, 1), ground.at(1, -1), ground.at(0.96, -1)]
    rim += [ground.at(0.96, 0.96), ground.at(-1, 0.96)]
    canvas.shape([rim], mix(colour, WHITE, 0.34), opacity=0.7)


def growth(canvas: Canvas, view: View, rng: Random) -> None:
    """What stands around on the island, leaving its middle to the things of the prompt."""
    ground, place = ground_of(canvas, view), view.scene.place or "meadow"
    if place in ("city", "street"):
        city_blocks(canvas, view, ground, rng)
        return
    spots = [(-0.78, -0.78), (-0.2, -0.84), (-0.84, -0.24), (0.5, -0.78), (-0.8, 0.5), (0.82, -0.5)]
    spots += [(-0.5, -0.5), (0.14, -0.6), (-0.56, 0.1)] if place == "forest" else []
    spots.sort(key=sum)
    if place in ("sea", "lake", "underwater"):
        _ripples(canvas, view, ground, rng)
        return
    for u, v in spots:
        foot = ground.at(u + rng.uniform(-0.06, 0.06), v + rng.uniform(-0.06, 0.06))
        tall = ground.wide * rng.uniform(0.26, 0.42) * (1.15 if place == "forest" else 0.9)
        canvas.oval(foot[0] + tall * 0.1, foot[1], tall * 0.3, tall * 0.11, INK, opacity=0.2)
        if place in ("desert", "moon", "beach", "space", "room"):
            _stone(canvas, view, foot, tall * 0.4)
        elif place in ("forest", "mountains") or rng.random() < 0.4:
            _cone(canvas, view, foot, tall)
        else:
            _ball(canvas, view, foot, tall)


def _cone(canvas: Canvas, view: View, foot: Point, tall: float) -> None:
    x, y = foot
    green = view.air.foliage((58, 138, 104))
    trunk = tall * 0.05
    canvas.shape(
        [
            [
                (x - trunk, y),
                (x + trunk, y),
                (x + trunk, y - tall * 0.2),
                (x - trunk, y - tall * 0.2),
            ]
        ],
        view.air.seen((120, 82, 60)),
    )
    for low, high, wide in ((0.14, 0.6, 0.3), (0.36, 0.8, 0.24), (0.58, 1.0, 0.17)):
        base = y - tall * low
        dip = (x + tall * wide * 0.15, base + tall * wide * 0.26)
        tip = (x, y - tall * high)
        canvas.shape([[tip, (x - tall * wide, base), dip]], mix(green, WHITE, 0.16))
        canvas.shape([[tip, dip, (x + tall * wide, base)]], mix(green, INK, 0.24))


def _ball(canvas: Canvas, view: View, foot: Point, tall: float) -> None:
    x, y = foot
    green, trunk = view.air.foliage((104, 178, 92)), tall * 0.05
    canvas.shape(
        [
            [
                (x - trunk, y),
                (x + trunk, y),
                (x + trunk, y - tall * 0.4),
                (x - trunk, y - tall * 0.4),
            ]
        ],
        view.air.seen((120, 82, 60)),
    )
    reach = tall * 0.3
    canvas.oval(
        x,
        y - tall * 0.6,
        reach,
        reach,
        Gradient((mix(green, WHITE, 0.2), green, mix(green, INK, 0.3))),
    )
    canvas.oval(
        x - reach * 0.3,
        y - tall * 0.7,
        reach * 0.36,
        reach * 0.3,
        mix(green, WHITE, 0.34),
        opacity=0.6,
    )


def _stone(canvas: Canvas, view: View, foot: Point, size: float) -> None:
    x, y = foot
    grey = view.air.ground((168, 150, 140))
    corners = [(x - size, y), (x - size * 0.6, y - size * 0.7), (x + size * 0.2, y - size)]
    corners += [(x + size, y - size * 0.3), (x + size * 0.7, y + size * 0.2)]
    canvas.shape([corners], Gradient((mix(grey, WHITE, 0.25), mix(grey, INK, 0.25))))


def _ripples(canvas: Canvas, view: View, ground: Ground, rng: Random) -> None:
    lines: list[list[Point]] = []
    for _ in range(22):
        u, v = rng.uniform(-0.9, 0.8), rng.uniform(-0.9, 0.9)
        long = rng.uniform(0.06, 0.16)
        start, end = ground.at(u, v), ground.at(u + long, v)
        thin = canvas.unit * 0.002
        lines.append(
            [(start[0], start[1] - thin), (end[0], end[1] - thin), (end[0], end[1] + thin)]
        )
    canvas.shape(lines, WHITE, opacity=0.6)


ISLAND: tuple[Layer, ...] = (backdrop, slab, growth)
