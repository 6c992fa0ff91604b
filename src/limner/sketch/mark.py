"""A mark tells a picture made in test mode from a real one, and keeps out of its way."""

import math
from itertools import pairwise

from limner.sketch.canvas import Canvas
from limner.sketch.curves import Point, ring
from limner.sketch.lettering import length, strokes


def stamp_mark(canvas: Canvas, text: str) -> None:
    """A small dark plate with light letters in the lower right corner."""
    # In a tiny picture the letters shrink before they leave it.
    high = min(
        max(5.0, canvas.unit * 0.017), canvas.width / (length(text) + 2.4), canvas.height / 3.4
    )
    thick, pad = max(0.55, high * 0.075), high * 0.66
    right, low = canvas.width - high * 0.8, canvas.height - high * 0.8
    left, top = right - length(text) * high - 2 * pad, low - high - 2 * pad
    canvas.shape(plate(left, top, right, low, high * 0.4), (16, 18, 30), opacity=0.6)
    drawn: list[list[Point]] = []
    for line in strokes(text):
        points = [(left + pad + x * high, top + pad + y * high) for x, y in line]
        drawn += [stroke(start, end, thick) for start, end in pairwise(points)]
        drawn += [ring(x, y, thick, thick, 12) for x, y in points]
    canvas.shape(drawn, (248, 250, 255))


def plate(left: float, top: float, right: float, low: float, round_by: float) -> list[list[Point]]:
    corners = [
        ring(x, y, round_by, round_by, 24)
        for x in (left + round_by, right - round_by)
        for y in (top + round_by, low - round_by)
    ]
    upright = [(left + round_by, top), (right - round_by, top)]
    upright += [(right - round_by, low), (left + round_by, low)]
    level = [(left, top + round_by), (right, top + round_by)]
    level += [(right, low - round_by), (left, low - round_by)]
    return [*corners, upright, level]


def stroke(start: Point, end: Point, reach: float) -> list[Point]:
    """A straight line as an outline of its thickness."""
    along = math.atan2(end[1] - start[1], end[0] - start[0])
    dx, dy = -math.sin(along) * reach, math.cos(along) * reach
    return [
        (start[0] + dx, start[1] + dy),
        (end[0] + dx, end[1] + dy),
        (end[0] - dx, end[1] - dy),
        (start[0] - dx, start[1] - dy),
    ]
