"""A request that must wait for its turn is a job already: seen, and cancelled for free."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.generation.studios import (
    EACH,
    Scene,
    Scripted,
    a_request,
    a_scene,
    draws,
    place,
)
from tests.jobs.orders import jobs_on, run

from limner.accounts.api_key import Caller
from limner.db.base import Database
from limner.errors import ServiceUnavailable
from limner.generation.line import Line
from limner.generation.runner import Runner
from limner.generation.wording import CANCELLED
from limner.jobs.cancelling import cancel
from limner.jobs.feed import Admitted, Completed, Failed, JobFeed, Started
from limner.jobs.keeper import Keeper

TIMES = "SELECT try_no, started_at IS NULL, deadline_at - NOW_US() FROM job WHERE id = :id"
STALE = "UPDATE job SET lease_until = 1 WHERE id = :id"


@dataclass
class Queue:
    """A scene in which one picture is drawn at a time, by a provider that waits to be told."""

    scene: Scene
    runner: Runner
    may_draw: asyncio.Event
    provider: Scripted

    async def begun(self, caller: Caller | None = None) -> tuple[str, JobFeed]:
        feed = self.runner.start(a_request(), caller or self.scene.caller)
        first = await feed.first()
        assert isinstance(first, Admitted), first
        return first.ticket.job_id, feed

    async def times(self, job_id: str) -> tuple[object, ...]:
        (row,) = await self.scene.database.fetch(TIMES, {"id": job_id})
        return row


@pytest.fixture
async def queue(database: Database, tmp_path: Path) -> AsyncIterator[Queue]:
    may_draw = asyncio.Event()
    provider = Scripted([may_draw, *draws()])
    scene = await a_scene(database, tmp_path, place(provider))
    scene.studio = replace(scene.studio, line=Line(room=1, most_waiting=2))
    queue = Queue(scene, Runner(scene.studio), may_draw, provider)
    yield queue
    may_draw.set()
    await queue.runner.drain(10)


async def test_a_job_that_waits_is_queued_and_has_its_credits_held(queue: Queue) -> None:
    (running, _), (waiting, feed) = await queue.begun(), await queue.begun()
    await queue.provider.asked.wait()
    assert not (await queue.scene.job(running)).queued
    assert (await queue.scene.job(waiting)).queued
    assert (await queue.scene.wallet()).held == 2 * EACH
    assert len(queue.provider.orders) == 1
    queue.may_draw.set()
    assert isinstance(await feed.last(), Completed)
    kinds = [type(event) async for event in feed.watch()]
    assert kinds[:2] == [Admitted, Started]
    assert await queue.scene.spent() == 2 * EACH


async def test_the_wait_is_not_taken_from_the_time_of_the_provider(queue: Queue) -> None:
    await queue.begun()
    waiting, feed = await queue.begun()
    tries, unstarted, left = await queue.times(waiting)
    assert (tries, bool(unstarted)) == (0, True)
    assert isinstance(left, int)
    assert left > 300_000_000  # the longest wait and the provider's time
    await run(
        queue.scene.database,
        "UPDATE job SET deadline_at = NOW_US() + 1000000 WHERE id = :id",
        {"id": waiting},
    )
    queue.provider.scripts = [[queue.may_draw, *draws()], [blocked := asyncio.Event(), *draws()]]
    await queue.provider.asked.wait()
    queue.provider.asked.clear()
    queue.may_draw.set()
    await queue.provider.asked.wait()
    tries, unstarted, left = await queue.times(waiting)
    assert (tries, bool(unstarted)) == (1, False)
    assert isinstance(left, int)
    assert 55_000_000 < left <= 60_000_000
    blocked.set()
    assert isinstance(await feed.last(), Completed)


async def test_a_job_that_waits_keeps_its_lease_and_its_hold(queue: Queue) -> None:
    await queue.begun()
    waiting, _ = await queue.begun()
    await run(queue.scene.database, STALE, {"id": waiting})
    overdue = "UPDATE hold SET expires_at = 1 WHERE job_id = :id"
    await run(queue.scene.database, overdue, {"id": waiting})
    await queue.scene.keeper.beat()
    assert await queue.scene.keeper.close_stale() == 0
    assert (await queue.scene.job(waiting)).queued


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_job_that_waits_is_cancelled_for_free_whoever_would_have_drawn_it(
    queue: Queue, elsewhere: bool
) -> None:
    await queue.begun()
    waiting, feed = await queue.begun()
    scene = queue.scene
    jobs = jobs_on(scene.database.real) if elsewhere else scene.studio.jobs
    await cancel(await scene.job(waiting), CANCELLED, database=scene.database.real, jobs=jobs)
    if elsewhere:
        await scene.keeper.beat()
    last = await feed.last()
    assert isinstance(last, Failed)
    assert last.error.code == "cancelled"
    assert (await scene.job(waiting)).error_code == "cancelled"
    assert (await scene.wallet()).held == EACH
    _, feed = await queue.begun()
    queue.may_draw.set()
    assert isinstance(await feed.last(), Completed)
    assert len(queue.provider.orders) == 2


async def test_more_than_may_wait_are_refused_before_anything_is_held(queue: Queue) -> None:
    for _ in range(3):
        await queue.begun()
    feed = queue.runner.start(a_request(), queue.scene.caller)
    refused = await feed.first()
    assert isinstance(refused, Failed)
    assert isinstance(refused.error, ServiceUnavailable)
    assert (refused.error.retryable, refused.error.retry_after) == (True, 5)
    assert (await queue.scene.wallet()).held == 3 * EACH
    assert len(await queue.scene.jobs()) == 3


async def test_who_waits_too_long_is_told_so_and_pays_nothing(queue: Queue) -> None:
    queue.scene.studio.line.longest_wait_s = 0.05
    await queue.begun()
    waiting, feed = await queue.begun()
    last = await feed.last()
    assert isinstance(last, Failed)
    assert last.error.message.startswith("there was no room to draw this in time")
    job = await queue.scene.job(waiting)
    assert (job.state, job.error_code, job.tries) == ("failed", "service_unavailable", 0)
    assert set(await queue.scene.outcomes()) == {None, "known_not_run"}
    assert (await queue.scene.wallet()).held == EACH


async def test_what_waits_when_the_server_stops_is_failed_without_a_loss(queue: Queue) -> None:
    await queue.begun()
    await queue.begun()
    await queue.provider.asked.wait()
    await queue.runner.drain(0)
    assert set(await queue.scene.outcomes()) == {"unknown", "known_not_run"}
    assert await queue.scene.spent() == 0
    losses = await queue.scene.database.fetch("SELECT job_id FROM posting WHERE kind = 'loss'")
    assert len(losses) == 1


async def test_what_waited_in_a_server_that_died_has_surely_not_run(queue: Queue) -> None:
    await queue.begun()
    waiting, _ = await queue.begun()
    await run(queue.scene.database, STALE, {"id": waiting})
    other = jobs_on(queue.scene.database.real)
    assert await Keeper(queue.scene.database.real, other).close_stale() == 1
    job = await queue.scene.job(waiting)
    assert (job.state, "before this picture was begun" in (job.error_message or "")) == (
        "failed",
        True,
    )
    assert set(await queue.scene.outcomes()) == {None, "known_not_run"}
    queue.may_draw.set()


async def test_a_request_that_is_refused_gives_its_room_back(queue: Queue) -> None:
    for _ in range(5):
        refused = await queue.runner.start(a_request(n=99), queue.scene.caller).last()
        assert isinstance(refused, Failed)
        await asyncio.sleep(0.01)  # the task that was refused ends behind its last word
    job_id, feed = await queue.begun()
    assert not (await queue.scene.job(job_id)).queued
    queue.may_draw.set()
    assert isinstance(await feed.last(), Completed)
