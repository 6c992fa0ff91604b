"""Related things form a cluster, laid out in half sizes before anyone knows how large it is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from limner.sketch.groups import SIZES, group
from limner.sketch.scene import Across, Down, Relation, Scene, Thing
from limner.sketch.seats import INSIDES, ROOFS, SEATS, WIDTHS, Seat
from limner.sketch.stages import Stage
from limner.sketch.traits import TRAITS

GAP = 0.3
NEST = 0.6
"""How large a thing is drawn on, in or under another, beside its usual size."""


@dataclass(frozen=True, slots=True)
class Member:
    thing: int
    kind: str
    x: float
    up: float
    half: float
    grounded: bool = True
    depth: float = 0.0
    seen: float = 1.0

    @property
    def left(self) -> float:
        return self.x - self.half * WIDTHS.get(self.kind, 0.95)

    @property
    def right(self) -> float:
        return self.x + self.half * WIDTHS.get(self.kind, 0.95)

    @property
    def top(self) -> float:
        return self.up + self.half * 1.92


@dataclass(frozen=True, slots=True)
class Cluster:
    members: tuple[Member, ...]
    footing: Literal["ground", "water", "none"]
    across: Across | None = None
    down: Down | None = None

    @property
    def left(self) -> float:
        return min(member.left for member in self.members)

    @property
    def right(self) -> float:
        return max(member.right for member in self.members)

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def low(self) -> float:
        return min(member.up for member in self.members)

    @property
    def height(self) -> float:
        return max(member.top for member in self.members) - self.low


def clusters_of(scene: Scene, stage: Stage, rng: Random) -> list[Cluster]:
    return [
        _cluster(scene, stage, part, rng) for part in _parts(len(scene.things), scene.relations)
    ]


def _parts(count: int, relations: Sequence[Relation]) -> list[list[int]]:
    """Indices that relations tie together, each part in the order it was named."""
    leader = list(range(count))
    for relation in relations:
        for end in _ends(relation):
            old, new = leader[end], leader[relation.subject]
            leader = [min(old, new) if mark in (old, new) else mark for mark in leader]
    return [
        [index for index in range(count) if leader[index] == mark] for mark in sorted(set(leader))
    ]


def _ends(relation: Relation) -> tuple[int, ...]:
    return (relation.target,) if relation.other is None else (relation.target, relation.other)


def _cluster(scene: Scene, stage: Stage, part: Sequence[int], rng: Random) -> Cluster:
    relations = [relation for relation in scene.relations if relation.subject in part]
    subjects = {relation.subject for relation in relations}
    root = next((index for index in part if index not in subjects), part[0])
    groups = {root: _group(scene, stage, root, rng)}
    waiting = [relation for relation in relations if relation.subject != relation.target]
    while waiting:
        ready = next((r for r in waiting if r.target in groups or r.subject in groups), waiting[0])
        waiting.remove(ready)
        _relate(ready, groups, scene, stage, rng)
    for index in part:
        if index not in groups:
            groups[index] = _beside(_all(groups), _group(scene, stage, index, rng), 1)
    asked = scene.things[root]
    across = asked.across or next((scene.things[i].across for i in part if i != root), None)
    return Cluster(
        tuple(_all(groups)), _footing(asked, stage), across, asked.down if _floats(stage) else None
    )


def _floats(stage: Stage) -> bool:
    return stage.drifting or not stage.solid or stage.place == "sky"


def _all(groups: dict[int, list[Member]]) -> list[Member]:
    return [member for members in groups.values() for member in members]


def _footing(thing: Thing, stage: Stage) -> Literal["ground", "water", "none"]:
    home = TRAITS[thing.kind].home
    if stage.drifting or thing.down == "top":
        return "none"
    if stage.place == "underwater":
        return "ground" if home == "ground" else "none"
    if stage.place == "studio":
        return "none" if home == "air" and thing.kind != "rocket" else "ground"
    if home == "water" and stage.water is None:
        return "ground"
    if thing.kind == "rocket" and stage.place in ("moon", "desert", "meadow", "hills", "street"):
        return "ground"
    return {"ground": "ground", "air": "none", "water": "water"}[home]  # type: ignore[return-value]  # the three values above


def _group(scene: Scene, stage: Stage, index: int, rng: Random) -> list[Member]:
    thing = scene.things[index]
    trait = TRAITS[thing.kind]
    half = SIZES[thing.size] * (trait.bulk if stage.place not in ("plain", "studio", "grid") else 1.0)
    half *= {1: 1.0, 2: 0.88}.get(thing.count, 0.74)
    flying = _footing(thing, stage) == "none"
    spots = group(thing.count, flying=flying, even=stage.place in ("plain", "grid"), rng=rng)
    return [
        Member(
            index,
            thing.kind,
            spot.x * half * max(0.75, WIDTHS.get(thing.kind, 0.95)),
            spot.up * half,
            half * spot.scale,
            depth=spot.depth,
        )
        for spot in spots
    ]


def _relate(
    relation: Relation,
    groups: dict[int, list[Member]],
    scene: Scene,
    stage: Stage,
    rng: Random,
) -> None:
    subject, target = relation.subject, relation.target
    kind = relation.kind
    if target not in groups:
        if subject not in groups:
            groups[target] = _beside(_all(groups), _group(scene, stage, target, rng), 1)
        else:
            subject, target, kind = target, subject, INVERSE.get(kind, "beside")
    if subject in groups:
        return
    own, other = _group(scene, stage, subject, rng), groups[target]
    if kind == "between" and relation.other is not None:
        far = _group(scene, stage, relation.other, rng)
        groups[subject] = _beside(other, own, 1)
        groups[relation.other] = _beside([*other, *groups[subject]], far, 1)
        return
    groups[subject] = list(_related(
            kind, own, other, _all(groups), stage, subject_first=subject == relation.subject
        ))


INVERSE = {
    "left": "right",
    "right": "left",
    "above": "below",
    "below": "above",
    "front": "behind",
    "behind": "front",
    "on": "below",
}


def _related(
    kind: str,
    own: list[Member],
    other: list[Member],
    everyone: list[Member],
    stage: Stage,
    *,
    subject_first: bool,
) -> Iterator[Member]:
    target = other[0]
    if kind == "left":
        yield from _beside(everyone if stage.place != "plain" else other, own, -1)
    elif kind == "beside":
        yield from _beside(everyone, own, -1 if subject_first else 1)
    elif kind == "right":
        yield from _beside(everyone if stage.place != "plain" else other, own, 1)
    elif kind == "on" and stage.place != "plain":
        yield from _seated(own, other, SEATS.get(target.kind, Seat(-0.8)))
    elif kind == "in" and target.kind in INSIDES:
        yield from _inside(own, target)
    elif kind == "below" and target.kind in ROOFS and not stage.drifting:
        yield from _sheltered(own, target)
    elif kind in ("above", "on", "below"):
        yield from _stacked(own, other, kind)
    elif kind == "held":
        yield from _held(own, other)
    else:
        yield from _overlapping(own, other, nearer=kind != "behind")


def _beside(others: Sequence[Member], own: Sequence[Member], side: int) -> list[Member]:
    if side > 0:
        shift = max(member.right for member in others) - min(member.left for member in own) + GAP
    else:
        shift = min(member.left for member in others) - max(member.right for member in own) - GAP
    return [replace(member, x=member.x + shift) for member in own]


def _seated(own: Sequence[Member], other: Sequence[Member], seat: Seat) -> Iterator[Member]:
    """On top of a thing, one on each when there are several of both."""
    for index, member in enumerate(own):
        base = other[index % len(other)]
        size = seat.scale if base.half < member.half * 1.6 else 1.0
        spread = (index - (len(own) - 1) / 2) if len(other) == 1 else 0.0
        half = member.half * size * (1 if len(own) == 1 else 0.82)
        yield replace(
            member,
            x=base.x + seat.x * base.half + spread * half * 1.9,
            up=base.up + (0.95 - seat.y) * base.half,
            half=half,
            grounded=False,
            depth=base.depth + 0.2,
        )


def _inside(own: Sequence[Member], target: Member) -> Iterator[Member]:
    """Behind the front wall of a hollow thing: what is below its rim is not drawn."""
    inside = INSIDES[target.kind]
    for index, member in enumerate(own):
        spread = index - (len(own) - 1) / 2
        half = min(member.half, target.half) * inside.scale
        hidden = 0.36
        yield replace(
            member,
            x=target.x + inside.x * target.half + spread * half * 1.3,
            up=target.up + (0.95 - inside.y) * target.half - half * 1.92 * hidden,
            half=half,
            grounded=False,
            depth=target.depth + 0.2,
            seen=1 - hidden,
        )


def _sheltered(own: Sequence[Member], target: Member) -> Iterator[Member]:
    roof = ROOFS[target.kind]
    for index, member in enumerate(own):
        spread = index - (len(own) - 1) / 2
        half = min(member.half, target.half) * roof.scale
        yield replace(
            member,
            x=target.x + roof.x * target.half + spread * half * 1.8,
            up=target.up,
            half=half,
            depth=target.depth + 0.3,
        )


def _stacked(own: Sequence[Member], other: Sequence[Member], kind: str) -> Iterator[Member]:
    centre = sum(member.x for member in other) / len(other)
    if kind == "below":
        shift = min(m.up for m in other) - max(m.top for m in own) - GAP
    else:
        gap = GAP if kind == "above" else 0.0
        shift = max(m.top for m in other) - min(m.up for m in own) + gap
    for member in own:
        lifted = shift > 0
        yield replace(
            member, x=member.x + centre, up=member.up + shift, grounded=not lifted, depth=-0.1
        )


def _held(own: Sequence[Member], other: Sequence[Member]) -> Iterator[Member]:
    for index, member in enumerate(own):
        base = other[index % len(other)]
        worn = member.kind in ("hat", "crown")
        half = base.half * (0.46 if worn else 0.5)
        up = base.up + base.half * (1.62 if worn else 0.42)
        x = base.x if worn else base.x + base.half * 0.66
        if member.kind in ("balloon", "kite", "umbrella"):
            half, up, x = base.half * 0.95, base.up + base.half * 0.72, base.x + base.half * 0.6
        yield replace(member, x=x, up=up, half=half, grounded=False, depth=base.depth + 0.2)


def _overlapping(
    own: Sequence[Member], other: Sequence[Member], *, nearer: bool
) -> Iterator[Member]:
    """In front of a thing: lower, a little aside, so that both are seen."""
    for member in own:
        base = other[0]
        side = base.half * 0.5 + member.half * 0.2
        yield replace(
            member,
            x=member.x + base.x + (side if nearer else -side),
            up=member.up + (-0.3 if nearer else 0.42) * base.half,
            depth=member.depth + base.depth + (0.5 if nearer else -0.5),
        )
