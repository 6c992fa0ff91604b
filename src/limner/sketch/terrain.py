"""Outlines that land is made of: ridges, peaks, rows of firs, tufts of grass."""

import itertools
import math
from random import Random

from limner.sketch.canvas import Canvas
from limner.sketch.curves import Point, ring


def rolling(
    canvas: Canvas, level: float, swing: float, rng: Random, *, length: float = 0.9
) -> list[Point]:
    """The outline of soft hills around a level (a share of the height), down to the bottom."""
    waves = [
        (swing * part, length / (index + 0.8) * rng.uniform(0.85, 1.2), rng.uniform(0, math.tau))
        for index, part in enumerate((1.0, 0.42, 0.16))
    ]
    return [*_line(canvas, level, waves), (canvas.width, canvas.height), (0, canvas.height)]


def _line(canvas: Canvas, level: float, waves: list[tuple[float, float, float]]) -> list[Point]:
    steps = max(32, min(220, canvas.width // 8))
    points = []
    for step in range(steps + 1):
        x = canvas.width * step / steps
        along = x / canvas.unit
        lift = sum(high * math.sin(along * math.tau / long + turn) for high, long, turn in waves)
        points.append((x, canvas.height * level - lift * canvas.unit))
    return points


def height_at(outline: list[Point], x: float) -> float:
    """Where an outline is at `x`; outlines run from left to right."""
    for (x0, y0), (x1, y1) in itertools.pairwise(outline):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / max(1e-6, x1 - x0)
    return outline[0][1]


def fir(x: float, foot: float, tall: float, rng: Random) -> list[Point]:
    """A fir as one outline with four ragged tiers."""
    wide = tall * rng.uniform(0.2, 0.25)
    right: list[Point] = [(0.0, -tall)]
    for tier in range(4):
        low = -tall + tall * (0.3 + tier * 0.215)
        reach = wide * (0.42 + tier * 0.2)
        right += [(reach, low), (reach * 0.48, low - tall * 0.035)]
    trunk = tall * 0.035
    right += [(trunk, -tall * 0.05), (trunk, 0.0)]
    left = [(-across, down) for across, down in reversed(right[1:])]
    return [(x + across, foot + down) for across, down in [*right, *left]]


def fir_side(x: float, foot: float, tall: float, rng: Random) -> list[list[Point]]:
    """The lit left edges of a fir's tiers."""
    sides = []
    wide = tall * 0.22
    for tier in range(4):
        top = -tall + tall * (0.03 + tier * 0.215)
        low = -tall + tall * (0.3 + tier * 0.215)
        reach = wide * (0.42 + tier * 0.2)
        sides.append(
            [
                (x, foot + top),
                (x - reach, foot + low),
                (x - reach * 0.5, foot + low - tall * 0.035),
                (x - reach * 0.18, foot + low - tall * 0.06),
            ]
        )
    return sides


def round_tree(x: float, foot: float, tall: float, rng: Random) -> list[list[Point]]:
    """Crown and trunk of a small leafy tree."""
    reach = tall * 0.32
    crown = [
        ring(x + dx * reach, foot - tall * 0.62 + dy * reach, reach * size, reach * size, 24)
        for dx, dy, size in ((-0.55, 0.2, 0.72), (0.55, 0.24, 0.7), (0, -0.3, 0.9), (0, 0.3, 0.8))
    ]
    trunk = tall * 0.045
    stem = [(x - trunk, foot - tall * 0.5), (x + trunk, foot - tall * 0.5)]
    return [*crown, [*stem, (x + trunk * 1.3, foot), (x - trunk * 1.3, foot)]]


def tuft(x: float, foot: float, tall: float, rng: Random) -> list[list[Point]]:
    blades = []
    for lean in (-0.5, -0.1, 0.3, 0.62):
        tip = (x + lean * tall, foot - tall * rng.uniform(0.7, 1.1))
        base = x + lean * tall * 0.3
        blades.append([(base - tall * 0.07, foot), tip, (base + tall * 0.07, foot)])
    return blades


def peak(
    x: float, foot: float, wide: float, tall: float, rng: Random
) -> tuple[list[Point], list[Point], list[Point]]:
    """A mountain: its whole outline, its shaded right side, and its snow cap."""
    top = (x + wide * rng.uniform(-0.08, 0.08), foot - tall)
    left, right = (x - wide, foot), (x + wide, foot)
    shoulder_left = _toward(top, left, rng.uniform(0.45, 0.6), wide * 0.06)
    shoulder_right = _toward(top, right, rng.uniform(0.4, 0.6), wide * 0.05)
    whole = [top, shoulder_right, right, left, shoulder_left]
    spine = (top[0] + wide * 0.06, foot - tall * 0.55)
    fold = (top[0] - wide * 0.1, foot - tall * 0.28)
    shade = [top, shoulder_right, right, (top[0] + wide * 0.16, foot), fold, spine]
    high = 0.3
    cap_left = _toward(top, shoulder_left, high / 0.5, 0.0)
    cap_right = _toward(top, shoulder_right, high / 0.5, 0.0)
    across = cap_right[0] - cap_left[0]
    low = max(cap_left[1], cap_right[1])
    teeth = [
        (cap_left[0] + across * share, low + (tall * 0.075 if index % 2 else -tall * 0.05))
        for index, share in enumerate((0.8, 0.62, 0.46, 0.3, 0.16))
    ]
    return whole, shade, [top, cap_right, *teeth, cap_left]


def _toward(start: Point, end: Point, share: float, lift: float) -> Point:
    return (
        start[0] + (end[0] - start[0]) * share,
        start[1] + (end[1] - start[1]) * share - lift,
    )
