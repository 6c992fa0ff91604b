"""Who draws next when not all can: by turns of workspaces, and nobody is starved."""

import asyncio

import pytest

from limner.errors import ServiceUnavailable
from limner.generation.line import Line
from limner.providers.base import ProviderError


class Draw:
    """A drawing that notes when it begins and ends when it is told to."""

    def __init__(self, line: Line, name: str, begun: list[str]) -> None:
        self.name = name
        self.turn = line.arrive(name.partition(" ")[0])
        self.task = asyncio.create_task(self._run(begun))

    async def _run(self, begun: list[str]) -> None:
        await self.turn.come()
        begun.append(self.name)

    async def end(self) -> None:
        await self.task
        self.turn.leave()


async def waiting(line: Line, *names: str) -> tuple[list[Draw], list[str]]:
    begun: list[str] = []
    draws = [Draw(line, name, begun) for name in names]
    await asyncio.sleep(0)
    return draws, begun


async def test_whoever_finds_room_draws_at_once() -> None:
    line = Line(2, 0)
    draws, begun = await waiting(line, "a 1", "a 2")
    assert begun == ["a 1", "a 2"]
    assert all(draw.turn.at_once for draw in draws)


async def test_no_more_draw_at_once_than_may() -> None:
    line = Line(2, 10)
    draws, begun = await waiting(line, "a 1", "a 2", "a 3", "a 4")
    assert begun == ["a 1", "a 2"]
    await draws[0].end()
    await draws[2].task
    assert begun == ["a 1", "a 2", "a 3"]


async def test_the_only_request_of_a_workspace_waits_for_no_flood_of_another() -> None:
    line = Line(1, 1000)
    flood = [f"flood {number}" for number in range(500)]
    draws, begun = await waiting(line, *flood, "lone 1")
    for draw in draws[:2]:
        await draw.end()
        await asyncio.sleep(0)
    assert begun == ["flood 0", "flood 1", "lone 1"]


async def test_workspaces_take_turns() -> None:
    line = Line(1, 100)
    draws, begun = await waiting(line, "a 1", "a 2", "a 3", "b 1", "b 2", "c 1")
    by_name = {draw.name: draw for draw in draws}
    for number in range(len(draws)):
        await by_name[begun[number]].end()
        await asyncio.sleep(0)
    assert begun == ["a 1", "a 2", "b 1", "c 1", "a 3", "b 2"]


async def test_a_full_line_refuses_at_once_and_says_when_to_come_again() -> None:
    line = Line(1, 2)
    for _ in range(3):
        line.arrive("a")
    with pytest.raises(ServiceUnavailable) as refused:
        line.arrive("a")
    assert refused.value.retryable
    assert refused.value.retry_after == 5


async def test_in_a_line_that_one_has_filled_others_still_have_their_share() -> None:
    line = Line(1, 4)
    for _ in range(5):
        line.arrive("flood")
    for _ in range(2):
        line.arrive("lone")
    for name in ("lone", "flood"):
        with pytest.raises(ServiceUnavailable):
            line.arrive(name)
    line.arrive("third")
    assert line.waiting == 7


async def test_whoever_leaves_the_line_makes_room_in_it() -> None:
    line = Line(1, 1)
    first, second = line.arrive("a"), line.arrive("a")
    coming = asyncio.create_task(second.come())
    await asyncio.sleep(0)
    coming.cancel()
    second.leave()
    third = line.arrive("a")
    first.leave()
    await third.come()
    assert line.waiting == 0


async def test_room_is_given_back_once_however_often_a_turn_is_left() -> None:
    line = Line(1, 5)
    first = line.arrive("a")
    first.leave()
    first.leave()
    assert line.arrive("a").at_once
    assert not line.arrive("a").at_once


async def test_whoever_waits_too_long_is_sent_away_and_nothing_has_run() -> None:
    line = Line(1, 5, longest_wait_s=0.01)
    line.arrive("a")
    late = line.arrive("b")
    with pytest.raises(ProviderError, match="no room") as refused:
        await late.come()
    assert (refused.value.outcome, refused.value.reason) == ("known_not_run", "capacity")
    late.leave()
    assert line.waiting == 0


async def test_nobody_who_came_later_takes_the_turn_of_one_who_waits() -> None:
    line = Line(1, 5)
    first, second = line.arrive("a"), line.arrive("b")
    coming = asyncio.create_task(second.come())
    await asyncio.sleep(0)
    first.leave()
    assert not line.arrive("c").at_once
    await coming


async def test_a_model_that_has_become_slow_leaves_room_for_the_others() -> None:
    line = Line(4, 100)
    slow = [line.arrive("a", "slow") for _ in range(5)]
    assert [turn.at_once for turn in slow] == [True, True, True, False, False]
    quick = line.arrive("b", "quick")
    assert quick.at_once
    waiter = asyncio.create_task(slow[3].come())
    quick.leave()
    await asyncio.sleep(0)
    assert not waiter.done()
    slow[0].leave()
    await waiter
    assert slow[3].has_come


async def test_who_stops_waiting_leaves_the_lane_as_it_was() -> None:
    line = Line(1, 100)
    first, second, third = (line.arrive("a", model) for model in ("x", "y", "y"))
    waiter = asyncio.create_task(second.come())  # has its lane, and waits for the room
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    second.leave()
    first.leave()
    await asyncio.wait_for(third.come(), 5)
    assert third.has_come
