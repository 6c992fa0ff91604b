"""What is to be told is written in the transaction that makes it true, and only then."""

import pytest
from tests.jobs.orders import finish, run
from tests.webhooks.stages import BASE, stage_on

from limner.db.base import Database
from limner.jobs.cancelling import cancel
from limner.jobs.jobs import NotOurs
from limner.webhooks.webhook import Address, of_job

URL = "http://127.0.0.1:9/hook"


async def test_a_finished_job_is_told_to_every_webhook_that_wants_it(database: Database) -> None:
    stage = await stage_on(database)
    everything, _ = await stage.webhook(URL)
    completions, _ = await stage.webhook(URL, "job.completed")
    await stage.webhook(URL, "job.failed", "credits.low")
    job_id = await stage.completed()
    told = await stage.told()
    assert {one.webhook_id for one in told} == {everything, completions}
    assert {one.job_id for one in told} == {job_id}
    assert {one.type for one in told} == {"job.completed"}
    assert len({one.event_id for one in told}) == 1
    assert len({one.id for one in told}) == 2


async def test_failing_and_cancelling_are_told_too(database: Database) -> None:
    stage = await stage_on(database)
    await stage.webhook(URL, "job.failed")
    jobs, ticket = await stage.admitted()
    await jobs.fail(ticket, code="provider_error", message="no", outcome="ran")
    jobs, free = await stage.admitted(repeatable=True)
    job = await jobs.job(stage.workspace.id, "live", free.job_id)
    await cancel(job, "cancelled", database=database, jobs=jobs)
    jobs, unheld = await stage.admitted()
    await run(database, "UPDATE hold SET expires_at = 1 WHERE job_id = :id", {"id": unheld.job_id})
    await run(database, "UPDATE hold SET state = 'expired', ended_at = 2 WHERE state = 'open'")
    await jobs.fail(unheld, code="internal_error", message="no", outcome="unknown")
    told = await stage.told()
    assert [one.type for one in told] == ["job.failed"] * 3
    assert [one.job_id for one in told] == [ticket.job_id, free.job_id, unheld.job_id]


async def test_an_end_that_is_refused_tells_nothing(database: Database) -> None:
    stage = await stage_on(database)
    await stage.webhook(URL)
    jobs, ticket = await stage.admitted()
    await run(database, "UPDATE job SET lease = lease + 1")
    with pytest.raises(NotOurs):
        await finish(jobs, ticket, 0)
    assert not await jobs.fail(ticket, code="internal_error", message="no", outcome="unknown")
    assert await stage.told() == []


async def test_an_end_that_is_written_twice_tells_once(database: Database) -> None:
    stage = await stage_on(database)
    await stage.webhook(URL)
    jobs, ticket = await stage.admitted()
    await finish(jobs, ticket, 0)
    await finish(jobs, ticket, 0)  # as after an answer of the database that was lost
    assert len(await stage.told()) == 1


async def test_other_workspaces_the_other_mode_and_what_is_off_hear_nothing(
    database: Database,
) -> None:
    stage = await stage_on(database)
    off, _ = await stage.webhook(URL)
    await stage.webhooks.change(stage.owner, off, address=None, events=None, enabled=False)
    stage.ledger = "test"
    await stage.webhook(URL)
    stage.ledger = "live"
    other = await stage_on(database, name="other")
    await other.webhook(URL)
    await stage.completed()
    assert await database.fetch("SELECT id FROM webhook_delivery") == []


async def test_a_job_may_bring_an_address_of_its_own(database: Database) -> None:
    stage = await stage_on(database)
    kept = of_job(Address(URL, BASE), "127.0.0.1", stage.workspace.id, stage.vault)
    job_id = await stage.completed(webhook=kept)
    await stage.completed()
    (told,) = await stage.told()
    assert (told.job_id, told.webhook_id, told.id[-2:]) == (job_id, None, "_0")


async def test_addresses_and_secrets_are_sealed_in_the_database(database: Database) -> None:
    stage = await stage_on(database)
    _, secret = await stage.webhook("http://127.0.0.1:9/hook?token=sesame")
    kept = await stage.webhooks.kept_for_job("http://127.0.0.1:9/s3same", BASE, "ws")
    await stage.completed(webhook=kept)
    rows = await database.fetch("SELECT address, secret FROM webhook")
    rows += await database.fetch("SELECT webhook, target FROM job j, webhook_delivery d")
    text = str(rows)
    assert rows
    assert not [word for word in ("sesame", "s3same", "127.0.0.1", secret) if word in text]
