"""Every pair of values is asked for, with others while that works and alone where it does not."""

import random
from itertools import combinations
from typing import Any

import pytest
from tests.experiments.pairwise import Pairs

AXES: dict[str, list[Any]] = {"a": [1, True, "x"], "b": [0, False], "c": [1.0, None], "d": ["only"]}


def number_of(name: str, value: object) -> int:
    """Which of its values it is, where 1 and True are two."""
    return next(number for number, one in enumerate(AXES[name]) if one is value)


def shown(body: dict[str, Any]) -> set[frozenset[tuple[str, int]]]:
    spots = [(name, number_of(name, value)) for name, value in body.items()]
    return {frozenset(two) for two in combinations(spots, 2)}


EVERY = {
    frozenset(((one, first), (other, second)))
    for one, other in combinations(AXES, 2)
    for first in range(len(AXES[one]))
    for second in range(len(AXES[other]))
}


@pytest.mark.parametrize("seed", range(5))
def test_all_pairs_are_shown_in_few_requests(seed: int) -> None:
    pairs, bodies = Pairs(AXES, random.Random(seed)), []
    for body in pairs:
        bodies.append(body)
        pairs.went(True)
    assert set().union(*map(shown, bodies)) == EVERY
    assert all(body.keys() == AXES.keys() for body in bodies)
    assert 6 <= len(bodies) <= 8


@pytest.mark.parametrize("seed", range(5))
def test_pairs_of_a_refused_request_are_asked_for_alone_and_one_alone_once(seed: int) -> None:
    taken: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    pairs = Pairs(AXES, random.Random(seed))
    impossible = frozenset((("a", 0), ("b", 1)))
    for body in pairs:
        well = impossible not in shown(body)
        (taken if well else refused).append(body)
        pairs.went(well)
    assert set().union(*map(shown, taken)) == EVERY - {impossible}
    assert [body for body in refused if len(body) == 2] == [{"a": 1, "b": False}]


def test_where_nothing_meets_anything_there_is_nothing_to_ask() -> None:
    assert list(Pairs({"a": [1, 2]}, random.Random(0))) == []
