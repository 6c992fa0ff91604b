"""Base64 in JSON strings: whatever languages make of it is understood, what is broken is not."""

import base64
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.files.base64_text import PIECE, NotBase64, decoded

DATA = random.Random(1).randbytes(1000)
TEXT = base64.b64encode(DATA).decode()


def bytes_of(inside: str) -> bytes:
    return b"".join(decoded(memoryview(inside.encode())))


@pytest.mark.parametrize(
    "inside",
    [
        TEXT,
        TEXT.rstrip("="),
        TEXT.replace("/", "\\/"),
        TEXT.replace("=", "\\u003d").replace("+", "\\u002B"),
        TEXT.replace("+", "-").replace("/", "_"),
        json.dumps(base64.encodebytes(DATA).decode())[1:-1],
        "\\r\\n".join([TEXT[:76], TEXT[76:]]),
        f"data:image/png;base64,{TEXT}",
        f"data:image\\/png;charset=x;BASE64,{TEXT}",
        f" data:;base64,{TEXT}",
    ],
)
def test_every_way_of_writing_it_is_understood(inside: str) -> None:
    assert bytes_of(inside) == DATA


@given(st.binary(max_size=40), st.integers(min_value=0, max_value=60))
def test_no_escape_is_lost_where_two_pieces_meet(data: bytes, before: int) -> None:
    # The first piece ends anywhere in what is escaped in full.
    start = b"A" * ((PIECE - before) // 4 * 4)
    escaped = "".join(f"\\u{ord(char):04x}" for char in base64.b64encode(data).decode())
    assert bytes_of(start.decode() + escaped) == base64.b64decode(start) + data


def test_much_of_it_comes_in_pieces() -> None:
    text = base64.b64encode(bytes(3 * PIECE))
    pieces = list(decoded(memoryview(text)))
    assert b"".join(pieces) == bytes(3 * PIECE)
    assert max(map(len, pieces)) <= PIECE


@pytest.mark.parametrize(
    "inside",
    [
        "https://example.com/a.png",
        "AAAAA",
        "AAA*",
        "\\u00e9AAA",
        "data:image/png,AAAA",
        "data:" + "x" * 300 + ";base64,AAAA",
        "data:image/png;base64",
    ],
)
def test_what_is_no_base64_is_refused(inside: str) -> None:
    with pytest.raises(NotBase64):
        bytes_of(inside)
