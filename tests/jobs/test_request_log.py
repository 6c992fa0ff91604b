"""The request log tells what became of a request and where its time went."""

import dataclasses
from typing import Any

import pytest
from tests.clocks import Hands
from tests.jobs.ended import ended
from tests.jobs.orders import LEASE_S, admission, finish, jobs_on, picture, run, workspace_with

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.errors import InvalidParams, NotFound
from limner.jobs.jobs import Jobs
from limner.jobs.listing import END_OF_TIME
from limner.jobs.request_log import Entry, RequestLog, Sought, Times
from limner.ledger.ledger import Ledger
from limner.providers.base import Usage


def sought(workspace: str, most: int = 10, **more: Any) -> Sought:
    return dataclasses.replace(Sought(workspace, "live", most), **more)


async def ids(database: Database, sought: Sought) -> list[str]:
    return [one.job_id for one in (await RequestLog(database).page(sought)).entries]


async def only(database: Database, workspace: Workspace) -> Entry:
    (entry,) = (await RequestLog(database).page(sought(workspace.id))).entries
    return entry


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    return await workspace_with(database, 100)


async def test_a_finished_request_says_how_long_providers_had_it(
    database: Database, workspace: Workspace
) -> None:
    clock = Hands()
    jobs = Jobs(database, Ledger(database), LEASE_S, clock)
    ticket = await jobs.admit(admission(workspace, 9))
    jobs.underway.asked(ticket)
    clock.now += 0.25
    jobs.underway.asked(ticket)  # a second try belongs to the same time
    clock.now += 0.25
    jobs.underway.drawn(ticket)
    clock.now += 5
    await jobs.finish(
        ticket,
        [picture(ticket, 0), picture(ticket, 1)],
        charged=6,
        cost="{}",
        sealed=None,
        usage=Usage(text_in=3, image_in=4, text_out=5, image_out=6),
        provider_request_id="upstream-7",
    )
    entry = await only(database, workspace)
    assert entry.drawn_at is not None
    assert entry.drawn_at - entry.created_at == 500_000
    assert (entry.charged, entry.held, entry.pictures) == (6, 9, 2)
    assert (entry.tokens_in, entry.tokens_out) == (7, 11)
    assert (entry.provider, entry.provider_request_id, entry.tries) == ("sketch", "upstream-7", 1)
    assert entry.times.total == sum(
        part or 0 for part in (entry.times.queue, entry.times.provider, entry.times.store)
    )


async def test_a_failed_request_says_how_long_it_was_tried(
    database: Database, workspace: Workspace
) -> None:
    clock = Hands()
    jobs = Jobs(database, Ledger(database), LEASE_S, clock)
    ticket = await jobs.admit(admission(workspace, 9))
    jobs.underway.asked(ticket)
    clock.now += 0.002
    await jobs.fail(
        ticket, code="provider_error", message="no", outcome="ran", provider_request_id="u-1"
    )
    entry = await only(database, workspace)
    assert entry.drawn_at is not None
    assert entry.drawn_at - entry.created_at == 2000
    assert (entry.state, entry.error_code, entry.error_message) == (
        "failed",
        "provider_error",
        "no",
    )
    assert (entry.charged, entry.held, entry.pictures) == (0, 9, 0)
    assert entry.provider_request_id == "u-1"


async def test_of_a_request_that_waits_for_its_turn_nothing_is_known_yet(
    database: Database, workspace: Workspace
) -> None:
    await jobs_on(database).admit(admission(workspace, 9, waits_s=60.0))
    entry = await only(database, workspace)
    assert (entry.queued, entry.tries) == (True, 0)
    assert entry.times == Times(None, None, None, None)


async def test_of_a_request_that_runs_only_the_beginning_is_known(
    database: Database, workspace: Workspace
) -> None:
    await jobs_on(database).admit(admission(workspace, 9))
    entry = await only(database, workspace)
    assert entry.times == Times(0, None, None, None)
    assert (entry.state, entry.charged, entry.held) == ("processing", 0, 9)


@pytest.mark.parametrize(
    ("started", "drawn", "ended", "times"),
    [
        (200, 900, 1000, Times(100, 700, 100, 900)),
        (200, 900, None, Times(100, None, None, None)),
        (200, None, 1000, Times(100, None, None, 900)),
        (None, None, 1000, Times(900, None, None, 900)),
        (None, None, None, Times(None, None, None, None)),
        (100, 1200, 1000, Times(0, 900, 0, 900)),
    ],
    ids=["whole", "runs", "cut-off", "never-begun", "waits", "clock-jumped"],
)
async def test_no_time_is_told_that_nobody_has_measured(
    database: Database,
    workspace: Workspace,
    started: int | None,
    drawn: int | None,
    ended: int | None,
    times: Times,
) -> None:
    await jobs_on(database).admit(admission(workspace, 9))
    entry = await only(database, workspace)
    timed = dataclasses.replace(
        entry, created_at=100, started_at=started, drawn_at=drawn, ended_at=ended
    )
    assert timed.times == times


async def test_every_word_narrows_and_all_of_them_hold(
    database: Database, workspace: Workspace
) -> None:
    jobs = jobs_on(database)
    first = await jobs.admit(admission(workspace, 1, key_id="key_a", request_id="mine"))
    second = await jobs.admit(admission(workspace, 1, model="imagen-4"))
    third = await jobs.admit(admission(workspace, 1, key_id="key_a"))
    for at, ticket in enumerate((first, second, third), 1):
        await run(
            database,
            "UPDATE job SET created_at = CAST(:at AS BIGINT) WHERE id = :id",
            {"at": at * 1_000_000, "id": ticket.job_id},
        )
    await finish(jobs, third, 1)
    await jobs.fail(second, code="provider_error", message="no", outcome="ran")
    await run(database, "UPDATE job SET try_no = 0 WHERE state = 'processing'")
    own, every = workspace.id, [third.job_id, second.job_id, first.job_id]
    assert await ids(database, sought(own)) == every
    assert await ids(database, sought(own, key_id="key_a")) == [every[0], every[2]]
    assert await ids(database, sought(own, state="queued")) == [every[2]]
    assert await ids(database, sought(own, state="processing")) == []
    assert await ids(database, sought(own, model="imagen-4")) == [every[1]]
    assert await ids(database, sought(own, error_code="provider_error")) == [every[1]]
    assert await ids(database, sought(own, error_code="cancelled")) == []
    assert await ids(database, sought(own, request_id="mine")) == [every[2]]
    assert await ids(database, sought(own, since_us=2_000_000)) == every[:2]
    assert await ids(database, sought(own, before_us=2_000_000)) == [every[2]]
    assert await ids(database, sought(own, before_us=END_OF_TIME, after=every[0])) == every[1:]
    assert await ids(database, sought(own, key_id="key_a", state="queued")) == [every[2]]


async def test_pages_follow_one_another_without_gap_or_repeat(database: Database) -> None:
    made = [await ended(database, 5_000_000) for _ in range(7)]
    log, seen = RequestLog(database), list[str]()
    while True:
        page = await log.page(sought("ws_1", 3, after=seen[-1] if seen else None))
        seen += [one.job_id for one in page.entries]
        if not page.has_more:
            break
    assert seen == sorted(made, reverse=True)


async def test_a_request_is_found_by_its_own_id_and_by_its_jobs(database: Database) -> None:
    log = RequestLog(database)
    old = await ended(database, 5_000_000, request_id="mine")
    new = await ended(database, 6_000_000, request_id="mine")
    assert (await log.entry("ws_1", "live", old)).job_id == old
    assert (await log.entry("ws_1", "live", "mine")).job_id == new


async def test_another_workspace_and_the_other_ledger_see_nothing(database: Database) -> None:
    log = RequestLog(database)
    theirs = await ended(database, 5_000_000, request_id="mine", workspace_id="ws_2")
    play = await ended(database, 5_000_000, request_id="mine", ledger="test")
    for word in (theirs, play, "mine", "imgjob_nobody"):
        with pytest.raises(NotFound) as refused:
            await log.entry("ws_1", "live", word)
        assert word not in refused.value.message
    said = set[str]()
    for cursor in (theirs, play, "imgjob_nobody"):
        with pytest.raises(InvalidParams) as wrong:
            await log.page(sought("ws_1", after=cursor))
        said.add(wrong.value.message)
    assert len(said) == 1
    assert await ids(database, sought("ws_1", request_id="mine")) == []
