"""A silent provider is spoken for: how far it is, is estimated, until it speaks or the job ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.generation.studios import (
    CATALOG,
    MODEL,
    Scene,
    Scripted,
    a_request,
    a_scene,
    draws,
    place,
)

from limner.db.base import Database
from limner.generation import telling as timing
from limner.generation.runner import Runner
from limner.generation.typical import NEVER_REACHED, REMEMBERED, TypicalTimes, share_done
from limner.jobs.feed import Completed, JobFeed
from limner.providers.base import Progress

SECONDS = st.floats(0, 1e6)


@given(st.lists(SECONDS, min_size=2), st.floats(0.001, 1e4))
def test_an_estimate_never_falls_and_never_reaches_the_end(
    passed: list[float], typical: float
) -> None:
    shares = [share_done(one, typical) for one in sorted(passed)]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= NEVER_REACHED < 1


def test_half_the_time_is_nearly_half_the_work() -> None:
    assert share_done(5, 10) == pytest.approx(0.45)
    assert share_done(10, 10) == pytest.approx(0.9)


def test_what_a_model_took_lately_counts_more_than_its_file() -> None:
    times = TypicalTimes(CATALOG)
    assert times.of(MODEL) == CATALOG.models[MODEL].typical_seconds
    times.learn(MODEL, 2.0)
    times.learn(MODEL, 4.0)
    assert times.of(MODEL) == 3.0
    for _ in range(REMEMBERED):
        times.learn(MODEL, 7.0)
    assert times.of(MODEL) == 7.0


@pytest.fixture
async def silent(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Scene, Runner, asyncio.Event]]:
    """A provider that says nothing before it may draw, and a clock that ticks fast."""
    monkeypatch.setattr(timing, "PROGRESS_EVERY_S", 0.02)
    scene = await a_scene(database, tmp_path, place(Scripted([gate := asyncio.Event(), *draws()])))
    runner = scene.runner
    yield scene, runner, gate
    await runner.drain(0)


async def progress(feed: JobFeed, count: int) -> list[Progress]:
    """So many different reports, as a watcher sees them."""
    seen: list[Progress] = []
    async with asyncio.timeout(10):
        async for event in feed.watch():
            if isinstance(event, Progress):
                seen.append(event)
            if len(seen) == count:
                break
    return seen


async def test_a_silent_provider_is_estimated_for_watchers_and_for_the_row(
    silent: tuple[Scene, Runner, asyncio.Event],
) -> None:
    scene, runner, gate = silent
    runner._times.learn(MODEL, 0.05)
    feed = runner.start(a_request(), scene.caller)
    seen = await progress(feed, 5)
    assert all(one.estimated for one in seen)
    shares = [one.done for one in seen]
    assert shares == sorted(set(shares))
    for _ in range(500):
        if (await scene.jobs())[0].progress:
            break
        await asyncio.sleep(0.02)
    assert (await scene.jobs())[0].progress > 0
    gate.set()
    assert isinstance(await feed.last(), Completed)
    assert runner._times.of(MODEL) > 0.05


async def test_a_test_keys_job_is_neither_estimated_nor_learnt_from(
    silent: tuple[Scene, Runner, asyncio.Event],
) -> None:
    scene, runner, gate = silent
    feed = runner.start(a_request(), replace(scene.caller, mode="test"))
    await feed.first()
    await asyncio.sleep(0.1)
    gate.set()
    assert [type(one) async for one in feed.watch()][1:] == [Completed]
    assert runner._times.of(MODEL) == CATALOG.models[MODEL].typical_seconds


async def test_once_a_provider_speaks_it_is_not_spoken_for(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "PROGRESS_EVERY_S", 0.02)
    script = [Progress(0.01), gate := asyncio.Event(), *draws()]
    scene = await a_scene(database, tmp_path, place(Scripted(script)))
    runner = scene.runner
    runner._times.learn(MODEL, 0.05)
    feed = runner.start(a_request(), scene.caller)
    await progress(feed, 1)
    await asyncio.sleep(0.1)
    assert await progress(feed, 1) == [Progress(0.01)]
    gate.set()
    await runner.drain(10)
