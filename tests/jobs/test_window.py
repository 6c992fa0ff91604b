"""In any window there pass as many as may, in all processes together, and no more."""

import asyncio
import itertools
import sys
import time
from pathlib import Path
from typing import cast

import pytest
from tests.clocks import Hands
from tests.jobs.orders import LEASE_S, admission, jobs_on, run, workspace_with
from tests.ledger.books import breaches

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.errors import RateLimited
from limner.jobs.bounds import Bounds, Rate
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs
from limner.jobs.window import Window
from limner.ledger.ledger import Ledger

ROOT = Path(__file__).parents[2]
SECOND = 1_000_000
KEY = Rate("key_1", "this key", requests=3)


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    return await workspace_with(database, 10**9)


def jobs_within(database: Database, length_s: float = 60.0, clock: Hands | None = None) -> Jobs:
    window = Window(database, length_s=length_s, clock=clock or Hands())
    return Jobs(database, Ledger(database), LEASE_S, window=window)


async def admit(jobs: Jobs, workspace: Workspace, bounds: Bounds) -> Ticket:
    return await jobs.admit(admission(workspace, 1, bounds=bounds))


async def storm(jobs: Jobs, workspace: Workspace, bounds: Bounds, tries: int) -> list[RateLimited]:
    """The refusals of many at once."""
    tried = [admit(jobs, workspace, bounds) for _ in range(tries)]
    results = await asyncio.gather(*tried, return_exceptions=True)
    wrong = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(one, RateLimited) for one in wrong), wrong
    return cast(list[RateLimited], wrong)


async def age(database: Database, seconds: float) -> None:
    """Let time pass for what has passed."""
    await run(database, "UPDATE passage SET at = at - :us", {"us": int(seconds * SECOND)})


async def test_of_many_at_once_as_many_pass_as_may(
    database: Database, workspace: Workspace
) -> None:
    refused = await storm(jobs_within(database), workspace, Bounds((KEY,)), 50)
    assert len(refused) == 47
    assert await database.fetch("SELECT COUNT(*), MAX(seq) FROM passage") == [(3, 3)]
    assert await database.fetch("SELECT COUNT(*) FROM job") == [(3,)]
    assert await breaches(database) == []


async def test_processes_share_the_window(database: Database, workspace: Workspace) -> None:
    here, there = jobs_within(database), jobs_within(database)
    bounds = Bounds((KEY,))
    refused = await asyncio.gather(
        storm(here, workspace, bounds, 20), storm(there, workspace, bounds, 20)
    )
    assert len(refused[0]) + len(refused[1]) == 37


async def test_a_refusal_names_limit_and_owner_and_when_there_is_room(
    database: Database, workspace: Workspace
) -> None:
    jobs, bounds = jobs_within(database), Bounds((KEY,))
    await storm(jobs, workspace, bounds, 3)
    await age(database, 22.5)
    (refused,) = await storm(jobs, workspace, bounds, 1)
    assert refused.message.startswith("Rate limit: 3 requests per minute for this key; ")
    assert (refused.status, refused.retryable, refused.retry_after) == (403, True, 38)
    told = dict(refused.headers)
    assert (told["x-ratelimit-limit"], told["x-ratelimit-remaining"]) == ("3", "0")
    assert 36 <= int(told["x-ratelimit-reset"]) - time.time() <= 39


async def test_after_the_time_it_was_told_a_request_passes(
    database: Database, workspace: Workspace
) -> None:
    clock = Hands()
    jobs, bounds = jobs_within(database, clock=clock), Bounds((KEY,))
    for _ in range(3):
        await admit(jobs, workspace, bounds)
        await age(database, 10)
    (refused,) = await storm(jobs, workspace, bounds, 1)
    assert refused.retry_after == 30
    await age(database, 30)
    clock.now += 30
    await admit(jobs, workspace, bounds)
    (again,) = await storm(jobs, workspace, bounds, 1)
    assert again.retry_after == 10


async def test_what_was_refused_does_not_count(database: Database, workspace: Workspace) -> None:
    clock = Hands()
    jobs, bounds = jobs_within(database, clock=clock), Bounds((KEY,))
    await storm(jobs, workspace, bounds, 30)
    await age(database, 61)
    clock.now += 61
    assert len(await storm(jobs, workspace, bounds, 3)) == 0


async def test_whoever_is_known_to_be_over_is_refused_without_asking_the_database(
    database: Database, workspace: Workspace
) -> None:
    clock = Hands()
    jobs, bounds = jobs_within(database, clock=clock), Bounds((KEY,))
    await storm(jobs, workspace, bounds, 4)
    await database.close()
    clock.now += 20
    with pytest.raises(RateLimited) as refused:
        jobs.window.refuse_blocked(bounds)
    assert refused.value.retry_after in (39, 40)
    jobs.window.refuse_blocked(Bounds((Rate("key_2", "this key", requests=3),)))
    jobs.window.refuse_blocked(Bounds((Rate("key_1", "this key", requests=4),)))
    clock.now += 41
    jobs.window.refuse_blocked(bounds)


async def test_images_and_megapixels_are_counted_by_what_is_asked_for(
    database: Database, workspace: Workspace
) -> None:
    rate = Rate("key_1", "this key", images=5, pixels=8 * SECOND)
    jobs = jobs_within(database)
    await admit(jobs, workspace, Bounds((rate,), images=4, pixels=3 * SECOND))
    (refused,) = await storm(jobs, workspace, Bounds((rate,), images=2, pixels=1), 1)
    assert "5 images per minute for this key" in refused.message
    await admit(jobs, workspace, Bounds((rate,), images=1, pixels=1 * SECOND))
    (refused,) = await storm(jobs, workspace, Bounds((rate,), images=0, pixels=5 * SECOND), 1)
    assert "8 megapixels per minute for this key" in refused.message
    assert dict(refused.headers)["x-ratelimit-remaining"] == "4"


async def test_a_request_that_can_never_pass_is_told_so_and_need_not_come_again(
    database: Database, workspace: Workspace
) -> None:
    rate = Rate("key_1", "this key", images=5)
    (refused,) = await storm(jobs_within(database), workspace, Bounds((rate,), images=6), 1)
    assert "this request alone asks for 6 images" in refused.message
    assert (refused.retryable, refused.retry_after) == (False, None)


async def test_what_one_scope_refuses_does_not_count_in_the_other(
    database: Database, workspace: Workspace
) -> None:
    both = Bounds((KEY, Rate(workspace.id, "this workspace", requests=2)))
    jobs = jobs_within(database)
    refused = await storm(jobs, workspace, both, 10)
    assert len(refused) == 8
    assert all("for this workspace" in one.message for one in refused)
    assert await storm(jobs, workspace, Bounds((KEY,)), 1) == []


async def test_where_nothing_is_limited_nothing_is_written(
    database: Database, workspace: Workspace
) -> None:
    await jobs_on(database).admit(admission(workspace, 1))
    assert await database.fetch("SELECT COUNT(*) FROM passage") == [(0,)]


async def test_the_standing_is_that_of_the_limit_with_the_least_left(
    database: Database, workspace: Workspace
) -> None:
    wide = Rate(workspace.id, "this workspace", requests=100, images=1)
    jobs = jobs_within(database)
    assert await jobs.window.standing(()) is None
    for left in (3, 2, 1):
        standing = await jobs.window.standing((KEY, wide))
        assert standing is not None
        assert (standing.most, standing.left) == (3, left)
        await admit(jobs, workspace, Bounds((KEY,)))
        assert standing.reset_s - time.time() <= 61


async def test_trimming_keeps_what_the_window_is_measured_from(
    database: Database, workspace: Workspace
) -> None:
    clock = Hands()
    jobs, bounds = jobs_within(database, clock=clock), Bounds((KEY,))
    for gap in (130, 1, 1, 70, 1, 1):
        await admit(jobs, workspace, bounds)
        await age(database, gap)
    used = await jobs.window.used("key_1")
    await jobs.window.trim()
    rows = await database.fetch("SELECT seq FROM passage ORDER BY seq")
    assert rows == [(1,), (2,), (3,), (4,), (5,), (6,)]
    await age(database, 50)
    before = await jobs.window.used("key_1")
    await jobs.window.trim()
    assert await database.fetch("SELECT MIN(seq), MAX(seq) FROM passage") == [(4, 6)]
    after = await jobs.window.used("key_1")
    assert (before.requests, after.requests, used.requests) == (2, 2, 2)
    assert len(await storm(jobs, workspace, bounds, 2)) == 1


async def test_a_clock_that_falls_back_opens_no_window(
    database: Database, workspace: Workspace
) -> None:
    jobs, bounds = jobs_within(database), Bounds((KEY,))
    await storm(jobs, workspace, bounds, 2)
    await age(database, -3600)
    await admit(jobs, workspace, bounds)
    rows = await database.fetch("SELECT at FROM passage ORDER BY seq")
    assert rows == sorted(rows)
    (refused,) = await storm(jobs, workspace, bounds, 1)
    assert (refused.retry_after or 0) > 3600


async def test_in_no_window_more_pass_than_may_with_two_processes_and_bursts_at_its_edges(
    database: Database, database_url: str, workspace: Workspace
) -> None:
    length_s, most = 0.7, 20
    command = [sys.executable, "-m", "tests.jobs.bursts", database_url, workspace.id]
    numbers = [str(length_s), str(most)]
    processes = [
        await asyncio.create_subprocess_exec(
            *command, *numbers, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in processes:
        await process.communicate()
        assert process.returncode == 0
    rows = await database.fetch("SELECT at FROM passage WHERE scope = 'key_1' ORDER BY seq")
    times = [cast(int, row[0]) for row in rows]
    windows = list(itertools.pairwise(times[::most]))
    assert len(windows) >= 2
    over = [
        first
        for first, later in zip(times, times[most:], strict=False)
        if later - first < length_s * SECOND
    ]
    assert over == []
    assert await database.fetch("SELECT COUNT(*) FROM job") == [(len(times),)]
