"""A blocked word is found however it is written, and never inside another word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.guards.block_list import BlockList

LIST = BlockList(("gun", "Straße", "café au lait", "  ", "drop table"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a gun on a table", "gun"),
        ("a GUN!", "gun"),
        ("(gun)", "gun"),
        ("a g\u200bun", "gun"),
        ("ｇｕｎ", "gun"),
        ("the STRASSE at night", "strasse"),
        ("cafe\u0301   au\n\tlait, please", "café au lait"),
        ("café, au lait", "café au lait"),
        ("a drop  TABLE", "drop table"),
        ("a gunner with gungho", None),
        ("begun", None),
        ("au lait", None),
        ("", None),
    ],
)
def test_words_are_found_whole_in_any_writing(text: str, found: str | None) -> None:
    assert LIST.found(text) == found


def test_an_empty_list_finds_nothing() -> None:
    assert BlockList(()).found("a gun") is None


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    assert LIST.found(text) in (None, "gun", "strasse", "café au lait", "drop table")


@given(st.text(alphabet="abc xyz", max_size=40), st.text(alphabet="abc xyz", max_size=40))
def test_a_word_between_any_others_is_found(before: str, after: str) -> None:
    assert LIST.found(f"{before} gun {after}") == "gun"
