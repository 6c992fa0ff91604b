"""Further tries are a share of what is asked for, and a few are always allowed."""

from random import Random

from tests.clocks import Hands

from limner.generation.retry_budget import LEAST, SHARE, WINDOW_S, RetryBudget


def test_a_few_tries_are_allowed_whatever_is_asked_for() -> None:
    budget = RetryBudget(Hands())
    assert [budget.take() for _ in range(LEAST + 2)] == [True] * LEAST + [False] * 2


def test_a_fifth_of_the_requests_is_allowed() -> None:
    budget = RetryBudget(Hands())
    for _ in range(100):
        budget.requested()
    assert sum(budget.take() for _ in range(100)) == 20


def test_to_look_whether_a_try_is_left_takes_none() -> None:
    budget = RetryBudget(Hands())
    assert [budget.left for _ in range(9)] == [True] * 9
    assert sum(budget.take() for _ in range(9)) == LEAST
    assert not budget.left


def test_tries_are_a_fifth_and_three_of_the_requests_of_any_seconds() -> None:
    """Whichever ten seconds are looked at, also those that begin just behind many requests."""
    clock, chance = Hands(), Random(20)
    budget = RetryBudget(clock)
    requests: list[float] = []
    tries: list[float] = []
    for _ in range(4000):
        clock.now += chance.expovariate(5.0)
        requests.append(clock())
        budget.requested()
        if chance.random() < 0.5 and budget.take():
            tries.append(clock())
    for since in (*requests, *tries):
        within = [
            sum(since < at <= since + WINDOW_S for at in times) for times in (requests, tries)
        ]
        assert within[1] <= SHARE * within[0] + LEAST


def test_only_the_last_seconds_count() -> None:
    clock = Hands()
    budget = RetryBudget(clock)
    for _ in range(100):
        budget.requested()
    for _ in range(20):
        assert budget.take()
    clock.now += WINDOW_S + 0.1
    assert sum(budget.take() for _ in range(10)) == LEAST
