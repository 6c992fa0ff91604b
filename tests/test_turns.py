"""Owners take turns, and nobody who leaves takes a place with him."""

import asyncio

import pytest

from limner.turns import Turns


async def test_each_owner_gets_one_before_any_gets_a_second() -> None:
    turns, begun = Turns(1), list[str]()

    async def work(name: str) -> None:
        async with turns.turn(name[0]):
            begun.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(name) for name in ("a1", "a2", "a3", "b1", "b2", "c1")))
    assert begun == ["a1", "a2", "b1", "c1", "a3", "b2"]


async def test_no_more_than_there_are_places() -> None:
    turns, inside, most = Turns(3), 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with turns.turn("a"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 3


@pytest.mark.parametrize("called", [False, True])
async def test_one_who_is_cancelled_leaves_his_place_to_the_next(called: bool) -> None:
    turns = Turns(1)
    assert turns.take()
    leaver, next_one = (asyncio.create_task(turns.wait(name)) for name in ("a", "b"))
    await asyncio.sleep(0)
    if called:
        turns.give_back()
    leaver.cancel()
    await asyncio.wait({leaver})
    if not called:
        turns.give_back()
    await next_one
    assert not turns.take()
    turns.give_back()
    assert turns.take()


async def test_work_that_fails_gives_its_place_back() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="broken"):
        async with turns.turn("a"):
            raise ValueError("broken")
    assert turns.take()
