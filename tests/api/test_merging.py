"""Pieces of an answer are joined where that is cheap, and never changed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from limner.api.asgi import SMALL, merged

PIECES = st.lists(st.sampled_from([b"", b"a", b"bc" * 100, b"d" * SMALL, b"e" * (2 * SMALL)]))


@given(PIECES)
def test_the_bytes_stay_the_same_and_small_ones_stand_alone_no_more(pieces: list[bytes]) -> None:
    joined = merged(pieces)
    assert b"".join(joined) == b"".join(pieces)
    sizes = [len(piece) for piece in joined]
    assert all(max(pair) >= SMALL for pair in pairwise(sizes))


def test_a_picture_is_passed_on_as_it_is() -> None:
    picture = memoryview(bytes(SMALL))
    head, middle, tail = merged([b"{", b'"', picture, b'"', b"}"])
    assert (head, tail) == (b'{"', b'"}')
    assert middle is picture
