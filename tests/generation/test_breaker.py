"""When a place is no longer asked, when it is tried again, and when all goes on as before."""

import pytest
from tests.clocks import Hands

from limner.generation.breaker import (
    IN_A_ROW,
    LONGEST,
    LONGEST_REST_S,
    OF_AT_LEAST,
    OPEN_S,
    Asked,
    Breaker,
)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def breaker(clock: Hands) -> Breaker:
    return Breaker(clock)


def begun(breaker: Breaker) -> Asked:
    asked = breaker.begin()
    assert asked
    return asked


def fails(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.failed(begun(breaker))


def succeeds(breaker: Breaker) -> None:
    breaker.succeeded(begun(breaker))


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    fails(breaker, IN_A_ROW - 1)
    assert breaker.state == "closed"
    fails(breaker)
    assert (breaker.state, breaker.begin(), breaker.wait_s) == ("open", None, OPEN_S)


def test_a_success_begins_the_count_anew(breaker: Breaker) -> None:
    for _ in range(3):
        fails(breaker, IN_A_ROW - 1)
        succeeds(breaker)
    assert breaker.state == "closed"


def test_it_opens_when_half_of_the_last_seconds_orders_failed(
    breaker: Breaker, clock: Hands
) -> None:
    for number in range(OF_AT_LEAST):
        assert breaker.state == "closed"
        (fails if number % 2 else succeeds)(breaker)
        clock.now += 0.1
    assert breaker.state == "open"


def test_what_failed_long_ago_does_not_count(breaker: Breaker, clock: Hands) -> None:
    for number in range(OF_AT_LEAST * 2):
        (fails if number % 2 else succeeds)(breaker)
        clock.now += 1.0
    assert breaker.state == "closed"


def test_one_probe_at_a_time_finds_out_whether_it_is_well(breaker: Breaker, clock: Hands) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    assert breaker.state == "half_open"
    assert [breaker.begin(), breaker.begin()] == ["probe", None]
    breaker.succeeded("probe")
    assert (breaker.state, breaker.begin(), breaker.begin()) == ("closed", "order", "order")


def test_each_probe_that_fails_doubles_the_time_up_to_five_minutes(
    breaker: Breaker, clock: Hands
) -> None:
    fails(breaker, IN_A_ROW)
    waits = []
    for _ in range(6):
        waits.append(breaker.wait_s)
        clock.now += breaker.wait_s
        fails(breaker)
    assert waits == [30, 60, 120, 240, 300, 300]
    assert waits[-1] == LONGEST * OPEN_S


def test_after_it_was_well_it_opens_for_the_shortest_time_again(
    breaker: Breaker, clock: Hands
) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    fails(breaker)
    clock.now += 2 * OPEN_S
    succeeds(breaker)
    fails(breaker, IN_A_ROW)
    assert breaker.wait_s == OPEN_S


@pytest.mark.parametrize("ends", ["succeeded", "failed", "said_nothing"])
def test_an_order_from_before_proves_nothing(breaker: Breaker, clock: Hands, ends: str) -> None:
    from_before = begun(breaker)
    fails(breaker, IN_A_ROW)
    getattr(breaker, ends)(from_before)
    assert (breaker.state, breaker.wait_s) == ("open", OPEN_S)
    clock.now += OPEN_S
    assert breaker.begin() == "probe"
    getattr(breaker, ends)(from_before)
    assert (breaker.state, breaker.begin()) == ("half_open", None)  # the probe is still there
    breaker.succeeded("probe")
    assert breaker.state == "closed"


def test_a_probe_that_tells_nothing_lets_the_next_one_try(breaker: Breaker, clock: Hands) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    breaker.said_nothing(begun(breaker))
    assert breaker.begin() == "probe"


def test_a_probe_that_ran_out_of_time_is_one_that_failed(breaker: Breaker, clock: Hands) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    breaker.said_nothing(begun(breaker))  # it was cut off …
    breaker.ran_out()  # … and only then is it known why
    assert breaker.wait_s == 2 * OPEN_S


def test_another_order_that_runs_out_of_time_is_not_taken_for_the_probe(
    breaker: Breaker, clock: Hands
) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    assert breaker.begin() == "probe"
    breaker.ran_out()
    assert (breaker.state, breaker.probing) == ("half_open", True)


def test_a_place_that_has_no_room_rests_as_long_as_it_says_and_has_not_failed(
    breaker: Breaker, clock: Hands
) -> None:
    for _ in range(3 * IN_A_ROW):
        breaker.has_no_room(begun(breaker), 2.0)
        assert (breaker.begin(), breaker.wait_s, breaker.state) == (None, 2.0, "closed")
        clock.now += 2.0
    assert [breaker.begin(), breaker.begin()] == ["order", "order"]


def test_of_several_rests_the_longest_counts_and_none_is_endless(
    breaker: Breaker, clock: Hands
) -> None:
    first, second, third = (begun(breaker) for _ in range(3))
    breaker.has_no_room(first, 20.0)
    breaker.has_no_room(second, 2.0)
    assert breaker.wait_s == 20.0
    breaker.has_no_room(third, 86_400.0)
    assert breaker.wait_s == LONGEST_REST_S


def test_a_probe_that_finds_no_room_is_made_again_after_the_rest(
    breaker: Breaker, clock: Hands
) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    breaker.has_no_room(begun(breaker), 5.0)
    assert (breaker.begin(), breaker.wait_s) == (None, 5.0)
    clock.now += 5.0
    assert breaker.begin() == "probe"
    breaker.failed("probe")
    assert breaker.wait_s == 2 * OPEN_S  # doubled once, for the one probe that failed


def test_the_shortest_time_is_the_operators(clock: Hands) -> None:
    breaker = Breaker(clock, shortest_s=3.0)
    fails(breaker, IN_A_ROW)
    assert breaker.wait_s == 3.0
    for _ in range(5):
        clock.now += breaker.wait_s
        fails(breaker)
    assert breaker.wait_s == 30.0
