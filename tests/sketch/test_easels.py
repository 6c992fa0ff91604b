"""Drawing in other processes: what comes back, and what happens when one dies."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator

import pytest
from tests.sketch.files import flat, retouching
from tests.sketch.pictures import drawing

from limner.sketch.commissions import carried_out
from limner.sketch.draw import draw
from limner.sketch.drawing import Enlarging, Unreadable
from limner.sketch.easels import Easels
from limner.turns import OWNER

FOX = "a red fox in a snowy forest at dusk"


@pytest.fixture
async def easels() -> AsyncIterator[Easels]:
    easels = Easels(1)
    yield easels
    easels.close()


def workers() -> list[int]:
    found = (process.pid for process in multiprocessing.active_children())
    return [pid for pid in found if pid is not None]


async def test_another_process_draws_the_same_picture(easels: Easels) -> None:
    assert await easels.draw(drawing(FOX)) == draw(drawing(FOX))
    assert os.getpid() not in workers()
    assert workers()


async def test_another_process_changes_and_enlarges_and_says_what_it_cannot_read(
    easels: Easels,
) -> None:
    for asked in (retouching("make it blue", flat()), Enlarging(flat(), 2, 0, 0)):
        assert await easels.draw(asked) == carried_out(asked)
    with pytest.raises(Unreadable, match="the picture is damaged"):
        await easels.draw(Enlarging(b"no picture", 2, 0, 0))
    assert await easels.draw(drawing(FOX, 16, 16)) == draw(drawing(FOX, 16, 16))


async def test_nothing_is_started_before_the_first_picture() -> None:
    before = set(workers())
    Easels(2).close()
    assert set(workers()) <= before


async def test_a_killed_worker_is_replaced(easels: Easels) -> None:
    first = await easels.draw(drawing(FOX))
    (worker,) = workers()
    os.kill(worker, signal.SIGKILL)
    assert await easels.draw(drawing(FOX)) == first
    assert worker not in workers()


async def test_drawings_that_lose_their_worker_are_all_begun_again(easels: Easels) -> None:
    await easels.draw(drawing(FOX, 64, 64))
    (worker,) = workers()
    large = [drawing(FOX, 2048, 2048, seed=seed) for seed in (1, 2, 3)]
    waiting = [asyncio.ensure_future(easels.draw(asked)) for asked in large]
    await asyncio.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    pictures = await asyncio.gather(*waiting)
    assert [picture.width for picture in pictures] == [2048, 2048, 2048]
    assert len({picture.data for picture in pictures}) == 3


async def test_closed_easels_open_again_when_wanted(easels: Easels) -> None:
    first = await easels.draw(drawing(FOX, 64, 64))
    easels.close()
    assert await easels.draw(drawing(FOX, 64, 64)) == first


async def test_owners_take_turns_at_the_easels(easels: Easels) -> None:
    drawn: list[str] = []

    async def draw_for(owner: str) -> None:
        OWNER.set(owner)
        await easels.draw(drawing(FOX, 16, 16))
        drawn.append(owner)

    await asyncio.gather(*(draw_for(owner) for owner in [*["flood"] * 30, "lone"]))
    assert drawn.index("lone") <= 4
