"""Cutting long strings out of an answer changes nothing about what it says."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.providers import cuts
from limner.providers.cuts import SHORT, cut, picture, words

LONG = SHORT + 1
TEXTS = st.text() | st.sampled_from(['"', "\\", '\\"', "\\\\", "/", "é\U0001f3ee", '{"a":"', "\0"])


@st.composite
def long_texts(draw: st.DrawFn) -> str:
    """Texts around the length from which strings are cut, often with something to escape."""
    seed = draw(TEXTS | st.just("A"))
    filler = draw(st.sampled_from(["A", "é", "\U0001f3ee"]))
    length = draw(st.integers(SHORT - 3, SHORT + 3)) // len(filler.encode())
    return seed + filler * length + draw(TEXTS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | long_texts(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=6,
)


def restored(value: Any, kept: cuts.Cuts) -> Any:
    if isinstance(value, str):
        assert bytes(picture(value, kept)).decode() == words(value, kept)
        return words(value, kept)
    if isinstance(value, list):
        return [restored(item, kept) for item in value]
    if isinstance(value, dict):
        return {words(name, kept): restored(item, kept) for name, item in value.items()}
    return value


@settings(max_examples=200, deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 2]), st.booleans())
def test_cutting_and_decoding_gives_what_decoding_gives(
    value: Any, ascii_only: bool, indent: int | None, padded: bool
) -> None:
    told = [value, "B" * LONG] if padded else value
    answer = json.dumps(told, ensure_ascii=ascii_only, indent=indent).encode()
    skeleton, kept = cut(answer)
    assert restored(msgspec.json.decode(skeleton), kept) == told


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_what_is_no_json_is_cut_without_harm(noise: bytes, at: int) -> None:
    answer = noise[:at] + b"A" * LONG + noise[at:]
    skeleton, kept = cut(answer)
    for mark, view in kept.items():
        skeleton = skeleton.replace(mark.encode(), bytes(view), 1)
    assert skeleton == answer


def test_a_picture_is_a_view_into_the_answer() -> None:
    answer = b'{"b64_json":"' + b"A" * LONG + b'"}'
    skeleton, kept = cut(answer)
    [view] = kept.values()
    assert view.obj is answer
    assert len(skeleton) < 60


@pytest.mark.parametrize(
    "text", ["A" * SHORT, "A" * LONG + "\\/", "A" * LONG + '\\"', "\\u0041" + "A" * LONG]
)
def test_short_strings_and_those_with_escapes_are_left_to_the_decoder(text: str) -> None:
    answer = ('{"b64_json":"' + text + '","more":"' + "B" * LONG + '"}').encode()
    skeleton, kept = cut(answer)
    assert text.encode() in skeleton
    assert [bytes(view[:1]) for view in kept.values()] == [b"B"]


def test_a_short_answer_is_left_alone() -> None:
    answer = b'{"b64_json":"' + b"A" * (SHORT - 20) + b'"}'
    assert cut(answer) == (answer, {})


def test_a_text_that_looks_like_a_mark_stays_a_text() -> None:
    first = cut(b'["' + b"A" * LONG + b'"]')[1]
    [mark] = first
    answer = json.dumps([mark, "B" * LONG]).encode()
    skeleton, kept = cut(answer)
    assert words(msgspec.json.decode(skeleton)[0], kept) == mark


def test_an_answer_of_countless_strings_is_left_to_the_decoder() -> None:
    answer = json.dumps(["", *["x"] * cuts.MOST_QUOTES, "A" * LONG]).encode()
    skeleton, kept = cut(answer)
    assert (skeleton, kept) == (answer, {})


def test_a_long_text_is_read_even_if_it_is_no_utf_8() -> None:
    skeleton, kept = cut(b'["' + b"\xff" * LONG + b'"]')
    assert words(msgspec.json.decode(skeleton)[0], kept) == "\ufffd" * LONG
