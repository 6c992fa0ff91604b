"""Trying one place after another, only while surely nothing ran and only in time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from tests.providers.drawings import FlatDraw
from tests.providers.orders import an_order

from limner.errors import ServiceUnavailable
from limner.generation import wording
from limner.generation.attempts import (
    BUSY_TRIES,
    LeftOpen,
    NotAsked,
    NoTryLeft,
    Place,
    first_that_answers,
    pause,
)
from limner.generation.breaker import IN_A_ROW
from limner.generation.retry_budget import LEAST
from limner.generation.routes import Routes
from limner.providers.base import (
    Accepted,
    Generated,
    Order,
    Outcome,
    ProviderError,
    ProviderEvent,
    Reason,
)
from limner.providers.simulated import Simulated, Simulation

NEVER = 3600.0


class Scripted:
    """A provider that fails as told, one error for each try, and then draws."""

    repeatable = False

    def __init__(self, *errors: ProviderError) -> None:
        self.errors = list(errors)
        self.orders: list[Order] = []
        self.asked = asyncio.Event()
        self.closed = 0

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        self.orders.append(order)
        self.asked.set()
        try:
            yield Accepted()
            if self.errors:
                raise self.errors.pop(0)
            yield Generated(())
        finally:
            self.closed += 1

    async def check(self) -> str:
        return "ready"

    async def aclose(self) -> None:
        return None


class Attempt:
    """One run of `first_that_answers` over places named a, b, c ..., and what it recorded."""

    def __init__(self, *providers: Scripted | Simulated) -> None:
        self.places = [
            Place(name, f"model-{name}", provider, 60.0)
            for name, provider in zip("abc", providers, strict=False)
        ]
        self.told: list[str] = []
        self.routes = Routes()
        self.taken_meanwhile = 0
        """Tries that others take while one is noted."""

    def events(
        self, within_s: float = NEVER, *, after_unknown: bool = False
    ) -> AsyncGenerator[ProviderEvent | LeftOpen, None]:
        deadline = asyncio.get_running_loop().time() + within_s
        return first_that_answers(
            self.places,
            self.order_for,
            self.record_try,
            deadline,
            self.routes,
            after_unknown=after_unknown,
        )

    def order_for(self, place: Place) -> Order:
        self.told.append(f"order for {place.provider_name}")
        return an_order(place.upstream_model, prompt="[[limner:rate_limit]]")

    async def record_try(self, place: Place) -> None:
        self.told.append(f"try {place.provider_name}")
        for _ in range(self.taken_meanwhile):
            self.routes.budget.take()

    async def answers(
        self, within_s: float = NEVER, *, after_unknown: bool = False
    ) -> list[ProviderEvent | LeftOpen]:
        async with aclosing(self.events(within_s, after_unknown=after_unknown)) as events:
            return [event async for event in events]

    async def fails(self, within_s: float = NEVER, *, after_unknown: bool = False) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            await self.answers(within_s, after_unknown=after_unknown)
        return caught.value


def error(
    outcome: Outcome = "known_not_run",
    reason: Reason = "provider_error",
    retry_after: float | None = None,
) -> ProviderError:
    return ProviderError("no", outcome=outcome, reason=reason, retry_after=retry_after)


def busy(retry_after: float | None = 0.01) -> ProviderError:
    return error(reason="capacity", retry_after=retry_after)


async def test_the_first_place_that_answers_is_the_only_one_asked() -> None:
    first, second = Scripted(), Scripted()
    attempt = Attempt(first, second)
    assert isinstance((await attempt.answers())[-1], Generated)
    assert attempt.told == ["order for a"]
    assert second.orders == []


@pytest.mark.parametrize("reason", ["provider_account", "capacity", "model_unavailable"])
async def test_what_surely_did_not_run_goes_to_the_next_place(reason: Reason) -> None:
    first, second = Scripted(error(reason=reason, retry_after=900.0)), Scripted()
    attempt = Attempt(first, second)
    assert isinstance((await attempt.answers())[-1], Generated)
    assert attempt.told == ["order for a", "try b", "order for b"]
    assert [order.upstream_model for order in second.orders] == ["model-b"]


@pytest.mark.parametrize("outcome", ["ran", "unknown"])
@pytest.mark.parametrize("reason", ["provider_error", "capacity", "content_policy_violation"])
async def test_what_may_have_run_goes_nowhere_else(outcome: Outcome, reason: Reason) -> None:
    failure = error(outcome, reason, retry_after=0.0)
    first, second = Scripted(failure), Scripted()
    attempt = Attempt(first, second)
    assert await attempt.fails() is failure
    assert attempt.told == ["order for a"]


@pytest.mark.parametrize("outcome", ["ran", "unknown"])
async def test_a_later_place_that_may_have_run_ends_it_too(outcome: Outcome) -> None:
    failure = error(outcome)
    third = Scripted()
    assert await Attempt(Scripted(error()), Scripted(failure), third).fails() is failure
    assert third.orders == []


async def test_when_no_place_is_left_the_last_failure_is_told() -> None:
    last = error()
    attempt = Attempt(Scripted(busy(), busy()), Scripted(last))
    assert await attempt.fails() is last
    assert attempt.told == ["order for a", "try b", "order for b"]


async def test_a_busy_place_is_asked_again_and_each_try_is_recorded_before() -> None:
    place = Scripted(busy(), busy())
    attempt = Attempt(place)
    assert isinstance((await attempt.answers())[-1], Generated)
    assert attempt.told == ["order for a", "try a", "order for a", "try a", "order for a"]


async def test_a_place_that_stays_busy_is_given_up() -> None:
    place = Scripted(*[busy() for _ in range(9)])
    assert (await Attempt(place).fails()).reason == "capacity"
    assert len(place.orders) == 1 + BUSY_TRIES


async def test_a_busy_place_that_turns_to_something_else_is_not_asked_again() -> None:
    place = Scripted(busy(), error(reason="provider_account"))
    assert (await Attempt(place).fails()).reason == "provider_account"
    assert len(place.orders) == 2


async def test_the_pause_a_provider_asks_for_is_kept() -> None:
    clock = asyncio.get_running_loop().time
    started = clock()
    await Attempt(Scripted(busy(retry_after=0.2))).answers()
    assert clock() - started >= 0.2


def test_without_a_word_from_the_provider_pauses_grow() -> None:
    assert [pause(busy(None), again) for again in range(3)] == [0.5, 1.0, 2.0]
    assert pause(busy(0.0), 1) == 0.0
    assert pause(busy(20.0), 0) == 20.0


async def test_too_long_a_pause_is_given_up_at_once() -> None:
    place = Scripted(busy(retry_after=20.1))
    assert (await Attempt(place).fails()).retry_after == 20.1
    assert len(place.orders) == 1


async def test_a_pause_beyond_the_deadline_is_given_up_at_once() -> None:
    place = Scripted(busy(retry_after=5.0))
    attempt = Attempt(place)
    async with asyncio.timeout(5.5):
        failure = await attempt.fails(within_s=5.5)
    assert (failure.outcome, failure.reason) == ("known_not_run", "capacity")
    assert attempt.told == ["order for a"]


async def test_a_place_that_another_request_found_full_is_asked_when_it_is_rested() -> None:
    place = Scripted()
    attempt = Attempt(place)
    with pytest.raises(ProviderError), attempt.routes.asking(attempt.places[0]):
        raise busy(0.1)
    clock = asyncio.get_running_loop().time
    started = clock()
    assert isinstance((await attempt.answers())[-1], Generated)
    assert clock() - started >= 0.1
    assert len(place.orders) == 1
    assert sum(attempt.routes.budget.take() for _ in range(9)) == LEAST  # none was used up


@pytest.mark.parametrize("outcome", ["known_not_run", "unknown"])
async def test_a_try_that_others_took_while_it_was_noted_is_not_sent(outcome: Outcome) -> None:
    failure, second = error(outcome), Scripted()
    attempt = Attempt(Scripted(failure), second)
    attempt.taken_meanwhile = LEAST
    ended = await attempt.fails(after_unknown=True)
    assert isinstance(ended, NoTryLeft) if outcome == "unknown" else ended is failure
    assert second.orders == []
    assert attempt.told[-2:] == ["try b", "order for b"]


async def test_a_try_is_counted_when_it_is_sent_and_not_for_a_place_that_rests() -> None:
    second = Scripted()
    attempt = Attempt(Scripted(error()), second)
    with pytest.raises(ProviderError), attempt.routes.asking(attempt.places[1]):
        raise busy(0.1)
    assert isinstance((await attempt.answers())[-1], Generated)
    assert sum(attempt.routes.budget.take() for _ in range(9)) == LEAST - 1


async def test_requests_that_are_never_sent_allow_no_tries_of_others() -> None:
    attempt = Attempt(Scripted())
    for _ in range(IN_A_ROW):
        attempt.routes.of(attempt.places[0]).breaker.failed("order")
    for _ in range(100):
        assert isinstance(await attempt.fails(), NotAsked)
    assert sum(attempt.routes.budget.take() for _ in range(9)) == LEAST


async def test_tries_that_cost_nobody_anything_neither_count_nor_are_limited() -> None:
    place = Scripted(busy(0.0), busy(0.0))
    place.repeatable = True
    attempt = Attempt(place)
    for _ in range(LEAST):
        assert attempt.routes.budget.take()
    assert isinstance((await attempt.answers())[-1], Generated)


async def test_no_try_is_recorded_that_the_budget_does_not_allow_when_its_pause_is_over() -> None:
    place = Scripted(busy(0.05))
    attempt = Attempt(place)
    failing = asyncio.create_task(attempt.fails())
    await place.asked.wait()
    for _ in range(LEAST):
        assert attempt.routes.budget.take()
    assert (await failing).reason == "capacity"
    assert attempt.told == ["order for a"]


async def test_no_other_place_is_tried_when_time_has_run_out() -> None:
    first, second = Scripted(error()), Scripted()
    assert (await Attempt(first, second).fails(within_s=0.5)).outcome == "known_not_run"
    assert second.orders == []


async def test_a_try_that_cannot_be_recorded_is_not_made() -> None:
    class Unrecorded(Attempt):
        async def record_try(self, place: Place) -> None:
            raise ConnectionError

    second = Scripted()
    with pytest.raises(ConnectionError):
        await Unrecorded(Scripted(error()), second).answers()
    assert second.orders == []


class Endless(Scripted):
    """Takes an order and never ends it."""

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        async with aclosing(super().run(order)) as events:
            yield await anext(events)
            await asyncio.Event().wait()


async def test_whoever_leaves_closes_the_provider_and_starts_no_other() -> None:
    first, second = Endless(), Scripted()
    async with aclosing(Attempt(first, second).events()) as events:
        await anext(events)
        assert first.closed == 0
    assert (len(first.orders), first.closed) == (1, 1)
    assert second.orders == []


async def test_whoever_is_cut_off_closes_the_provider_and_starts_no_other() -> None:
    first, second = Endless(), Scripted()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await Attempt(first, second).answers()
    assert (len(first.orders), first.closed) == (1, 1)
    assert second.orders == []


async def test_every_failed_try_is_closed_before_the_next_begins() -> None:
    class Watching(Scripted):
        async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
            assert first.closed == len(first.orders) == 1
            yield Generated(())

    first = Scripted(error())
    await Attempt(first, Watching()).answers()


async def test_a_simulated_rate_limit_is_told_at_once_as_503_with_a_time() -> None:
    simulation = Simulation("gpt-image-2", 0.0, False, False, lambda order, pictures: None)
    attempt = Attempt(Simulated(FlatDraw(), simulation))
    async with asyncio.timeout(5):
        failure = await attempt.fails()
    answer = wording.error_for(failure)
    assert isinstance(answer, ServiceUnavailable)
    assert (answer.status, answer.retry_after) == (503, 30)
    assert attempt.told == ["order for a"]


async def test_no_further_try_is_made_beyond_the_budget() -> None:
    attempt = Attempt(Scripted(*[error() for _ in range(9)]), Scripted())
    for _ in range(LEAST):
        await attempt.answers()
    failure = await attempt.fails()
    assert failure.outcome == "known_not_run"
    assert attempt.told[-1] == "order for a"


async def test_a_place_that_is_not_asked_is_passed_over_and_never_asked_again() -> None:
    first, second = Scripted(), Scripted()
    attempt = Attempt(first, second)
    for _ in range(IN_A_ROW):
        attempt.routes.out_of_time(attempt.places[0])
    assert isinstance((await attempt.answers())[-1], Generated)
    assert first.orders == []
    lone = Attempt(first)
    lone.routes = attempt.routes
    assert isinstance(await lone.fails(), NotAsked)
    assert lone.told == ["order for a"]
