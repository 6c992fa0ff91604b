"""Any number of people may watch a job, from the first event or late, and change nothing."""

import asyncio
from contextlib import aclosing

import pytest

from limner.errors import ProviderFailed
from limner.jobs.feed import Admitted, Completed, Failed, JobEvent, JobFeed
from limner.jobs.job import Ticket
from limner.ledger.wallet import Split
from limner.providers.base import ImageData, PartialImage, Progress

TICKET = Ticket("imgjob_1", "ws_1", "live", 1, Split(0, 4))
ADMITTED = Admitted(TICKET, 1, "sketch-1", "sketch-1", b"{}", (), ())
COMPLETED = Completed((), 0, 1, b"{}", None, {}, ())
FAILED = Failed(ProviderFailed("it broke"))


def partial(index: int, words: bytes) -> PartialImage:
    return PartialImage(index, ImageData(memoryview(words), "raw"), "image/png")


async def seen(feed: JobFeed) -> list[JobEvent]:
    async with aclosing(feed.watch()) as events:
        return [event async for event in events]


@pytest.mark.parametrize("end", [COMPLETED, FAILED])
async def test_everybody_sees_all_that_happened_whenever_they_came(end: JobEvent) -> None:
    feed = JobFeed()
    early = asyncio.create_task(seen(feed))
    story: list[JobEvent] = [ADMITTED, Progress(0.5), end]
    for event in story:
        await asyncio.sleep(0)
        feed.put(event)
    assert await early == story
    assert await seen(feed) == story
    assert await feed.first() is ADMITTED
    assert await feed.last() is end


async def test_who_waits_for_the_end_is_woken_by_it_and_by_nothing_else() -> None:
    feed = JobFeed()
    last = asyncio.create_task(feed.last())
    first = asyncio.create_task(feed.first())
    feed.put(ADMITTED)
    assert await first is ADMITTED
    for done in (0.1, 0.9):
        feed.put(Progress(done))
        await asyncio.sleep(0)
    assert not last.done()
    feed.put(COMPLETED)
    assert await last is COMPLETED


async def test_a_late_watcher_sees_only_the_newest_preview_of_each_picture() -> None:
    feed = JobFeed()
    for event in (
        ADMITTED,
        partial(0, b"rough"),
        Progress(0.3),
        partial(1, b"other"),
        partial(0, b"finer"),
        Progress(0.6),
    ):
        feed.put(event)
    feed.put(COMPLETED)
    assert await seen(feed) == [
        ADMITTED,
        partial(1, b"other"),
        partial(0, b"finer"),
        Progress(0.6),
        COMPLETED,
    ]


async def test_a_watcher_who_keeps_up_sees_every_preview() -> None:
    feed = JobFeed()
    watching = asyncio.create_task(seen(feed))
    story: list[JobEvent] = [ADMITTED, partial(0, b"rough"), partial(0, b"finer"), COMPLETED]
    for event in story:
        await asyncio.sleep(0)
        feed.put(event)
    assert await watching == story


async def test_a_slow_watcher_skips_what_has_become_stale_and_misses_no_end() -> None:
    feed = JobFeed()
    feed.put(ADMITTED)
    async with aclosing(feed.watch()) as events:
        assert await anext(events) is ADMITTED
        for step in range(1, 1000):
            feed.put(Progress(step / 1000))
        feed.put(FAILED)
        assert [event async for event in events] == [Progress(0.999), FAILED]


async def test_a_watcher_who_leaves_changes_nothing_for_the_others() -> None:
    feed = JobFeed()
    leaving, staying = (asyncio.create_task(seen(feed)) for _ in range(2))
    feed.put(ADMITTED)
    await asyncio.sleep(0)
    leaving.cancel()
    feed.put(COMPLETED)
    assert await staying == [ADMITTED, COMPLETED]


async def test_nothing_comes_after_the_end() -> None:
    feed = JobFeed()
    for event in (ADMITTED, COMPLETED, FAILED, Progress(1.0)):
        feed.put(event)
    assert await seen(feed) == [ADMITTED, COMPLETED]
    assert await feed.last() is COMPLETED
