"""How several of one kind stand together: side by side, in rows, or scattered in the air."""

import math
from random import Random
from typing import NamedTuple

SIZES = {"tiny": 0.42, "small": 0.66, "normal": 1.0, "large": 1.36, "huge": 1.8}


class Spot(NamedTuple):
    """Where one of a group is: `x` to the right and `up` from its middle foot, in half sizes."""

    x: float
    up: float
    scale: float = 1.0
    depth: float = 0.0


def group(count: int, *, flying: bool, even: bool, rng: Random) -> list[Spot]:
    """Spots for `count` things whose own half size is 1."""
    if count == 1:
        return [Spot(0, 0)]
    if even:
        return _grid(count)
    return _scattered(count, rng) if flying else _rows(count, rng)


def _grid(count: int) -> list[Spot]:
    """Even rows, the way a box of buttons is sorted."""
    columns = count if count <= 3 else math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    spots = []
    for index in range(count):
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        spots.append(Spot((column - (in_row - 1) / 2) * 2.25, (rows - 1 - row) * 2.25))
    return spots


def _rows(count: int, rng: Random) -> list[Spot]:
    """The nearest row in front; those behind are smaller, higher, and look through the gaps."""
    front = count if count <= 3 else math.ceil(count / 2) if count <= 8 else math.ceil(count / 3)
    spots: list[Spot] = []
    left, depth = count, 0
    while left > 0:
        wide = min(front - depth % 2 if left > front else front, left)
        scale = 0.84**depth
        for column in range(max(1, wide)):
            x = (column - (wide - 1) / 2) * 1.9 + rng.uniform(-0.1, 0.1)
            up = depth * 0.72 + rng.uniform(-0.06, 0.06)
            spots.append(Spot(x, up, scale * rng.uniform(0.94, 1.04), -depth))
        left -= max(1, wide)
        depth += 1
    return sorted(spots, key=lambda spot: spot.depth)


def _scattered(count: int, rng: Random) -> list[Spot]:
    """A loose flock that never hides one of its own."""
    columns = count if count <= 4 else math.ceil(count / 2)
    spots = []
    for index in range(count):
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        x = (column - (in_row - 1) / 2) * 2.25 + (0.4 if row else 0.0) + rng.uniform(-0.12, 0.12)
        wave = 0.55 if (column + row) % 2 else -0.25
        up = -row * 2.6 + wave + rng.uniform(-0.15, 0.15)
        spots.append(Spot(x, up, rng.uniform(0.86, 1.06)))
    return spots
