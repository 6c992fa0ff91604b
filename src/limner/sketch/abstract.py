"""Words nobody knows still make a picture: calm forms, and colours that go together."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import TypeAlias

from limner.sketch.canvas import Canvas
from limner.sketch.colours import INK, WHITE, Colour, Gradient, mix, named
from limner.sketch.curves import Point, hoop, ring, smooth
from limner.sketch.scene import Scene

Paint: TypeAlias = Callable[[Canvas, Random, "Hues"], None]
Dice: TypeAlias = Callable[[str], Random]


PALETTES: tuple[tuple[Colour, Colour, Colour, Colour, Colour], ...] = (
    ((38, 70, 83), (42, 157, 143), (233, 196, 106), (244, 162, 97), (231, 111, 81)),
    ((72, 61, 139), (123, 104, 200), (240, 128, 160), (255, 190, 152), (255, 111, 97)),
    ((20, 88, 120), (60, 150, 180), (150, 206, 200), (250, 222, 160), (242, 120, 92)),
    ((54, 66, 120), (94, 118, 190), (166, 190, 226), (248, 212, 190), (240, 134, 118)),
    ((46, 84, 72), (96, 148, 110), (180, 198, 138), (246, 218, 160), (224, 122, 84)),
    ((88, 46, 98), (164, 74, 128), (232, 116, 124), (250, 176, 124), (255, 214, 140)),
)


class Hues:
    """Five colours that go together, on a pale ground or a dark one."""

    def __init__(self, scene: Scene, rng: Random) -> None:
        self.dark = bool(scene.styles & {"dark", "neon"})
        colours = rng.choice(PALETTES)
        self.accent = named(scene.accent) if scene.accent else colours[4]
        self.all: tuple[Colour, ...] = (*colours[:4], self.accent)
        pale = mix(rng.choice(colours[1:4]), (255, 252, 244), 0.82)
        ground = mix(colours[0], (14, 14, 34), 0.72) if self.dark else pale
        self.ground = named(scene.backdrop) if scene.backdrop else ground
        self.ink = (236, 238, 255) if self.dark else mix(INK, colours[0], 0.5)


def paint_abstract(
    scene: Scene, dice: Dice, *, transparent: bool
) -> Iterator[Callable[[Canvas], None]]:
    """One of a few compositions; the prompt and the seed choose which."""
    rng = dice("abstract")
    hues = Hues(scene, rng)
    cut_out = (ORBITS[1:], MOSAIC)
    painters = rng.choice(cut_out if transparent else (DUNES, ORBITS, MOSAIC))
    for index, paint in enumerate((_ground, *painters)):
        yield partial(_apply, paint=paint, rng=dice(f"abstract {index}"), hues=hues)


def _apply(canvas: Canvas, paint: Paint, rng: Random, hues: Hues) -> None:
    paint(canvas, rng, hues)


def _ground(canvas: Canvas, rng: Random, hues: Hues) -> None:
    if canvas.transparent:
        return
    canvas.wash((mix(hues.ground, WHITE, 0.3 if not hues.dark else 0.05), hues.ground))
    for colour in hues.all[:3]:
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        canvas.glow(x, y, canvas.unit * 0.8, mix(colour, hues.ground, 0.5), 0.4)


def _disc(canvas: Canvas, rng: Random, hues: Hues) -> None:
    """A sun over the waves."""
    x, y = canvas.width * rng.uniform(0.3, 0.7), canvas.height * rng.uniform(0.3, 0.42)
    reach = canvas.unit * rng.uniform(0.17, 0.23)
    canvas.glow(x, y, reach * 2.4, hues.accent, 0.4)
    fill = Gradient((mix(hues.accent, WHITE, 0.4), hues.accent, mix(hues.accent, hues.all[0], 0.5)))
    canvas.oval(x, y, reach, reach, fill)
    for index in range(3):
        halo = reach * (1.22 + index * 0.2)
        canvas.shape(hoop(x, y, halo, canvas.unit * 0.0022), hues.ink, opacity=0.22 - index * 0.05)


def _waves(canvas: Canvas, rng: Random, hues: Hues) -> None:
    """Bands that swing across the picture, each with a light edge."""
    for index in range(6):
        level = 0.46 + index * 0.1
        turn, long = rng.uniform(0, math.tau), canvas.unit * rng.uniform(0.7, 1.3)
        swing = canvas.unit * rng.uniform(0.03, 0.075)
        top = [
            (x, canvas.height * level + swing * math.sin(x / long * math.tau + turn))
            for x in (canvas.width * step / 120 for step in range(121))
        ]
        colour = hues.all[index % 4]
        body = [*top, (canvas.width, canvas.height), (0.0, canvas.height)]
        fill = Gradient((mix(colour, WHITE, 0.28), colour, mix(colour, INK, 0.3)))
        canvas.shape([body], fill, opacity=0.9)
        edge = [*top, *((x, y + canvas.unit * 0.004) for x, y in reversed(top))]
        canvas.shape([edge], WHITE, opacity=0.5)


def _rings(canvas: Canvas, rng: Random, hues: Hues) -> None:
    """Circles around one middle, with small worlds running on them."""
    x, y = canvas.width * rng.uniform(0.42, 0.58), canvas.height * rng.uniform(0.44, 0.56)
    for index in range(5, 0, -1):
        reach = canvas.unit * (0.08 + 0.076 * index)
        tint = mix(hues.all[index % 4], hues.ground, 0.55 + index * 0.06)
        canvas.oval(x, y, reach, reach, Gradient((mix(tint, WHITE, 0.25), tint)), opacity=0.75)
        canvas.shape(hoop(x, y, reach, canvas.unit * 0.0018), hues.ink, opacity=0.3)
    for index in range(1, 6):
        reach, angle = canvas.unit * (0.08 + 0.076 * index), rng.uniform(0, math.tau)
        size = canvas.unit * rng.uniform(0.016, 0.042)
        spot = (x + reach * math.cos(angle), y + reach * math.sin(angle))
        colour = hues.all[(index + 2) % 5]
        canvas.oval(spot[0], spot[1] + size * 0.2, size, size, INK, opacity=0.15)
        canvas.oval(*spot, size, size, Gradient((mix(colour, WHITE, 0.35), colour)))
    core = canvas.unit * 0.085
    canvas.glow(x, y, core * 2, hues.accent, 0.5)
    canvas.oval(x, y, core, core, Gradient((mix(hues.accent, WHITE, 0.45), hues.accent)))


def _leaves(canvas: Canvas, rng: Random, hues: Hues) -> None:
    """A few soft stones around the middle."""
    for index in range(4):
        angle = math.tau * (index + rng.uniform(-0.2, 0.2)) / 4
        x = canvas.width / 2 + math.cos(angle) * canvas.width * 0.4
        y = canvas.height / 2 + math.sin(angle) * canvas.height * 0.38
        reach = canvas.unit * rng.uniform(0.06, 0.12)
        corners = [
            (px + rng.uniform(-0.3, 0.3) * reach, py + rng.uniform(-0.3, 0.3) * reach)
            for px, py in ring(x, y, reach, reach * 0.8, 6)
        ]
        colour = hues.all[index]
        canvas.shape([smooth(corners, closed=True)], colour, opacity=0.55)


TILE = 5


def _tiles(canvas: Canvas, rng: Random, hues: Hues) -> None:
    """Quarter circles, discs and leaves on a grid of squares."""
    side = canvas.unit * 0.86 / TILE
    columns = max(TILE, int(canvas.width * 0.94 / side))
    rows = max(TILE, int(canvas.height * 0.94 / side))
    left, top = (canvas.width - columns * side) / 2, (canvas.height - rows * side) / 2
    drawn: dict[Colour, list[list[Point]]] = {}
    backs: dict[Colour, list[list[Point]]] = {}
    for row in range(rows):
        for column in range(columns):
            x, y = left + column * side, top + row * side
            back, front = rng.sample(hues.all, 2)
            gap = side * 0.03
            square = [(x + gap, y + gap), (x + side - gap, y + gap)]
            square += [(x + side - gap, y + side - gap), (x + gap, y + side - gap)]
            backs.setdefault(mix(back, hues.ground, 0.62), []).append(square)
            drawn.setdefault(front, []).append(_tile(x + gap, y + gap, side - 2 * gap, rng))
    for colour, outlines in (*backs.items(), *drawn.items()):
        canvas.shape(outlines, colour, opacity=0.96)


def _tile(x: float, y: float, side: float, rng: Random) -> list[Point]:
    kind, corner = rng.randrange(4), rng.randrange(4)
    middle = (x + side / 2, y + side / 2)
    if kind == 0:
        return ring(*middle, side * 0.36, side * 0.36, 60)
    cx, cy = x + side * (corner % 2), y + side * (corner // 2)
    start = (0.0, 0.25, 0.75, 0.5)[corner]
    quarter = [
        (
            cx + side * math.cos(math.tau * (start + step / 96)),
            cy + side * math.sin(math.tau * (start + step / 96)),
        )
        for step in range(25)
    ]
    if kind == 1:
        return [(cx, cy), *quarter]
    if kind == 2:
        far = (2 * middle[0] - cx, 2 * middle[1] - cy)
        back = [(far[0] + cx - px, far[1] + cy - py) for px, py in quarter]
        return [*quarter, *back]
    return [(cx, cy), quarter[0], quarter[-1]]


DUNES: tuple[Paint, ...] = (_disc, _waves)
ORBITS: tuple[Paint, ...] = (_leaves, _rings)
MOSAIC: tuple[Paint, ...] = (_tiles,)
