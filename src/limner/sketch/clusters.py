"""Related things form a cluster, measured in half sizes until its place in the picture is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from limner.sketch.groups import SIZES, group
from limner.sketch.relations import INVERSE, Member, beside, parted, related, shared_out
from limner.sketch.scene import Across, Down, Relate, Relation, Scene, Thing
from limner.sketch.seats import WIDTHS
from limner.sketch.stages import Stage
from limner.sketch.traits import TRAITS

Footing: TypeAlias = Literal["ground", "water", "none"]
"""What carries a thing; those with "none" float, fly, or sit on something else."""


@dataclass(frozen=True, slots=True)
class Cluster:
    members: tuple[Member, ...]
    footing: Footing
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
            groups[index] = beside(_all(groups), _group(scene, stage, index, rng), 1)
    _share_seats(relations, groups)
    asked = scene.things[root]
    across = asked.across or next((scene.things[i].across for i in part if i != root), None)
    return Cluster(
        tuple(_all(groups)), _footing(asked, stage), across, asked.down if _floats(stage) else None
    )


def _share_seats(relations: Sequence[Relation], groups: dict[int, list[Member]]) -> None:
    """Different things on one table stand side by side."""
    for target in {relation.target for relation in relations if relation.kind == "on"}:
        guests = sorted(r.subject for r in relations if r.kind == "on" and r.target == target)
        if len(guests) > 1 and len(groups[target]) == 1:
            members = [member for guest in guests for member in groups[guest]]
            for guest in guests:
                groups[guest] = []
            for member in shared_out(members, groups[target][0]):
                groups[member.thing].append(member)


def _floats(stage: Stage) -> bool:
    return stage.drifting or not stage.solid or stage.place == "sky"


def _all(groups: dict[int, list[Member]]) -> list[Member]:
    return [member for members in groups.values() for member in members]


def _footing(thing: Thing, stage: Stage) -> Footing:
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
    return "none" if home == "air" else home


def _group(scene: Scene, stage: Stage, index: int, rng: Random) -> list[Member]:
    thing = scene.things[index]
    trait = TRAITS[thing.kind]
    half = SIZES[thing.size] * (
        trait.bulk if stage.place not in ("plain", "studio", "grid") else 1.0
    )
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
    kind: Relate = relation.kind
    if target not in groups:
        if subject not in groups:
            groups[target] = beside(_all(groups), _group(scene, stage, target, rng), 1)
        else:
            subject, target, kind = target, subject, INVERSE.get(kind, "beside")
    if subject in groups:
        return
    own, other = _group(scene, stage, subject, rng), groups[target]
    if kind == "between" and relation.other is not None:
        far = _group(scene, stage, relation.other, rng)
        groups[subject] = beside(other, own, 1)
        groups[relation.other] = beside([*other, *groups[subject]], far, 1)
        return
    if kind == "between" and len(other) > 1:
        groups[target], groups[subject] = parted(own, other)
        return
    groups[subject] = list(
        related(kind, own, other, _all(groups), stage, subject_first=subject == relation.subject)
    )
