"""A mark tells a picture made in test mode from a real one; its letters are strokes of our own."""

from limner.sketch.canvas import Canvas
from limner.sketch.curves import Point

LETTERS: dict[str, tuple[tuple[Point, ...], ...]] = {
    "T": (((0, 0), (1, 0)), ((0.5, 0), (0.5, 1))),
    "E": (((1, 0), (0, 0), (0, 1), (1, 1)), ((0, 0.5), (0.8, 0.5))),
    "S": (((1, 0), (0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1)),),
}
UNKNOWN: tuple[tuple[Point, ...], ...] = (((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),)


def stamp_mark(canvas: Canvas, text: str) -> None:
    """A small dark plate with light letters in the lower right corner."""
    high = max(5.0, canvas.unit * 0.018)
    wide, gap, thick = high * 0.62, high * 0.34, max(1.0, high * 0.15)
    pad = high * 0.62
    length = len(text) * (wide + gap) - gap
    right, low = canvas.width - high * 0.8, canvas.height - high * 0.8
    left, top = right - length - 2 * pad, low - high - 2 * pad
    plate = [(left, top), (right, top), (right, low), (left, low)]
    canvas.shape([plate], (16, 18, 30), opacity=0.62)
    strokes: list[list[Point]] = []
    for index, letter in enumerate(text):
        x, y = left + pad + index * (wide + gap), top + pad
        for line in LETTERS.get(letter, UNKNOWN):
            points = [(x + px * wide, y + py * high) for px, py in line]
            for start, end in zip(points, points[1:], strict=False):
                strokes.append(_stroke(start, end, thick / 2))
    canvas.shape(strokes, (248, 250, 255))


def _stroke(start: Point, end: Point, reach: float) -> list[Point]:
    """Letters have only level and upright strokes, so each is a rectangle."""
    left, right = min(start[0], end[0]) - reach, max(start[0], end[0]) + reach
    top, low = min(start[1], end[1]) - reach, max(start[1], end[1]) + reach
    return [(left, top), (right, top), (right, low), (left, low)]
