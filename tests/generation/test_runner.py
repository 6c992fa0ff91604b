"""A generation belongs to the server: callers only watch, and a stop ends all of it truthfully."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.generation.studios import (
    CATALOG,
    EACH,
    Scene,
    Scripted,
    Step,
    a_request,
    a_scene,
    away,
    draws,
    picture,
    pictures,
    place,
)
from tests.jobs.orders import tended

from limner.db.base import Database, DatabaseFull
from limner.errors import (
    InternalError,
    JobTimeout,
    ModelNotFound,
    ServiceUnavailable,
    StorageUnavailable,
)
from limner.generation import runner as stopping
from limner.generation import telling as timing
from limner.generation.runner import Runner
from limner.generation.telling import Telling
from limner.generation.typical import TypicalTimes
from limner.jobs.feed import Admitted, Completed, Failed, JobEvent, JobFeed
from limner.jobs.keeper import INTERRUPTED
from limner.providers.base import Generated, ImageData, Progress, ProviderError

Stage = Callable[..., Awaitable[tuple[Scene, Runner]]]


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    """A scene and a runner for it, which is drained behind the test however that ended."""
    runners: list[Runner] = []

    async def setting(*providers: Scripted, lease_s: float = 30.0) -> tuple[Scene, Runner]:
        places = [
            place(one, name) for one, name in zip(providers, ("first", "second"), strict=False)
        ]
        scene = await a_scene(database, tmp_path, *places, lease_s=lease_s)
        runners.append(Runner(scene.studio))
        return scene, runners[-1]

    yield setting
    for runner in runners:
        await runner.drain(0)


async def watched(feed: JobFeed) -> list[JobEvent]:
    return [event async for event in feed.watch()]


async def error_of(feed: JobFeed) -> Exception:
    last = await feed.last()
    assert isinstance(last, Failed)
    return last.error


async def test_a_caller_who_hangs_up_changes_nothing(stage: Stage) -> None:
    provider = Scripted([gate := asyncio.Event(), *draws(2)])
    scene, runner = await stage(provider)
    caller = asyncio.create_task(runner.start(a_request(n=2), scene.caller).last())
    await provider.asked.wait()
    caller.cancel()
    gate.set()
    await runner.drain(10)
    (job,) = await scene.jobs()
    assert (job.state, await scene.spent()) == ("completed", 2 * EACH)


async def test_nobody_has_to_watch_at_all(stage: Stage) -> None:
    scene, runner = await stage(Scripted(draws()))
    runner.start(a_request(), scene.caller)
    await runner.drain(10)
    assert await scene.spent() == EACH


async def test_late_watchers_are_told_the_newest_and_the_end(stage: Stage) -> None:
    steps: list[Step] = [Progress(0.2), gate := asyncio.Event(), Progress(0.7), pictures(1)]
    provider = Scripted(steps)
    scene, runner = await stage(provider)
    feed = runner.start(a_request(), scene.caller)
    early = asyncio.create_task(watched(feed))
    await provider.asked.wait()
    await asyncio.sleep(0)
    gate.set()
    await feed.last()
    late = await watched(feed)
    assert [type(event) for event in late] == [Admitted, Progress, Completed]
    assert late[1] == Progress(0.7)
    assert [event for event in await early if event in late] == late
    assert await feed.first() is late[0]


class Told(JobFeed):
    """A feed that remembers all it was told, also what was made stale."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[JobEvent] = []

    def put(self, event: JobEvent) -> None:
        self.all.append(event)
        super().put(event)


async def test_progress_never_goes_back_when_another_place_begins_anew(stage: Stage) -> None:
    scene, _ = await stage(Scripted(draws()))
    telling = Telling(feed := Told(), scene.studio.jobs, TypicalTimes(CATALOG))
    for done in (0.3, 0.3, 0.6, 0.1, 0.5, 0.9):
        await telling.tell(Progress(done))
    assert feed.all == [Progress(0.3), Progress(0.6), Progress(0.9)]


async def test_progress_reaches_the_row_now_and_then(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "PROGRESS_EVERY_S", 0.05)
    gates = [asyncio.Event() for _ in range(2)]
    many = [Progress(0.4 + number / 1000) for number in range(100)]
    scene, runner = await stage(Scripted([Progress(0.1), gates[0], *many, gates[1], *draws()]))
    feed = runner.start(a_request(), scene.caller)
    await feed.first()
    await asyncio.sleep(0.06)
    wrote = scene.database.begun["progress"] = asyncio.Event()
    gates[0].set()
    await wrote.wait()
    gates[1].set()
    await feed.last()
    assert 1 <= scene.database.written["progress"] < 10
    assert await scene.spent() == EACH


async def test_a_slow_database_does_not_hold_up_the_drawing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "PROGRESS_EVERY_S", 0.01)
    progress = [Progress(number / 10) for number in range(1, 4)]
    provider = Scripted([gate := asyncio.Event(), *progress, *draws()])
    scene, runner = await stage(provider)
    scene.database.waits["progress"] = asyncio.Event()
    feed = runner.start(a_request(), scene.caller)
    await provider.asked.wait()
    await asyncio.sleep(0.02)
    gate.set()
    async with asyncio.timeout(5):
        assert isinstance(await feed.last(), Completed)
    assert scene.database.written["progress"] == 0


async def test_a_refusal_is_the_first_and_last_event(stage: Stage) -> None:
    scene, runner = await stage(Scripted(draws()))
    feed = runner.start(a_request(model="no-such-model"), scene.caller)
    assert isinstance(await error_of(feed), ModelNotFound)
    assert len(await watched(feed)) == 1


async def test_a_database_that_is_away_is_told_and_may_be_asked_again(stage: Stage) -> None:
    scene, runner = await stage(Scripted(draws()))
    for where in ("fetch", "admit"):
        scene.database.before[where] = away(1)
        error = await error_of(runner.start(a_request(), scene.caller))
        assert isinstance(error, ServiceUnavailable)
        assert (error.code, error.retryable, error.retry_after) == ("service_unavailable", True, 2)
    assert await scene.spent() == 0


async def test_a_database_without_room_is_told_and_costs_nothing(stage: Stage) -> None:
    scene, runner = await stage(Scripted(draws()))
    scene.database.before["admit"] = [DatabaseFull("no room")]
    error = await error_of(runner.start(a_request(), scene.caller))
    assert isinstance(error, StorageUnavailable)
    assert (error.status, error.retryable, error.retry_after) == (503, True, 30)
    assert (await scene.jobs(), await scene.spent()) == ([], 0)


async def test_an_acceptance_whose_answer_was_lost_never_reaches_a_provider(stage: Stage) -> None:
    provider = Scripted(draws())
    scene, runner = await stage(provider, lease_s=0.1)
    scene.database.after["admit"] = away(1)
    error = await error_of(runner.start(a_request(), scene.caller))
    assert isinstance(error, ServiceUnavailable)
    async with asyncio.timeout(10):
        while (await scene.wallet()).held:
            await tended(scene.keeper)
            await asyncio.sleep(0.02)
    (job,) = await scene.jobs()
    assert (job.state, provider.orders, await scene.spent()) == ("failed", [], 0)


async def test_a_providers_failure_is_logged_for_the_operator(stage: Stage) -> None:
    failure = ProviderError("no", outcome="ran", detail="HTTP 500 server_error")
    scene, runner = await stage(Scripted([failure]))
    with capture_logs() as logs:
        await runner.start(a_request("a secret garden"), scene.caller).last()
    (line,) = logs
    (job,) = await scene.jobs()
    assert (line["event"], line["job_id"], line["provider"]) == ("provider_failed", job.id, "first")
    assert (line["outcome"], line["detail"]) == ("ran", "HTTP 500 server_error")
    assert "secret" not in str(line)


async def test_what_nobody_foresaw_is_logged_without_the_callers_words(stage: Stage) -> None:
    scene, runner = await stage(Scripted([RuntimeError("while drawing a secret garden")]))
    with capture_logs() as logs:
        error = await error_of(runner.start(a_request("a secret garden"), scene.caller))
    assert isinstance(error, InternalError)
    (line,) = logs
    assert (line["event"], line["error"]) == ("generation_broke", "RuntimeError")
    assert any("studios.py" in frame for frame in line["at"])
    assert "secret" not in str(line)
    assert await scene.spent() == 0


class Upstream(bytearray):
    """An upstream's answer whose end can be watched."""


class Sent(dict[str, object]):
    """The fields of a request, whose end can be watched."""


async def test_what_the_caller_sent_is_let_go_while_it_is_drawn(stage: Stage) -> None:
    sent = Sent(junk="x" * 1_000_000)
    gone = weakref.ref(sent)
    provider = Scripted([gate := asyncio.Event(), *draws()])
    scene, runner = await stage(provider)
    request = replace(a_request(), given=sent)
    feed = runner.start(request, scene.caller)
    del request, sent
    await provider.asked.wait()
    gc.collect()
    assert gone() is None
    gate.set()
    assert isinstance(await feed.last(), Completed)


async def test_once_answered_nobody_keeps_the_pictures(stage: Stage) -> None:
    body = Upstream(picture().data)
    gone = weakref.ref(body)
    provider = Scripted([Generated((ImageData(memoryview(body), "raw"),))])
    scene, runner = await stage(provider)
    feed = runner.start(a_request(), scene.caller)
    assert isinstance(await feed.last(), Completed)
    await runner.drain(10)
    provider.scripts.clear()
    del body, feed
    gc.collect()
    assert gone() is None


async def test_a_drain_waits_for_what_runs_and_takes_nothing_new(stage: Stage) -> None:
    provider = Scripted([gate := asyncio.Event(), *draws()])
    scene, runner = await stage(provider)
    feed = runner.start(a_request(), scene.caller)
    await provider.asked.wait()
    draining = asyncio.create_task(runner.drain(10))
    await asyncio.sleep(0)
    assert (runner.draining, runner.running) == (True, 1)
    error = await error_of(runner.start(a_request(), scene.caller))
    assert isinstance(error, ServiceUnavailable)
    assert error.retryable
    gate.set()
    await draining
    assert isinstance(await feed.last(), Completed)
    assert (len(provider.orders), await scene.spent()) == (1, EACH)


async def test_a_drain_closes_what_does_not_end_in_time(stage: Stage) -> None:
    provider = Scripted([Progress(0.5), asyncio.Event()])
    scene, runner = await stage(provider)
    feeds = [runner.start(a_request(), scene.caller) for _ in range(3)]
    await asyncio.gather(*(feed.first() for feed in feeds))
    await runner.drain(0.05)
    assert runner.running == 0
    jobs = await scene.jobs()
    assert {(job.state, job.error_message) for job in jobs} == {("failed", INTERRUPTED)}
    for feed in feeds:
        error = await error_of(feed)
        assert isinstance(error, JobTimeout)
        assert error.job_id in {job.id for job in jobs}
        assert error.message.startswith("the server was stopped before")
    assert await scene.spent() == 0


async def test_a_drain_during_the_acceptance_says_that_nothing_was_charged(stage: Stage) -> None:
    scene, runner = await stage(Scripted(draws()))
    scene.database.waits["admit"] = asyncio.Event()
    feed = runner.start(a_request(), scene.caller)
    await asyncio.sleep(0.02)
    await runner.drain(0)
    error = await error_of(feed)
    assert isinstance(error, ServiceUnavailable)
    assert (error.retryable, await scene.jobs(), await scene.spent()) == (True, [], 0)


async def test_a_drain_ends_although_the_database_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "CLOSING_S", 0.1)
    scene, runner = await stage(Scripted([Progress(0.5), asyncio.Event()]), lease_s=1.0)
    scene.database.before["fail"] = away(1000)
    feed = runner.start(a_request(), scene.caller)
    await feed.first()
    async with asyncio.timeout(5):
        await runner.drain(0)
    assert isinstance(await error_of(feed), JobTimeout)
    assert (runner.running, scene.studio.jobs.underway.tickets()) == (0, [])


async def test_draining_twice_and_with_nothing_to_do_is_fine(stage: Stage) -> None:
    scene, runner = await stage(Scripted([asyncio.Event()]))
    await runner.start(a_request(), scene.caller).first()
    await asyncio.gather(runner.drain(5), runner.drain(0))
    await runner.drain(0)
    assert (runner.running, await scene.spent()) == (0, 0)
