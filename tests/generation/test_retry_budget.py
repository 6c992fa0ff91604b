"""Further tries are a share of what is asked for, and a few are always allowed."""

from bisect import bisect_left
from random import Random

import pytest
from tests.clocks import Hands

from limner.generation.retry_budget import LEAST, REQUESTS_PER_TRY, WINDOW_S, RetryBudget


def asked(budget: RetryBudget, times: int) -> None:
    for _ in range(times):
        budget.requested()


def taken(budget: RetryBudget) -> int:
    """How many tries are left by now."""
    count = 0
    while budget.take():
        count += 1
    return count


def test_a_few_tries_are_allowed_whatever_is_asked_for() -> None:
    budget = RetryBudget(Hands())
    assert [budget.take() for _ in range(LEAST + 2)] == [True] * LEAST + [False] * 2


def test_every_fifth_request_earns_one_more() -> None:
    budget = RetryBudget(Hands())
    assert taken(budget) == LEAST
    for _ in range(3):
        asked(budget, REQUESTS_PER_TRY - 1)
        assert taken(budget) == 0
        asked(budget, 1)
        assert taken(budget) == 1


def test_no_more_than_a_few_are_saved_up() -> None:
    budget = RetryBudget(Hands())
    asked(budget, 1000)
    assert taken(budget) == LEAST


def test_the_few_are_allowed_again_when_those_before_are_long_ago() -> None:
    clock = Hands()
    budget = RetryBudget(clock)
    for _ in range(3):
        assert taken(budget) == LEAST
        clock.now += WINDOW_S - 0.1
        assert taken(budget) == 0
        clock.now += 0.1


def test_to_look_whether_a_try_is_left_takes_none() -> None:
    budget = RetryBudget(Hands())
    assert [budget.left for _ in range(9)] == [True] * 9
    assert taken(budget) == LEAST
    assert not budget.left


@pytest.mark.parametrize("seed", range(20))
def test_tries_are_a_fifth_and_a_few_of_the_requests_of_any_ten_seconds(seed: int) -> None:
    """Also of those that begin in the middle of a rush, or when hardly anybody asks."""
    clock, chance = Hands(), Random(seed)
    budget = RetryBudget(clock)
    requests: list[float] = []
    tries: list[float] = []
    for _ in range(100):
        pace = chance.choice([0.2, 1.0, 5.0, 100.0])
        for _ in range(chance.randrange(40)):
            clock.now += chance.expovariate(pace)
            requests.append(clock())
            budget.requested()
            clock.now += 0.001
            if chance.random() < 0.5 and budget.take():
                tries.append(clock())
    for since in (*requests, *tries):
        made, new = (
            bisect_left(times, since + WINDOW_S) - bisect_left(times, since)
            for times in (tries, requests)
        )
        assert made <= LEAST + new / REQUESTS_PER_TRY
