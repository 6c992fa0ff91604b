"""When a place is no longer asked, when it is tried again, and when all goes on as before."""

import pytest
from tests.clocks import Hands

from limner.generation.breaker import IN_A_ROW, LONGEST_OPEN_S, OF_AT_LEAST, OPEN_S, Breaker


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def breaker(clock: Hands) -> Breaker:
    return Breaker(clock)


def fails(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        assert breaker.begin()
        breaker.failed()


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    fails(breaker, IN_A_ROW - 1)
    assert breaker.state == "closed"
    fails(breaker)
    assert (breaker.state, breaker.begin(), breaker.wait_s) == ("open", False, OPEN_S)


def test_a_success_begins_the_count_anew(breaker: Breaker) -> None:
    for _ in range(3):
        fails(breaker, IN_A_ROW - 1)
        breaker.begin()
        breaker.succeeded()
    assert breaker.state == "closed"


def test_it_opens_when_half_of_the_last_seconds_orders_failed(
    breaker: Breaker, clock: Hands
) -> None:
    for number in range(OF_AT_LEAST):
        assert breaker.state == "closed"
        breaker.begin()
        (breaker.failed if number % 2 else breaker.succeeded)()
        clock.now += 0.1
    assert breaker.state == "open"


def test_what_failed_long_ago_does_not_count(breaker: Breaker, clock: Hands) -> None:
    for number in range(OF_AT_LEAST * 2):
        breaker.begin()
        (breaker.failed if number % 2 else breaker.succeeded)()
        clock.now += 1.0
    assert breaker.state == "closed"


def test_one_probe_at_a_time_finds_out_whether_it_is_well(breaker: Breaker, clock: Hands) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    assert breaker.state == "half_open"
    assert [breaker.begin(), breaker.begin()] == [True, False]
    breaker.succeeded()
    assert (breaker.state, breaker.begin(), breaker.begin()) == ("closed", True, True)


def test_each_probe_that_fails_doubles_the_time_up_to_five_minutes(
    breaker: Breaker, clock: Hands
) -> None:
    fails(breaker, IN_A_ROW)
    waits = []
    for _ in range(6):
        waits.append(breaker.wait_s)
        clock.now += breaker.wait_s
        fails(breaker)
    assert waits == [30, 60, 120, 240, LONGEST_OPEN_S, LONGEST_OPEN_S]


def test_after_it_was_well_it_opens_for_the_shortest_time_again(
    breaker: Breaker, clock: Hands
) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    fails(breaker)
    clock.now += 2 * OPEN_S
    breaker.begin()
    breaker.succeeded()
    fails(breaker, IN_A_ROW)
    assert breaker.wait_s == OPEN_S


def test_an_order_from_before_proves_nothing(breaker: Breaker) -> None:
    breaker.begin()
    fails(breaker, IN_A_ROW)
    breaker.succeeded()
    assert breaker.state == "open"


def test_a_probe_that_tells_nothing_lets_the_next_one_try(breaker: Breaker, clock: Hands) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    assert breaker.begin()
    breaker.said_nothing()
    assert breaker.begin()


def test_a_probe_that_ran_out_of_time_is_one_that_failed(breaker: Breaker, clock: Hands) -> None:
    fails(breaker, IN_A_ROW)
    clock.now += OPEN_S
    breaker.begin()
    breaker.said_nothing()  # it was cut off …
    breaker.failed()  # … and only then is it known why
    assert breaker.wait_s == 2 * OPEN_S
