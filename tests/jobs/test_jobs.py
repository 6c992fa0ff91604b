"""The moves of a job, each one commit with its money."""

import asyncio

import pytest
from tests.jobs.flaky import Flaky
from tests.jobs.orders import admission, finish, jobs_on, picture, run, workspace_with
from tests.ledger.books import balance_of, breaches

from limner.db.base import Database, Value
from limner.errors import InsufficientCredits, NotFound
from limner.jobs import store
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs, NotOurs
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import LedgerName, Split, Wallet


async def row(database: Database, ticket: Ticket, *columns: str) -> tuple[object, ...]:
    rows = await database.fetch(
        f"SELECT {', '.join(columns)} FROM job WHERE id = :id", {"id": ticket.job_id}
    )
    return rows[0]


async def test_an_admitted_job_is_processing_with_its_credits_held(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    job = await jobs.job(workspace.id, "live", ticket.job_id)
    assert (job.state, job.progress, job.charged, job.ended_at) == ("processing", 0, 0, None)
    assert ticket.held == Split(0, 4)
    assert await row(database, ticket, "owner", "try_no", "provider") == (jobs.owner, 1, "sketch")
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 10, 4)
    assert await breaches(database) == []


async def test_a_job_that_is_not_paid_for_is_not_admitted_and_leaves_nothing(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 3_000_000)
    with pytest.raises(InsufficientCredits, match="needs 4 credits and 3 are available"):
        await jobs_on(database).admit(admission(workspace, 4_000_000))
    assert await database.fetch("SELECT 1 FROM job") == []
    assert await database.fetch("SELECT 1 FROM hold") == []


async def test_work_that_costs_nothing_is_admitted_to_an_empty_wallet(database: Database) -> None:
    workspace = await workspace_with(database, 0)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 0))
    await finish(jobs, ticket, 0, picture(ticket))
    assert (await jobs.job(workspace.id, "live", ticket.job_id)).state == "completed"
    assert await Ledger(database).postings(workspace.id, "live") == []
    assert await breaches(database) == []


async def test_finishing_charges_records_the_pictures_and_completes_in_one(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 8, n=2))
    pictures = [picture(ticket, position) for position in range(2)]
    await finish(jobs, ticket, 5, *pictures, sealed="sealed words")
    job = await jobs.job(workspace.id, "live", ticket.job_id)
    assert (job.state, job.progress, job.charged) == ("completed", 100, 5)
    assert (job.sealed, job.error_code) == ("sealed words", None)
    assert job.ended_at is not None
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 5, 0)
    assert await balance_of(database, "revenue", "live") == 5
    assert await database.fetch("SELECT id FROM artifact ORDER BY position") == [
        (one.id,) for one in pictures
    ]
    assert await breaches(database) == []


async def test_a_charge_is_taken_from_the_sources_it_was_held_from(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    await Ledger(database).grant(workspace.id, 3, "plan", source="plan")
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 8))
    assert ticket.held == Split(3, 5)
    await finish(jobs, ticket, 4)
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 9, 0)
    assert await breaches(database) == []


async def test_nobody_is_ever_charged_more_than_was_held(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    await finish(jobs, ticket, 9)
    assert (await jobs.job(workspace.id, "live", ticket.job_id)).charged == 4
    assert (await Ledger(database).wallet(workspace.id, "live")).balance == 6
    assert await breaches(database) == []


async def test_failing_frees_the_hold_and_says_why(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    message = "what a provider said\0 with bytes no database takes \ud800"
    assert await jobs.fail(ticket, code="content_policy_violation", message=message, outcome="ran")
    job = await jobs.job(workspace.id, "live", ticket.job_id)
    assert (job.state, job.charged, job.error_code) == ("failed", 0, "content_policy_violation")
    assert job.error_message == "what a provider said with bytes no database takes ?"
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 10, 0)
    assert await balance_of(database, "losses", "live") == 0
    assert await breaches(database) == []


@pytest.mark.parametrize(
    ("code", "outcome", "lost"),
    [
        ("provider_error", "ran", 4),
        ("provider_error", "unknown", 4),
        ("storage_unavailable", "ran", 4),
        ("internal_error", "unknown", 4),
        ("provider_error", "known_not_run", 0),
        ("content_policy_violation", "ran", 0),
    ],
)
async def test_what_a_provider_may_have_been_paid_for_is_booked_as_a_loss(
    database: Database, code: str, outcome: str, lost: int
) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    for _ in range(2):
        await jobs.fail(ticket, code=code, message="", outcome=outcome)
    assert await balance_of(database, "losses", "live") == lost
    assert len(await Ledger(database).postings(workspace.id, "live")) == 1
    assert await breaches(database) == []


async def test_what_has_ended_stays_as_it_ended(database: Database) -> None:
    workspace = await workspace_with(database, 20)
    jobs = jobs_on(database)
    done, failed = [await jobs.admit(admission(workspace, 4)) for _ in range(2)]
    await finish(jobs, done, 3)
    assert await jobs.fail(failed, code="provider_error", message="no", outcome="known_not_run")
    assert not await jobs.fail(done, code="internal_error", message="", outcome="ran")
    assert not await jobs.fail(failed, code="internal_error", message="", outcome="ran")
    await finish(jobs, done, 4, picture(done))
    with pytest.raises(NotOurs):
        await finish(jobs, failed, 4, picture(failed))
    with pytest.raises(NotOurs):
        await jobs.next_try(done, "openai", repeatable=False)
    await jobs.progress(done, 50)
    assert await row(database, done, "state", "charged", "progress") == ("completed", 3, 100)
    assert await row(database, failed, "state", "error_message") == ("failed", "no")
    assert await database.fetch("SELECT 1 FROM artifact") == []
    assert (await Ledger(database).wallet(workspace.id, "live")).balance == 17


async def test_a_job_whose_hold_ran_out_fails_without_freeing_anything_twice(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    await run(database, "UPDATE hold SET expires_at = 1")
    assert await Ledger(database).expire_holds() == 1
    with pytest.raises(NotOurs, match="hold_ended"):
        await finish(jobs, ticket, 4)
    assert await jobs.fail(ticket, code="provider_error", message="", outcome="known_not_run")
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 10, 0)
    assert await breaches(database) == []


async def test_a_further_try_is_counted_and_named(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    await jobs.next_try(ticket, "openai", repeatable=False)
    assert await row(database, ticket, "try_no", "provider") == (2, "openai")


async def test_progress_never_goes_back_nor_reaches_the_end_by_itself(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    seen = []
    for percent in (10, 40, 20, 100):
        await jobs.progress(ticket, percent)
        seen.append((await row(database, ticket, "progress"))[0])
    assert seen == [10, 40, 40, 99]


async def test_a_job_exists_for_its_own_workspace_and_ledger_alone(database: Database) -> None:
    workspace, other = [await workspace_with(database, 10, name) for name in ("one", "other")]
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    asked: tuple[tuple[str, LedgerName, str], ...] = (
        (other.id, "live", ticket.job_id),
        (workspace.id, "test", ticket.job_id),
        (workspace.id, "live", "imgjob_none"),
    )
    for who, ledger, what in asked:
        with pytest.raises(NotFound) as refused:
            await jobs.job(who, ledger, what)
        assert refused.value.message == f"there is no job {what!r}"


def claim_of(ticket: Ticket, who: Jobs) -> dict[str, Value]:
    return {
        "job_id": ticket.job_id,
        "workspace_id": ticket.workspace_id,
        "lease": ticket.lease,
        "owner": who.owner,
        "lease_us": who.lease_us,
    }


async def taken_over(database: Database, ticket: Ticket) -> Jobs:
    """Another process claims a job whose lease has run out."""
    other = jobs_on(database)
    await run(database, "UPDATE job SET lease_until = 1")
    claim = claim_of(ticket, other)
    assert (await database.write(store.CLAIM, claim)).refusal is None
    assert (await database.write(store.CLAIM, claim)).refusal == "taken"
    return other


async def test_who_lost_the_lease_can_write_nothing_any_more(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    other = await taken_over(database, ticket)
    with pytest.raises(NotOurs, match="not_ours"):
        await finish(jobs, ticket, 4, picture(ticket))
    with pytest.raises(NotOurs):
        await jobs.next_try(ticket, "openai", repeatable=False)
    assert not await jobs.fail(ticket, code="provider_error", message="", outcome="ran")
    await jobs.progress(ticket, 50)
    assert await row(database, ticket, "state", "lease", "owner", "try_no", "progress") == (
        "processing", 2, other.owner, 1, 0,
    )  # fmt: skip
    assert await database.fetch("SELECT 1 FROM artifact") == []
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 10, 4)
    assert jobs.underway.tickets() == []
    assert await breaches(database) == []


async def test_a_lease_that_is_kept_cannot_be_taken(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    ticket = await jobs_on(database).admit(admission(workspace, 4))
    claim = claim_of(ticket, jobs_on(database))
    assert (await database.write(store.CLAIM, claim)).refusal == "taken"


@pytest.mark.parametrize("loses", ["request", "answer"])
async def test_a_job_is_finished_once_though_the_database_is_lost_under_way(
    database: Database, loses: str
) -> None:
    workspace = await workspace_with(database, 10)
    flaky = Flaky(database)
    jobs = Jobs(flaky, Ledger(flaky), lease_s=30.0)
    ticket = await jobs.admit(admission(workspace, 4))
    flaky.lose(loses, "finish")
    await finish(jobs, ticket, 3, picture(ticket))
    assert await row(database, ticket, "state", "charged") == ("completed", 3)
    assert len(await database.fetch("SELECT 1 FROM artifact")) == 1
    assert (await Ledger(database).wallet(workspace.id, "live")).balance == 7
    assert await breaches(database) == []


@pytest.mark.parametrize("loses", ["request", "answer"])
async def test_a_job_is_failed_once_though_the_database_is_lost_under_way(
    database: Database, loses: str
) -> None:
    workspace = await workspace_with(database, 10)
    flaky = Flaky(database)
    jobs = Jobs(flaky, Ledger(flaky), lease_s=30.0)
    ticket = await jobs.admit(admission(workspace, 4))
    flaky.lose(loses, "fail")
    await jobs.fail(ticket, code="provider_error", message="", outcome="ran")
    assert await row(database, ticket, "state") == ("failed",)
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 10, 0)
    assert await balance_of(database, "losses", "live") == 4
    assert await breaches(database) == []


async def test_progress_that_cannot_be_written_does_not_disturb_the_work(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 10)
    flaky = Flaky(database)
    jobs = Jobs(flaky, Ledger(flaky), lease_s=30.0)
    ticket = await jobs.admit(admission(workspace, 4))
    flaky.lose("request", "progress")
    await jobs.progress(ticket, 50)
    await finish(jobs, ticket, 4)


async def test_a_caller_who_is_cancelled_while_a_job_finishes_leaves_it_whole(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    finishing = asyncio.create_task(finish(jobs, ticket, 4, picture(ticket)))
    await asyncio.sleep(0)
    finishing.cancel()
    await jobs.fail(ticket, code="internal_error", message="", outcome="unknown")
    (state,) = await row(database, ticket, "state")
    pictures = await database.fetch("SELECT 1 FROM artifact")
    assert (state, len(pictures)) in (("completed", 1), ("failed", 0))
    assert await breaches(database) == []
