"""Further tries are a share of what is asked for, and a few are always allowed."""

from tests.clocks import Hands

from limner.generation.retry_budget import LEAST, WINDOW_S, RetryBudget


def test_a_few_tries_are_allowed_whatever_is_asked_for() -> None:
    budget = RetryBudget(Hands())
    assert [budget.take() for _ in range(LEAST + 2)] == [True] * LEAST + [False] * 2


def test_a_fifth_of_the_requests_is_allowed_beyond_that() -> None:
    budget = RetryBudget(Hands())
    for _ in range(100):
        budget.requested()
    assert sum(budget.take() for _ in range(100)) == 23


def test_only_the_last_seconds_count() -> None:
    clock = Hands()
    budget = RetryBudget(clock)
    for _ in range(100):
        budget.requested()
    for _ in range(23):
        assert budget.take()
    clock.now += WINDOW_S + 0.1
    assert sum(budget.take() for _ in range(10)) == LEAST
