"""The drawing board of screens and servers: a glowing isometric grid that fades into the dark."""

from random import Random

from limner.sketch.canvas import Canvas
from limner.sketch.colours import INK, WHITE, Colour, luminance, mix, named
from limner.sketch.curves import Point, ring
from limner.sketch.standing import tones_of
from limner.sketch.view import Layer, View

DARK: tuple[Colour, ...] = ((9, 10, 22), (14, 16, 36), (20, 22, 48))
LIGHT: tuple[Colour, ...] = ((238, 242, 252), (226, 232, 248), (210, 220, 242))


def board(canvas: Canvas, view: View, rng: Random) -> None:
    stops = LIGHT if bright(view) else DARK
    if view.scene.backdrop:
        asked = named(view.scene.backdrop)
        stops = (mix(asked, WHITE, 0.08), asked, mix(asked, INK, 0.3))
    canvas.wash(stops)


def bright(view: View) -> bool:
    """Screens shine in the dark unless the picture is asked to be light."""
    scene = view.scene
    if scene.backdrop:
        return luminance(named(scene.backdrop)) > 0.5
    return bool(scene.styles & {"pastel", "light"} or scene.time == "day")


def accent_of(view: View) -> Colour:
    if view.placements:
        return tones_of(view.scene, view.placements[-1]).second
    return named(view.scene.accent) if view.scene.accent else (57, 255, 136)


def lines(canvas: Canvas, view: View, rng: Random) -> None:
    """Two families of parallels at 30 degrees, brightest around the middle."""
    accent, unit = accent_of(view), canvas.unit
    step, thin = unit * 0.075, max(0.5, unit * 0.0009)
    reach = canvas.width * 0.577
    strokes: list[list[Point]] = []
    for index in range(-int(reach / step) - 1, int((canvas.height + reach) / step) + 2):
        y = index * step
        strokes.append(_bar((0, y), (canvas.width, y + reach), thin))
        strokes.append(_bar((0, y), (canvas.width, y - reach), thin))
    line = mix(accent, (60, 70, 130), 0.6)
    canvas.shape(strokes, line, opacity=0.16 if not bright(view) else 0.3)
    canvas.glow(canvas.width / 2, canvas.height * 0.52, unit * 0.75, accent, 0.2)
    canvas.glow(
        canvas.width / 2, canvas.height * 0.62, unit * 0.5, mix(accent, (90, 90, 255), 0.5), 0.25
    )


def traces(canvas: Canvas, view: View, rng: Random) -> None:
    """Circuits that leave the middle along the grid and end in a light."""
    accent, unit = accent_of(view), canvas.unit
    x, y = canvas.width / 2, canvas.height * 0.66
    strokes: list[list[Point]] = []
    for index in range(14):
        side, down = (-1 if index % 2 else 1), (1 if index % 4 < 2 else -1)
        start = (
            x + side * unit * rng.uniform(0.24, 0.42),
            y + down * unit * rng.uniform(0.02, 0.2),
        )
        first, last = unit * rng.uniform(0.06, 0.2), unit * rng.uniform(0.04, 0.14)
        turn = (start[0] + side * first, start[1] + down * first * 0.577)
        end = (turn[0] + side * last, turn[1] - down * last * 0.577)
        thin = max(0.5, unit * 0.0012)
        strokes += [_bar(start, turn, thin), _bar(turn, end, thin)]
        reach = max(1.0, unit * 0.0042)
        strokes.append(ring(*end, reach, reach, 16))
        canvas.glow(*end, unit * 0.03, accent, 0.5)
    canvas.shape(strokes, mix(accent, (40, 50, 110), 0.25), opacity=0.7)


def sparks(canvas: Canvas, view: View, rng: Random) -> None:
    """Small lights in the air, more of them near the middle."""
    accent, unit = accent_of(view), canvas.unit
    for size, count in ((0.0022, 30), (0.0042, 9)):
        dots: list[list[Point]] = []
        for _ in range(count):
            x = canvas.width / 2 + rng.gauss(0, 0.26) * canvas.width
            y = canvas.height * (0.42 + rng.gauss(0, 0.24))
            dots.append(ring(x, y, unit * size, unit * size * 1.15, 4))
        canvas.shape(dots, mix(accent, WHITE, 0.35), opacity=0.8)


def _bar(start: Point, end: Point, thin: float) -> list[Point]:
    return [
        (start[0], start[1] - thin),
        (end[0], end[1] - thin),
        (end[0], end[1] + thin),
        (start[0], start[1] + thin),
    ]


GRID: tuple[Layer, ...] = (board, lines, traces, sparks)
