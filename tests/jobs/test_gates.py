"""A key runs as many jobs at once as it may, in all processes together."""

import asyncio

import pytest
from tests.jobs.orders import admission, finish, jobs_on, workspace_with

from limner.accounts.workspace import Workspace
from limner.db import schema
from limner.db.base import Database
from limner.errors import ConcurrentRunLimitReached
from limner.jobs.bounds import Bounds
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    return await workspace_with(database, 10**9)


async def storm(jobs: Jobs, workspace: Workspace, most: int, key_id: str = "key_1") -> list[Ticket]:
    order = admission(workspace, 1, key_id=key_id, bounds=Bounds(most_running=most))
    results = await asyncio.gather(*(jobs.admit(order) for _ in range(20)), return_exceptions=True)
    wrong = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(one, ConcurrentRunLimitReached) for one in wrong), wrong
    return [one for one in results if isinstance(one, Ticket)]


async def test_of_many_at_once_in_two_processes_as_many_run_as_may(
    database: Database, database_url: str, workspace: Workspace
) -> None:
    other = await schema.connect(database_url, migrate=False)
    tickets = await asyncio.gather(
        storm(jobs_on(database), workspace, 3), storm(jobs_on(other), workspace, 3)
    )
    assert sum(map(len, tickets)) == 3
    assert len(await storm(jobs_on(database), workspace, 2, key_id="key_2")) == 2
    await other.close()


async def test_whoever_ends_makes_room_for_another(
    database: Database, workspace: Workspace
) -> None:
    jobs = jobs_on(database)
    first, second = await storm(jobs, workspace, 2)
    assert await storm(jobs, workspace, 2) == []
    await finish(jobs, first, 1)
    await jobs.fail(second, code="provider_error", message="", outcome="ran")
    assert len(await storm(jobs, workspace, 2)) == 2


async def test_the_refusal_says_how_many_may_run(database: Database, workspace: Workspace) -> None:
    jobs = jobs_on(database)
    order = admission(workspace, 1, bounds=Bounds(most_running=1))
    await jobs.admit(order)
    with pytest.raises(ConcurrentRunLimitReached, match="1 at the same time for this key") as error:
        await jobs.admit(order)
    assert (error.value.status, error.value.code) == (403, "concurrent_run_limit_reached")
