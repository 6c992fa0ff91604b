"""A group of writes runs statement by statement: each of them once, for all writes that have it.

The first gate of a write may refuse some, which then simply have no part in what follows; a gate
behind it comes too late for that, and the group has to be undone. A statement that no write of the
group has a use for is skipped, and then the gate behind it is the first.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from limner.db.base import Params, Row, Statement, Values, Write, Written


class Asked(Protocol):
    """A write that somebody waits for."""

    @property
    def write(self) -> Write: ...

    @property
    def params(self) -> Params: ...


class Step(NamedTuple):
    """A statement, and every set of values it is to run with, in this order."""

    statement: Statement
    sets: list[Values]


Returned: TypeAlias = Mapping[int, Row]
"""The rows of a gate, by the number of the set each came of."""


class LateRefusal(Exception):
    """A gate behind the first refused some writes, so what the group did must be undone."""

    def __init__(self, word: str, refused: Iterable[int]) -> None:
        super().__init__(word)
        self.word = word
        self.refused = frozenset(refused)
        """Their places in the group."""


def steps(group: Sequence[Asked]) -> Generator[Step, Returned, list[Written]]:
    """Yields every step, is sent what its gate returned, and tells what became of each write.

    Raises LateRefusal.
    """
    results: dict[int, Written] = {}
    for write in dict.fromkeys(item.write for item in group):
        items = {place: item.params for place, item in enumerate(group) if item.write is write}
        results |= yield from over_all(write, items)
    return [results[place] for place in range(len(group))]


def over_all(
    write: Write, items: dict[int, Params]
) -> Generator[Step, Returned, dict[int, Written]]:
    """Run one kind of write for all who wait, by their places."""
    results: dict[int, Written] = {}
    rows: dict[int, Row] = {}
    written = False
    for statement in write.statements:
        places, sets = runs(statement, items)
        if not sets:
            continue
        returned = yield Step(statement, sets)
        if statement.refusal is not None:
            rows |= {places[number]: row for number, row in returned.items()}
            refused = {place for number, place in enumerate(places) if number not in returned}
            if refused and (written or not refused.isdisjoint(rows)):
                raise LateRefusal(statement.refusal, refused)
            results |= dict.fromkeys(refused, Written(refusal=statement.refusal))
            items = {place: params for place, params in items.items() if place not in refused}
        written = True
    return results | {place: Written(row=rows.get(place)) for place in items}


def runs(statement: Statement, items: Mapping[int, Params]) -> tuple[list[int], list[Values]]:
    """What a statement is to run with, and the place of the write that each set is of."""
    places: list[int] = []
    sets: list[Values] = []
    for place, params in items.items():
        own = statement.runs(params)
        sets += own
        places += [place] * len(own)
    return places, sets
