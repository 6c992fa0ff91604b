"""What "on", "in", "under" or "left of" means for where a thing stands beside another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from limner.sketch.scene import Relate
from limner.sketch.seats import INSIDES, ROOFS, SEATS, WIDTHS, Seat
from limner.sketch.stages import Stage

GAP = 0.3


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


INVERSE: dict[Relate, Relate] = {
    "left": "right",
    "right": "left",
    "above": "below",
    "below": "above",
    "front": "behind",
    "behind": "front",
    "on": "below",
}


def related(
    kind: Relate,
    own: list[Member],
    other: list[Member],
    everyone: list[Member],
    stage: Stage,
    *,
    subject_first: bool,
) -> Iterator[Member]:
    target = other[0]
    if kind == "left":
        yield from beside(everyone if stage.place != "plain" else other, own, -1)
    elif kind == "beside":
        yield from beside(everyone, own, -1 if subject_first else 1)
    elif kind == "right":
        yield from beside(everyone if stage.place != "plain" else other, own, 1)
    elif kind == "on" and (stage.place != "plain" or target.kind in SEATS):
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


def parted(own: Sequence[Member], other: Sequence[Member]) -> tuple[list[Member], list[Member]]:
    """A group that makes room in its middle, and who stands there."""
    ordered = sorted(other, key=lambda member: member.x)
    half = len(ordered) // 2
    left = ordered[:half]
    middle = beside(left, own, 1)
    return [*left, *beside([*left, *middle], ordered[half:], 1)], middle


def beside(others: Sequence[Member], own: Sequence[Member], side: int) -> list[Member]:
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


def shared_out(guests: Sequence[Member], host: Member) -> list[Member]:
    """Those who sit on one thing make room for each other."""
    pitch = 1.7 * WIDTHS.get(host.kind, 0.95) * host.half / len(guests)
    placed = []
    for index, guest in enumerate(guests):
        own = 2 * WIDTHS.get(guest.kind, 0.95) * guest.half
        half = guest.half * min(1.0, pitch / own)
        x = host.x + (index - (len(guests) - 1) / 2) * pitch
        placed.append(replace(guest, x=x, half=half))
    return placed
