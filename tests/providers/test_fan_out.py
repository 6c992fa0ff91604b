"""More pictures than one call gives: several calls side by side, told as one."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from tests.providers.orders import an_order, drained

from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    Outcome,
    Progress,
    ProviderError,
    ProviderEvent,
    Usage,
)
from limner.providers.fan_out import fanned_out, parts, resumed


def image(text: str) -> ImageData:
    return ImageData(memoryview(text.encode()), "raw")


def texts(generated: ProviderEvent) -> list[str]:
    assert isinstance(generated, Generated)
    return [bytes(one.data).decode() for one in generated.images]


class Upstream:
    """Draws `first-last` for each call; the calls in `fails` end as those words say."""

    def __init__(self, fails: dict[int, Outcome] | None = None, cost: int | None = None) -> None:
        self.fails, self.cost = fails or {}, cost
        self.orders: list[Order] = []
        self.running = self.most_running = 0

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        number = len(self.orders)
        self.orders.append(order)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await asyncio.sleep(0)
            yield Accepted(f"task-{number}")
            yield Progress(0.5)
            async for event in self.resume(order, f"task-{number}"):
                yield event
        finally:
            self.running -= 1

    async def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        number = int(task.removeprefix("task-"))
        await asyncio.sleep(0.01 / (number + 1))  # the last call ends first
        if outcome := self.fails.get(number):
            raise ProviderError(f"call {number}", outcome=outcome)
        usage = None if self.cost is None else Usage(cost=self.cost)
        drawn = tuple(image(f"{task}/{position}") for position in range(order.n))
        yield Generated(drawn, usage=usage)


@pytest.mark.parametrize(
    ("n", "per_call", "split"),
    [(1, 0, [1]), (7, 0, [7]), (4, 4, [4]), (4, 1, [1, 1, 1, 1]), (10, 4, [4, 4, 2])],
)
def test_an_order_is_split_by_what_one_call_gives(n: int, per_call: int, split: list[int]) -> None:
    assert [one.n for one in parts(replace(an_order(n=n), per_call=per_call))] == split


def test_each_picture_has_a_seed_of_its_own() -> None:
    order = replace(an_order(n=3, params={"seed": 7}), per_call=1)
    assert [one.params["seed"] for one in parts(order)] == [7, 8, 9]


async def test_pictures_come_in_the_order_they_were_asked_for() -> None:
    upstream = Upstream(cost=5)
    events = await drained(fanned_out(replace(an_order(n=3), per_call=1), upstream.run))
    assert texts(events[-1]) == ["task-0/0", "task-1/0", "task-2/0"]
    assert isinstance(events[-1], Generated)
    assert events[-1].usage == Usage(cost=15)
    assert upstream.most_running == 3
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done[-1] == 1


async def test_what_did_not_come_is_missing_and_said() -> None:
    upstream = Upstream({0: "ran", 2: "known_not_run"})
    events = await drained(fanned_out(replace(an_order(n=4), per_call=1), upstream.run))
    assert texts(events[-1]) == ["task-1/0", "task-3/0"]
    assert isinstance(events[-1], Generated)
    assert events[-1].lost == 1
    assert len(events[-1].warnings) == 2


@pytest.mark.parametrize(
    ("outcomes", "together"),
    [
        (("known_not_run", "known_not_run"), "known_not_run"),
        (("known_not_run", "ran"), "ran"),
        (("ran", "unknown"), "unknown"),
    ],
)
async def test_an_order_that_brought_nothing_fails_as_its_worst_call(
    outcomes: tuple[Outcome, Outcome], together: Outcome
) -> None:
    upstream = Upstream(dict(enumerate(outcomes)))
    with pytest.raises(ProviderError) as caught:
        await drained(fanned_out(replace(an_order(n=2), per_call=1), upstream.run))
    assert caught.value.outcome == together


async def test_a_sum_is_told_only_where_every_call_told_its_part() -> None:
    upstream = Upstream()
    events = await drained(fanned_out(replace(an_order(n=2), per_call=1), upstream.run))
    assert isinstance(events[-1], Generated)
    assert events[-1].usage is None


async def test_content_that_one_call_refused_costs_nobody_anything() -> None:
    refused = ProviderError("no", outcome="ran", reason="content_policy_violation")

    async def run(order: Order) -> AsyncGenerator[ProviderEvent, None]:
        if order.params["seed"] == 7:
            raise refused
        yield Generated((image("drawn"),))

    order = replace(an_order(n=2), per_call=1, params={"seed": 7})
    (last,) = [one for one in await drained(fanned_out(order, run)) if isinstance(one, Generated)]
    assert (len(last.images), last.lost) == (1, 0)


@pytest.mark.parametrize(("n", "lasts_s"), [(1, 60), (2, 58)])
async def test_each_of_several_calls_ends_before_the_order_does(n: int, lasts_s: float) -> None:
    upstream = Upstream()
    await drained(fanned_out(replace(an_order(n=n), per_call=1, timeout_s=60), upstream.run))
    assert {order.timeout_s for order in upstream.orders} == {lasts_s}


@pytest.mark.parametrize("n", [1, 3])
async def test_an_order_goes_on_from_the_tasks_it_was_accepted_as(n: int) -> None:
    upstream, order = Upstream(), replace(an_order(n=n), per_call=1)
    events = await drained(fanned_out(order, upstream.run))
    task = [event.task for event in events if isinstance(event, Accepted)][-1]
    assert task is not None
    again = await drained(resumed(order, task, upstream.resume))
    assert texts(again[-1]) == texts(events[-1])


async def test_a_call_that_had_not_been_accepted_is_missing_and_may_have_cost() -> None:
    order = replace(an_order(n=3), per_call=1)
    events = await drained(resumed(order, '["task-0", null, "task-2"]', Upstream().resume))
    assert texts(events[-1]) == ["task-0/0", "task-2/0"]
    assert isinstance(events[-1], Generated)
    assert events[-1].lost == 1


async def test_no_call_outlives_its_order() -> None:
    upstream = Upstream()
    events = fanned_out(replace(an_order(n=3), per_call=1), upstream.run)
    await anext(events)
    await events.aclose()
    assert upstream.running == 0


async def test_a_fault_of_our_own_is_not_taken_for_an_upstream_s() -> None:
    async def broken(order: Order) -> AsyncGenerator[ProviderEvent, None]:
        yield Progress(0.1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await drained(fanned_out(replace(an_order(n=2), per_call=1), broken))
