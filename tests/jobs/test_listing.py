"""Jobs are listed newest first, and a cursor neither skips nor repeats one."""

import dataclasses

import pytest
from tests.jobs.orders import admission, finish, jobs_on, run, workspace_with

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.errors import InvalidParams
from limner.jobs.jobs import Jobs
from limner.jobs.listing import END_OF_TIME, Wanted
from limner.ledger.ledger import Ledger


def wanted(workspace: Workspace, most: int = 10, **more: object) -> Wanted:
    plain = Wanted(workspace.id, "live", most)
    return dataclasses.replace(plain, **more)  # type: ignore[arg-type]  # names are the fields'


async def ids(jobs: Jobs, wanted: Wanted) -> list[str]:
    return [job.id for job in (await jobs.page(wanted)).jobs]


async def test_jobs_of_one_moment_are_told_apart_by_their_ids(database: Database) -> None:
    workspace = await workspace_with(database, 100)
    jobs = jobs_on(database)
    tickets = [await jobs.admit(admission(workspace, 1)) for _ in range(7)]
    await run(database, "UPDATE job SET created_at = 5000000")
    newest_first = sorted((ticket.job_id for ticket in tickets), reverse=True)
    seen: list[str] = []
    while True:
        page = await jobs.page(wanted(workspace, 3, after=seen[-1] if seen else None))
        seen += [job.id for job in page.jobs]
        if not page.has_more:
            break
    assert seen == newest_first


async def test_a_page_that_is_just_full_has_no_more(database: Database) -> None:
    workspace = await workspace_with(database, 100)
    jobs = jobs_on(database)
    for _ in range(3):
        await jobs.admit(admission(workspace, 1))
    assert not (await jobs.page(wanted(workspace, 3))).has_more
    assert (await jobs.page(wanted(workspace, 2))).has_more
    empty = await jobs.page(wanted(await workspace_with(database, 0, "other")))
    assert (empty.jobs, empty.has_more) == ([], False)


async def test_every_word_narrows_and_all_of_them_hold(database: Database) -> None:
    workspace = await workspace_with(database, 100)
    jobs = jobs_on(database)
    first = await jobs.admit(admission(workspace, 4, key_id="key_a"))
    second = await jobs.admit(admission(workspace, 1, model="imagen-4"))
    third = await jobs.admit(admission(workspace, 1, key_id="key_a"))
    for at, ticket in enumerate((first, second, third), 1):
        await run(
            database,
            "UPDATE job SET created_at = CAST(:at AS BIGINT) WHERE id = :id",
            {"at": at * 1_000_000, "id": ticket.job_id},
        )
    await finish(jobs, third, 1)
    await Ledger(database).grant(workspace.id, 5, "play", ledger="test")
    await jobs.admit(admission(workspace, 1, ledger="test"))
    every = [third.job_id, second.job_id, first.job_id]
    assert await ids(jobs, wanted(workspace)) == every
    assert await ids(jobs, wanted(workspace, key_id="key_a")) == [every[0], every[2]]
    assert await ids(jobs, wanted(workspace, state="processing")) == every[1:]
    assert await ids(jobs, wanted(workspace, model="imagen-4")) == [every[1]]
    assert await ids(jobs, wanted(workspace, since_us=2_000_000)) == every[:2]
    assert await ids(jobs, wanted(workspace, before_us=2_000_000)) == [every[2]]
    assert await ids(jobs, wanted(workspace, before_us=2_000_001)) == every[1:]
    assert await ids(jobs, wanted(workspace, before_us=END_OF_TIME)) == every
    assert await ids(jobs, wanted(workspace, before_us=2_000_000, after=third.job_id)) == [every[2]]
    assert await ids(jobs, wanted(workspace, key_id="key_a", state="processing")) == [every[2]]
    held = {job.id: job.held for job in (await jobs.page(wanted(workspace))).jobs}
    assert held == {third.job_id: 0, second.job_id: 1, first.job_id: 4}


async def test_a_cursor_from_another_wallet_is_refused(database: Database) -> None:
    workspace, other = [await workspace_with(database, 100, name) for name in ("a", "b")]
    jobs = jobs_on(database)
    theirs = await jobs.admit(admission(other, 1))
    for after in (theirs.job_id, "imgjob_unknown"):
        with pytest.raises(InvalidParams, match="after must be"):
            await jobs.page(wanted(workspace, after=after))
