"""Where everything goes: things that are related stand together, and groups share the width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from limner.sketch.clusters import Cluster, Footing, clusters_of
from limner.sketch.scene import Scene
from limner.sketch.stages import Stage

ACROSS = {"left": 0.25, "centre": 0.5, "right": 0.75}
HEIGHTS = {"top": 0.27, "middle": 0.5, "bottom": 0.74}


@dataclass(frozen=True, slots=True)
class Placement:
    """One thing in pixels: the middle of its square, half its side, and what it stands on."""

    thing: int
    kind: str
    x: float
    y: float
    half: float
    footing: Footing = "none"
    depth: float = 0.0
    seen: float = 1.0
    """The share of its height that shows above the rim of what it is in."""
    mirrored: bool = False

    @property
    def feet(self) -> float:
        return self.y + self.half * FEET


ONE_WAY = frozenset(("book", "clock", "dashboard", "guitar", "laptop", "chart", "phone", "server"))
FEET = 0.95
"""Where a thing's feet are in its square, which reaches from -1 to 1."""


class Frame(NamedTuple):
    width: int
    height: int

    @property
    def unit(self) -> int:
        return min(self.width, self.height)


def lay_out(scene: Scene, stage: Stage, frame: Frame, rng: Random) -> tuple[Placement, ...]:
    """Every thing of the scene, the farthest first."""
    clusters = clusters_of(scene, stage, rng)
    rows: dict[str, list[Cluster]] = {"none": [], "water": [], "ground": []}
    for cluster in clusters:
        rows[cluster.footing].append(cluster)
    crowded = len(scene.things) > 1
    placed: list[Placement] = []
    for footing, row in rows.items():
        if row:
            placed += _row(row, footing, stage, frame, rng, crowded=crowded)
    turned = _turned(scene, rng)
    placed = [replace(one, mirrored=one.thing in turned) for one in placed]
    return tuple(sorted(placed, key=lambda placement: placement.depth))


def _turned(scene: Scene, rng: Random) -> frozenset[int]:
    """Things that look the other way; those that are tied to another never do."""
    tied = {end for relation in scene.relations for end in (relation.subject, relation.target)}
    return frozenset(
        index
        for index, thing in enumerate(scene.things)
        if rng.random() < 0.5 and index not in tied and thing.kind not in ONE_WAY
    )


def _row(
    row: Sequence[Cluster], footing: str, stage: Stage, frame: Frame, rng: Random, *, crowded: bool
) -> Iterable[Placement]:
    base = _half(stage, frame)
    free_width = frame.width * (0.86 if stage.drifting else 0.9)
    gap = 0.5
    total = sum(cluster.width for cluster in row) + gap * (len(row) - 1)
    tallest = max(cluster.height for cluster in row)
    scale = min(1.0, free_width / (total * base), _room(footing, stage, frame) / (tallest * base))
    half = base * scale
    for cluster, x in zip(row, _middles(row, half, gap, stage, frame), strict=True):
        floor = _floor(cluster, footing, half, stage, frame)
        yield from _placed(cluster, x, floor, half, frame, crowded=crowded)


def _half(stage: Stage, frame: Frame) -> float:
    share = {"plain": 0.3, "studio": 0.3, "grid": 0.44}.get(stage.place, 0.205)
    tall = min(1.5, max(frame.width, frame.height) / frame.unit)
    return frame.unit * share * stage.scale * (1 + (tall - 1) * 0.2)


def _room(footing: str, stage: Stage, frame: Frame) -> float:
    if stage.drifting:
        return frame.height * 0.84
    if footing == "none":
        return frame.height * min(0.8, stage.horizon + 0.1)
    floor = stage.water if footing == "water" and stage.water else stage.near
    return frame.height * (floor - 0.05)


def _middles(
    row: Sequence[Cluster], half: float, gap: float, stage: Stage, frame: Frame
) -> list[float]:
    """The middle of each cluster's width, in the order they were named."""
    widths = [cluster.width * half for cluster in row]
    spare = frame.width * 0.94 - sum(widths) - gap * half * (len(row) - 1)
    space = gap * half + min(max(0.0, spare) / (len(row) + 1), frame.unit * 0.16)
    total = sum(widths) + space * (len(row) - 1)
    lonely = len(row) == 1
    start = (frame.width * (stage.across if lonely else 0.5)) - total / 2
    middles = []
    for cluster, width in zip(row, widths, strict=True):
        middle = start + width / 2
        start += width + space
        if cluster.across is not None:
            middle = frame.width * ACROSS[cluster.across]
        margin = min(width / 2 + frame.width * 0.02, frame.width / 2)
        middles.append(min(max(middle, margin), frame.width - margin))
    return middles


def _floor(cluster: Cluster, footing: str, half: float, stage: Stage, frame: Frame) -> float:
    """The height in pixels on which a cluster's lowest feet are."""
    if footing == "none" or stage.drifting:
        middle = HEIGHTS[cluster.down] if cluster.down else stage.air
        low = frame.height * (0.5 if stage.drifting and not cluster.down else middle)
        low += cluster.height * half / 2
        highest, lowest = cluster.height * half + frame.height * 0.04, frame.height * 0.96
        return min(max(low, highest), max(highest, lowest))
    return frame.height * (stage.water if footing == "water" and stage.water else stage.near)


def _placed(
    cluster: Cluster, x: float, floor: float, half: float, frame: Frame, *, crowded: bool
) -> Iterable[Placement]:
    for member in cluster.members:
        own = half * member.half
        feet = floor - (member.up - cluster.low) * half
        yield Placement(
            thing=member.thing,
            kind=member.kind,
            x=x + (member.x - cluster.middle) * half,
            y=feet - own * FEET,
            half=own,
            footing=cluster.footing if member.grounded else "none",
            depth=member.depth + (10 if cluster.footing == "ground" else 0),
            seen=member.seen,
        )
