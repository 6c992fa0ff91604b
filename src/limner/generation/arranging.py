"""In which order the places of a model are asked: by priority, and by chance among equals."""

from collections.abc import Sequence
from itertools import groupby
from random import Random

from limner.generation.attempts import Place


def arranged(places: Sequence[Place], chance: Random) -> tuple[Place, ...]:
    """By priority; of equal ones each comes first as often as its weight says.

    Where all weights are 1, equals keep their order: the first is asked, the others stand by.
    """
    by_priority = sorted(places, key=lambda place: place.rank.priority)
    groups = groupby(by_priority, key=lambda place: place.rank.priority)
    return tuple(place for _, group in groups for place in drawn(list(group), chance))


def drawn(equals: list[Place], chance: Random) -> list[Place]:
    if all(place.rank.weight == 1 for place in equals):
        return equals
    order: list[Place] = []
    left = list(equals)
    while left:
        weights = [place.rank.weight for place in left]
        first = chance.choices(left, weights)[0] if any(weights) else left[0]
        left.remove(first)
        order.append(first)
    return order
