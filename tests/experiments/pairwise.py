"""Every two values of different parameters together, in few requests.

A request with a value for each parameter shows many pairs at once. Where one is refused its pairs
are asked for alone, because any of them may be the reason.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

Spot: TypeAlias = tuple[str, int]
"""A parameter and the number of one of its values."""
Pair: TypeAlias = frozenset[Spot]


class Pairs:
    """What is left to be seen of the values in `axes`: take `following`, then say how it went."""

    def __init__(self, axes: Mapping[str, Sequence[Any]], chance: random.Random) -> None:
        self._axes, self._chance = axes, chance
        spots = [(name, number) for name, values in axes.items() for number in range(len(values))]
        self._open = dict.fromkeys(pairs_of(spots))
        self._alone: dict[Pair, None] = {}
        self._asked: list[Spot] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while self._open or self._alone:
            self._asked = self._widest() if self._open else sorted(next(iter(self._alone)))
            yield {name: self._axes[name][number] for name, number in self._asked}

    def went(self, well: bool) -> None:
        """Whether the request that came last was taken."""
        shown = list(pairs_of(self._asked))
        if not well and len(shown) > 1:
            self._alone |= {pair: None for pair in shown if pair in self._open}
        for pair in shown:
            self._open.pop(pair, None)
            if well or len(shown) == 1:
                self._alone.pop(pair, None)

    def _widest(self) -> list[Spot]:
        """Begun with an open pair, and of each further parameter the value that shows the most."""
        chosen = sorted(next(iter(self._open)))
        others = [name for name in self._axes if name not in dict(chosen)]
        self._chance.shuffle(others)
        for name in others:
            spots = [(name, number) for number in range(len(self._axes[name]))]
            self._chance.shuffle(spots)
            chosen.append(max(spots, key=lambda spot: self._shown_by(spot, chosen)))
        return chosen

    def _shown_by(self, spot: Spot, chosen: Sequence[Spot]) -> int:
        return sum(frozenset((spot, other)) in self._open for other in chosen)


def pairs_of(spots: Sequence[Spot]) -> Iterator[Pair]:
    return (frozenset(two) for two in combinations(spots, 2) if two[0][0] != two[1][0])
