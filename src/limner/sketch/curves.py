"""Everything with a soft outline is a Catmull-Rom curve through a handful of points."""

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


def smooth(points: Sequence[Point], *, closed: bool, steps: int = 12) -> list[Point]:
    """The points of a curve that passes through every given point."""
    count = len(points)
    spans = count if closed else count - 1
    curve: list[Point] = []
    for index in range(spans):
        before, start, end, after = (
            points[_turned(index + shift, count, closed)] for shift in (-1, 0, 1, 2)
        )
        curve.extend(_between(before, start, end, after, step / steps) for step in range(steps))
    return curve if closed else [*curve, points[-1]]


def _turned(index: int, count: int, closed: bool) -> int:
    return index % count if closed else min(max(index, 0), count - 1)


def _between(before: Point, start: Point, end: Point, after: Point, share: float) -> Point:
    square, cube = share * share, share**3
    weights = (
        -cube + 2 * square - share,
        3 * cube - 5 * square + 2,
        -3 * cube + 4 * square + share,
        cube - square,
    )
    x, y = (
        sum(
            weight * point[axis]
            for weight, point in zip(weights, (before, start, end, after), strict=True)
        )
        / 2
        for axis in (0, 1)
    )
    return x, y


def mirrored(half: Sequence[Point]) -> list[Point]:
    """The right half of an outline, from top to bottom, completed by its left half."""
    left = [(-x, y) for x, y in reversed(half) if abs(x) > 1e-9]
    return [*half, *left]


def ring(x: float, y: float, rx: float, ry: float, corners: int, turn: float = 0.0) -> list[Point]:
    """Corners of a regular polygon, the first one straight up when `turn` is 0."""
    angles = [math.tau * index / corners - math.tau / 4 + turn for index in range(corners)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def hoop(x: float, y: float, radius: float, thin: float) -> list[list[Point]]:
    """A circle's line, in pieces that never cover what is inside it."""
    outer = ring(x, y, radius + thin, radius + thin, 96)
    inner = ring(x, y, radius - thin, radius - thin, 96)
    return [[outer[index - 1], outer[index], inner[index], inner[index - 1]] for index in range(96)]


def star(x: float, y: float, outer: float, inner: float, corners: int = 5) -> list[Point]:
    tips = ring(x, y, outer, outer, corners)
    dents = ring(x, y, inner, inner, corners, math.pi / corners)
    return [point for pair in zip(tips, dents, strict=True) for point in pair]


def moved(points: Iterable[Point], dx: float, dy: float, scale: float = 1.0) -> list[Point]:
    return [(x * scale + dx, y * scale + dy) for x, y in points]
