"""Bytes under way are counted exactly, on every way out, and new ones are refused beyond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import ServiceUnavailable
from limner.in_flight import InFlight, Share

STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["take", "let_go"]), st.integers(0, 1000))
)


@given(STEPS)
def test_what_is_held_is_the_sum_of_what_was_taken_and_not_let_go_of(
    steps: list[tuple[int, str, int]],
) -> None:
    in_flight = InFlight(100)
    shares: list[Share] = [in_flight.share() for _ in range(4)]
    held, gone = [0] * 4, [False] * 4
    for who, what, size in steps:
        if what == "take":
            shares[who].take(size)
            held[who] += 0 if gone[who] else size
        else:
            shares[who].let_go()
            held[who], gone[who] = 0, True
        assert in_flight.held == sum(held)
    for share in shares:
        share.let_go()
    assert in_flight.held == 0


def test_a_share_is_let_go_of_when_its_block_breaks() -> None:
    in_flight = InFlight(100)
    with pytest.raises(KeyError):
        break_with(in_flight)
    assert in_flight.held == 0


def break_with(in_flight: InFlight) -> None:
    with in_flight.share() as share:
        share.take(70)
        raise KeyError


def test_who_comes_when_it_is_full_is_told_when_to_come_again() -> None:
    in_flight = InFlight(100)
    in_flight.refuse_if_full(1000)
    with in_flight.share() as share:
        share.take(60)
        in_flight.refuse_if_full(39)
        with pytest.raises(ServiceUnavailable) as refused:
            in_flight.refuse_if_full(40)
        share.take(1000)
    assert (refused.value.retry_after, refused.value.retryable) == (2, True)
    in_flight.refuse_if_full(40)


def test_without_a_limit_nobody_is_refused() -> None:
    in_flight = InFlight()
    in_flight.share().take(2**40)
    in_flight.refuse_if_full(2**40)
