"""Bodies are judged before anything is made of them, whatever bytes they are."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.api.body import DEEPEST, MOST_COMMAS, read_object
from limner.errors import InvalidParams

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    with contextlib.suppress(InvalidParams):
        assert isinstance(read_object(body), dict)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_an_object_is_read_as_it_came(value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False)
    with contextlib.suppress(UnicodeEncodeError, InvalidParams):
        body = text.encode()
        assert read_object(body).keys() == value.keys()


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_nesting_has_a_limit() -> None:
    assert read_object(nested(DEEPEST))
    for levels in (DEEPEST + 1, 10_000, 1_000_000):
        with pytest.raises(InvalidParams, match="levels deep"):
            read_object(nested(levels))


def test_parts_have_a_limit_that_no_prompt_reaches() -> None:
    longest = {"prompt": "," * 32_000, "model": "sketch-1"}
    assert read_object(json.dumps(longest).encode()) == longest
    with pytest.raises(InvalidParams, match="parts"):
        read_object(b'{"a":[' + b"1," * MOST_COMMAS + b"1,1]}")


@pytest.mark.parametrize(
    ("body", "param"),
    [(b'{"a":1,"n":1e400}', "n"), (b'{"a":1,"b":"\xc3"}', "b"), (b'{"a":1,"b":}', None)],
)
def test_the_field_that_cannot_be_read_is_named(body: bytes, param: str | None) -> None:
    with pytest.raises(InvalidParams) as caught:
        read_object(body)
    assert caught.value.param == param
