"""A cancelled job ends without a charge and without a hold, at whatever moment it is cancelled."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.generation.studios import (
    EACH,
    Scene,
    Scripted,
    Step,
    a_request,
    a_scene,
    admitted,
    busy,
    draws,
    place,
)
from tests.jobs.orders import jobs_on, run

from limner.db.base import Database
from limner.errors import JobCancelled
from limner.generation.runner import Runner
from limner.generation.wording import CANCELLED
from limner.jobs.cancelling import cancel
from limner.jobs.feed import Admitted, Completed, Failed, JobFeed
from limner.jobs.jobs import Jobs
from limner.providers.base import Progress

SOON_S = 10


class Stage:
    """A scene, and one runner in it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.runner = Runner(scene.studio)

    async def begun(self) -> tuple[str, JobFeed]:
        feed = self.runner.start(a_request(), self.scene.caller)
        first = await feed.first()
        assert isinstance(first, Admitted)
        return first.ticket.job_id, feed

    async def cancel(self, job_id: str, jobs: Jobs | None = None) -> str:
        """Cancel through this process or another; what the job is now."""
        job = await self.scene.job(job_id)
        jobs = jobs or self.scene.studio.jobs
        await cancel(job, CANCELLED, database=self.scene.database.real, jobs=jobs)
        job = await self.scene.job(job_id)
        return job.error_code or job.state


def free(*steps: Step) -> Scripted:
    """A provider that bills nothing."""
    provider = Scripted(list(steps))
    provider.repeatable = True
    return provider


@pytest.fixture
async def staged(database: Database, tmp_path: Path) -> AsyncIterator["Opening"]:
    opening = Opening(database, tmp_path)
    yield opening
    for stage in opening.stages:
        await stage.runner.drain(0)


class Opening:
    """Sets up stages and clears them away."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self.stages: list[Stage] = []

    async def __call__(self, *providers: Scripted) -> Stage:
        places = [place(one, f"place-{number}") for number, one in enumerate(providers)]
        self.stages.append(Stage(await a_scene(self._database, self._folder, *places)))
        return self.stages[-1]


async def told_cancelled(feed: JobFeed) -> bool:
    async with asyncio.timeout(SOON_S):
        last = await feed.last()
    return isinstance(last, Failed) and isinstance(last.error, JobCancelled)


async def test_the_work_stops_at_once_and_its_watchers_are_told(staged: Opening) -> None:
    provider = free(Progress(0.5), asyncio.Event())
    stage = await staged(provider)
    job_id, feed = await stage.begun()
    await provider.asked.wait()
    assert await stage.cancel(job_id) == "cancelled"
    assert await told_cancelled(feed)
    await stage.runner.drain(SOON_S)
    assert (provider.left, await stage.scene.spent()) == (1, 0)
    job = await stage.scene.job(job_id)
    assert (job.state, job.error_message, job.held) == ("failed", CANCELLED, 0)
    assert stage.scene.studio.jobs.underway.tickets() == []


async def test_cancelling_again_changes_nothing(staged: Opening) -> None:
    stage = await staged(free(asyncio.Event()))
    job_id, _ = await stage.begun()
    assert await stage.cancel(job_id) == "cancelled"
    first = await stage.scene.job(job_id)
    assert await stage.cancel(job_id) == "cancelled"
    assert await stage.scene.job(job_id) == first
    assert await stage.scene.spent() == 0


async def test_a_job_that_is_billed_goes_on_and_is_charged(staged: Opening) -> None:
    provider = Scripted([gate := asyncio.Event(), *draws()])
    stage = await staged(provider)
    job_id, feed = await stage.begun()
    await provider.asked.wait()
    assert await stage.cancel(job_id) == "processing"
    gate.set()
    assert isinstance(await feed.last(), Completed)
    assert await stage.scene.spent() == EACH


async def test_a_job_that_moved_on_to_a_provider_that_bills_goes_on(staged: Opening) -> None:
    paying = Scripted([gate := asyncio.Event(), *draws()])
    stage = await staged(free(busy()), paying)
    job_id, feed = await stage.begun()
    await paying.asked.wait()
    assert await stage.cancel(job_id) == "processing"
    gate.set()
    assert isinstance(await feed.last(), Completed)
    assert await stage.scene.spent() == EACH


async def test_an_ended_job_stays_as_it_ended(staged: Opening) -> None:
    stage = await staged(free(*draws()))
    job_id, feed = await stage.begun()
    assert isinstance(await feed.last(), Completed)
    assert await stage.cancel(job_id) == "completed"
    assert await stage.scene.spent() == EACH


async def test_pictures_that_come_after_the_cancellation_are_neither_kept_nor_charged(
    staged: Opening, database: Database
) -> None:
    stage = await staged(free(*draws()))
    finishing = stage.scene.database.begun["finish"] = asyncio.Event()
    gate = stage.scene.database.waits["finish"] = asyncio.Event()
    job_id, feed = await stage.begun()
    await finishing.wait()
    assert await stage.cancel(job_id, jobs_on(database)) == "cancelled"
    gate.set()
    assert await told_cancelled(feed)
    assert await stage.scene.spent() == 0
    assert await stage.scene.studio.artifacts.of_job(job_id) == ([], False)


async def test_another_process_cancels_and_the_owner_stops_at_its_next_beat(
    staged: Opening, database: Database
) -> None:
    provider = free(Progress(0.5), asyncio.Event())
    stage = await staged(provider)
    job_id, feed = await stage.begun()
    await provider.asked.wait()
    assert await stage.cancel(job_id, jobs_on(database)) == "cancelled"
    assert (await stage.scene.wallet()).held == 0
    await stage.scene.keeper.beat()
    assert await told_cancelled(feed)
    await stage.runner.drain(SOON_S)
    assert (provider.left, await stage.scene.spent()) == (1, 0)


async def test_a_beat_stops_no_work_that_was_not_cancelled(
    staged: Opening, database: Database
) -> None:
    provider = free(gate := asyncio.Event(), *draws())
    stage = await staged(provider)
    job_id, feed = await stage.begun()
    await provider.asked.wait()
    await run(database, "UPDATE job SET lease = 2 WHERE id = :id", {"id": job_id})
    await stage.scene.keeper.beat()
    assert stage.runner.running == 1
    await run(database, "UPDATE job SET lease = 1 WHERE id = :id", {"id": job_id})
    gate.set()
    assert isinstance(await feed.last(), Completed)


async def test_a_job_whose_hold_ran_out_can_be_cancelled(
    staged: Opening, database: Database
) -> None:
    stage = await staged(free(asyncio.Event()))
    job_id, feed = await stage.begun()
    await run(database, "UPDATE hold SET expires_at = 1")
    assert await stage.scene.ledger.expire_holds() == 1
    assert await stage.cancel(job_id) == "cancelled"
    assert await told_cancelled(feed)
    assert await stage.scene.spent() == 0


async def test_a_failure_that_comes_after_the_cancellation_is_told_as_that(
    staged: Opening, database: Database
) -> None:
    stage = await staged(free(gate := asyncio.Event(), busy()))
    job_id, feed = await stage.begun()
    assert await stage.cancel(job_id, jobs_on(database)) == "cancelled"
    gate.set()
    assert await told_cancelled(feed)
    assert await stage.scene.spent() == 0


async def test_at_any_moment_a_job_is_either_cancelled_and_free_or_complete_and_paid(
    staged: Opening, database: Database
) -> None:
    steps: list[Step] = [Progress(0.2), Progress(0.7), *draws()]
    stage = await staged(free(*steps))
    other = jobs_on(database)

    async def one(number: int) -> int:
        job_id, feed = await stage.begun()
        await asyncio.sleep(number / 2000)
        said = await stage.cancel(job_id, other if number % 2 else None)
        async with asyncio.timeout(SOON_S):
            last = await feed.last()
        kept, _ = await stage.scene.studio.artifacts.of_job(job_id)
        if said == "completed":
            assert isinstance(last, Completed)
            assert len(kept) == 1
            return EACH
        assert said == "cancelled"
        assert isinstance(last, Failed)
        assert isinstance(last.error, JobCancelled)
        assert kept == []
        return 0

    charges = [await one(moment) for moment in range(0, 60, 3)]
    charges += await asyncio.gather(*(one(moment) for moment in range(0, 60, 3)))
    await stage.runner.drain(SOON_S)
    assert await stage.scene.spent() == sum(charges)


async def test_the_events_of_a_cancelled_job_begin_with_its_acceptance(staged: Opening) -> None:
    stage = await staged(free(asyncio.Event()))
    job_id, feed = await stage.begun()
    await stage.cancel(job_id)
    events = [event async for event in feed.watch()]
    assert admitted(events).ticket.job_id == job_id
    assert len(events) == 2
