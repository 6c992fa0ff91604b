"""Ids sort by the time they were made, and nobody can guess the next."""

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from limner.ids import BASE62, CROCKFORD, base62, new_id, ulid

times = st.integers(0, 2**48 - 1)
chance = st.binary(min_size=10, max_size=10)


@given(early=times, late=times, one=chance, other=chance)
def test_ids_sort_by_time_whatever_chance_adds(
    early: int, late: int, one: bytes, other: bytes
) -> None:
    first, second = ulid(early, one), ulid(late, other)
    if early != late:
        assert (first < second) == (early < late)


@given(milliseconds=times, random=chance)
def test_an_id_is_26_characters_that_hold_all_it_was_made_of(
    milliseconds: int, random: bytes
) -> None:
    text = ulid(milliseconds, random)
    assert len(text) == 26
    number = 0
    for character in text:
        number = number * 32 + CROCKFORD.index(character)
    assert number == milliseconds << 80 | int.from_bytes(random, "big")


def test_a_fresh_id_has_its_prefix_the_time_and_no_twin() -> None:
    before = ulid(time.time_ns() // 1_000_000, bytes(10))[:10]
    made = [new_id("imgjob") for _ in range(1000)]
    after = ulid(time.time_ns() // 1_000_000, bytes(10))[:10]
    assert len(set(made)) == 1000
    for one in made:
        assert re.fullmatch(f"imgjob_[{CROCKFORD}]{{26}}", one)
        assert before <= one.removeprefix("imgjob_")[:10] <= after


def test_random_characters_come_from_all_62_and_are_as_many_as_asked() -> None:
    text = base62(10_000)
    assert len(text) == 10_000
    assert set(text) == set(BASE62)
    assert len(BASE62) == 62


def test_the_source_of_chance_is_an_argument() -> None:
    assert base62(4, lambda letters: letters[-1]) == "zzzz"
