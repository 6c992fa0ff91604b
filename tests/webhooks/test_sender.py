"""Telling: at least once, to real receivers that misbehave, by several processes at a time."""

import asyncio
from pathlib import Path

import pytest
from tests.jobs.orders import run
from tests.standins.certificates import self_signed, served_with
from tests.standins.messages import Answer
from tests.standins.receiver import Receiver, redirect
from tests.webhooks.checks import signed
from tests.webhooks.stages import BASE, NEARBY, Stage, small_body, stage_on, tell

from limner.db.base import Database
from limner.errors import Conflict
from limner.fetch.reach import PUBLIC
from limner.webhooks.schedule import WAITS_S
from limner.webhooks.sender import AT_ONCE_OF_ONE, Sender


@pytest.fixture
async def stage(database: Database) -> Stage:
    return await stage_on(database)


async def test_what_happened_is_told_and_signed(stage: Stage) -> None:
    async with Receiver() as there:
        _, secret = await stage.webhook(f"{there.url}/hook?token=sesame")
        job_id = await stage.completed()
        await tell(stage.sender())
        (request,) = there.requests
        (told,) = await stage.told()
    assert (request.method, request.path) == ("POST", "/hook?token=sesame")
    expected = f'{{"type":"job.completed","job":"{job_id}","base":"{BASE}"}}'
    assert request.body.decode() == expected
    assert request.headers["webhook-id"] == told.event_id
    assert signed(request, secret)
    assert not signed(request, "whsec_" + "A" * 43 + "=")
    assert told.state == "delivered"
    assert [(one.number, one.status, one.error) for one in told.attempts] == [(1, 200, None)]


async def test_what_failed_is_told_again_later_under_the_same_id(stage: Stage) -> None:
    answers = (500, redirect("/elsewhere", 307), 404, Answer(204))
    async with Receiver(*answers) as there:
        await stage.webhook(there.url)
        await stage.completed()
        for _ in answers:
            await tell(stage.sender(), stage.sender())
            await stage.later(hours=13)
        await tell(stage.sender())
        ids = [request.headers["webhook-id"] for request in there.requests]
        (told,) = await stage.told()
    assert ids == [told.event_id] * 4
    assert [one.status for one in told.attempts] == [500, 307, 404, 204]
    assert told.state == "delivered"


async def test_tries_come_ever_later_each_a_little_later_by_chance(stage: Stage) -> None:
    async with Receiver(*[500] * 8) as there:
        await stage.webhook(there.url)
        await stage.completed()
        for wait in (*WAITS_S, WAITS_S[-1]):
            await tell(stage.sender())
            (seconds,) = await stage.waits_s()
            assert wait * 0.99 < seconds + 1 <= wait * 1.2 + 1
            await run(stage.database, "UPDATE webhook_delivery SET due_at = 1")


async def test_after_three_days_without_success_a_webhook_is_switched_off(stage: Stage) -> None:
    async with Receiver(*[500] * 20) as there:
        webhook_id, _ = await stage.webhook(there.url)
        await stage.completed()
        for hours in (1, 10, 10, 10, 10, 10, 10):
            await tell(stage.sender())
            webhook = await stage.webhooks.webhook(stage.owner, webhook_id)
            assert webhook.state == "enabled"
            assert webhook.failing_since is not None
            await stage.later(hours)
        await stage.completed()
        await stage.later(hours=12)
        await tell(stage.sender())
        webhook = await stage.webhooks.webhook(stage.owner, webhook_id)
        assert webhook.state == "failing"
        assert [one.state for one in await stage.told()] == ["given_up", "given_up"]
        before = len(there.requests)
        await stage.completed()
        await tell(stage.sender())
        assert len(there.requests) == before


async def test_who_recovers_within_three_days_misses_nothing(stage: Stage) -> None:
    async with Receiver() as there:
        await stage.webhook(there.url)
        jobs = {await stage.completed() for _ in range(20)}
        async with there.refusing():
            for _ in range(6):
                for _ in range(5):
                    await tell(stage.sender())
                await stage.later(hours=12)
        for _ in range(5):
            await tell(stage.sender())
        told = await stage.told()
    assert {one.state for one in told} == {"delivered"}
    assert {one.job_id for one in told} == jobs
    assert {one.attempts[0].error for one in told} == {"no connection could be made"}
    seen = [request.headers["webhook-id"] for request in there.requests]
    assert sorted(seen) == sorted(one.event_id for one in told)


async def test_a_receiver_that_is_gone_is_never_asked_again(stage: Stage) -> None:
    async with Receiver(410) as there:
        webhook_id, _ = await stage.webhook(there.url)
        await stage.completed()
        await stage.completed()
        await run(
            stage.database,
            """
            UPDATE webhook_delivery SET due_at = due_at + 1000000000
            WHERE id = (SELECT MAX(id) FROM webhook_delivery)
            """,
        )
        await tell(stage.sender())
        await stage.later(hours=1)
        await tell(stage.sender())
        assert len(there.requests) == 1
        assert (await stage.webhooks.webhook(stage.owner, webhook_id)).state == "gone"
        assert [one.state for one in await stage.told()] == ["given_up", "given_up"]


async def test_a_success_ends_the_count_of_failures(stage: Stage) -> None:
    async with Receiver(500) as there:
        webhook_id, _ = await stage.webhook(there.url)
        await stage.completed()
        await tell(stage.sender())
        await stage.completed()
        await tell(stage.sender())
        webhook = await stage.webhooks.webhook(stage.owner, webhook_id)
        assert webhook.failing_since is None


async def test_what_was_given_up_can_be_told_by_hand_under_the_same_id(stage: Stage) -> None:
    async with Receiver(410) as there:
        webhook_id, _ = await stage.webhook(there.url)
        await stage.completed()
        await tell(stage.sender())
        (lost,) = await stage.told()
        with pytest.raises(Conflict, match="switched off"):
            await stage.webhooks.redeliver(stage.owner, lost.id)
        await stage.webhooks.change(
            stage.owner, webhook_id, address=None, events=None, enabled=True
        )
        await stage.webhooks.redeliver(stage.owner, lost.id)
        await tell(stage.sender())
        first, second = there.requests
        (told,) = await stage.told()
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == lost.event_id
    assert (told.state, [one.status for one in told.attempts]) == ("delivered", [410, 200])


async def test_what_was_delivered_can_be_told_again(stage: Stage) -> None:
    async with Receiver() as there:
        await stage.webhook(there.url)
        await stage.completed()
        await tell(stage.sender())
        (told,) = await stage.told()
        await stage.webhooks.redeliver(stage.owner, told.id)
        await tell(stage.sender())
        assert len(there.requests) == 2


async def test_several_processes_tell_each_event_once(stage: Stage) -> None:
    async with Receiver() as there:
        await stage.webhook(there.url)
        for _ in range(12):
            await stage.completed()
        senders = [stage.sender() for _ in range(3)]
        for _ in range(6):
            await asyncio.gather(*(sender.send_due() for sender in senders))
            await asyncio.gather(*(sender.idle() for sender in senders))
        ids = [request.headers["webhook-id"] for request in there.requests]
    assert len(ids) == len(set(ids)) == 12


async def test_what_a_dead_process_was_telling_is_told_by_another(stage: Stage) -> None:
    async with Receiver(30.0) as there:
        await stage.webhook(there.url)
        await stage.completed()
        dying = stage.sender(timeout_s=60)
        await dying.send_due()
        await there.until("asked")
        await dying.close(0)
        await tell(stage.sender())
        assert len(there.requests) == 1
        await stage.later(hours=1)
        await tell(stage.sender())
        first, second = there.requests
        (told,) = await stage.told()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert told.state == "delivered"


async def test_a_slow_receiver_holds_up_nobody_else(stage: Stage) -> None:
    async with Receiver(*[30.0] * 20) as slow, Receiver() as quick:
        await stage.webhook(slow.url, "job.failed")
        for _ in range(12):
            jobs, ticket = await stage.admitted()
            await jobs.fail(ticket, code="provider_error", message="no", outcome="ran")
        await stage.webhook(quick.url, "job.completed")
        for _ in range(3):
            await stage.completed()
        sender = stage.sender()
        await sender.send_due()
        await quick.until("asked", 3)
        await sender.send_due()
        assert slow.open_connections <= AT_ONCE_OF_ONE
        await sender.close(0)


async def test_many_events_for_one_receiver_are_told_without_a_pause(stage: Stage) -> None:
    async with Receiver() as there:
        await stage.webhook(there.url)
        for _ in range(3 * AT_ONCE_OF_ONE):
            await stage.completed()
        sender = stage.sender()
        await sender.tend()
        await sender.idle()
        assert len(there.requests) == 3 * AT_ONCE_OF_ONE


async def test_a_receiver_that_does_not_answer_is_given_up_in_time(stage: Stage) -> None:
    async with Receiver(30.0) as there:
        await stage.webhook(there.url)
        await stage.completed()
        await tell(stage.sender(timeout_s=0.1))
        (told,) = await stage.told()
    assert told.attempts[0].error == "it takes too long to answer"
    assert told.state == "pending"


async def test_a_certificate_nobody_vouches_for_is_a_failure(stage: Stage, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "server.pem", "127.0.0.1")
    async with Receiver(tls=served_with(certificate)) as there:
        await stage.webhook(there.url)
        await stage.completed()
        await tell(stage.sender())
        (told,) = await stage.told()
        assert told.attempts[0].error == "its certificate is not valid"
        assert there.requests == []


async def test_an_address_that_leads_inside_by_now_is_not_called(stage: Stage) -> None:
    async with Receiver() as there:
        await stage.webhook(there.url)
        await stage.completed()
        await tell(Sender(stage.database, stage.vault, PUBLIC, small_body))
        (told,) = await stage.told()
        assert told.attempts[0].error == "its address is not a public one"
        assert there.connections == 0


async def test_for_a_day_after_a_rotation_both_secrets_sign(stage: Stage) -> None:
    async with Receiver() as there:
        webhook_id, old = await stage.webhook(there.url)
        _, new = await stage.webhooks.rotate(stage.owner, webhook_id)
        await stage.completed()
        await tell(stage.sender())
        assert signed(there.requests[0], new)
        assert signed(there.requests[0], old)
        await stage.later(hours=24.1)
        await stage.completed()
        await tell(stage.sender())
        assert signed(there.requests[1], new)
        assert not signed(there.requests[1], old)


async def test_the_address_of_a_job_is_told_with_the_secret_of_its_workspace(
    stage: Stage,
) -> None:
    async with Receiver() as there:
        url = f"{there.url}/order/17"
        kept = await stage.webhooks.kept_for_job(url, BASE, stage.workspace.id)
        await stage.completed(webhook=kept)
        await tell(stage.sender())
        secret = await stage.webhooks.new_secret(stage.owner)
        await stage.completed(webhook=kept)
        await tell(stage.sender())
        before, after = there.requests
    assert before.path == after.path == "/order/17"
    assert before.headers["webhook-signature"] != ""
    assert not signed(before, secret)
    assert signed(after, secret)


async def test_a_webhook_that_was_removed_is_told_nothing_that_waited(stage: Stage) -> None:
    async with Receiver() as there:
        webhook_id, _ = await stage.webhook(there.url)
        await stage.completed()
        await stage.webhooks.remove(stage.owner, webhook_id)
        await tell(stage.sender())
        assert there.connections == 0
    assert await stage.database.fetch("SELECT id FROM webhook_delivery") == []


async def test_history_is_kept_for_thirty_days(stage: Stage) -> None:
    async with Receiver() as there:
        await stage.webhook(there.url)
        await stage.completed()
        await tell(stage.sender())
        await stage.later(hours=24 * 29)
        await stage.sender().sweep()
        assert len(await stage.told()) == 1
        await stage.later(hours=25)
        await stage.sender().sweep()
    assert await stage.told() == []
    assert await stage.database.fetch("SELECT number FROM webhook_attempt") == []


async def test_a_body_that_cannot_be_made_keeps_nobody_else_from_being_told(stage: Stage) -> None:
    async def broken(*_: object) -> bytes:
        raise ValueError("a bug")

    async with Receiver() as there:
        await stage.webhook(there.url)
        await stage.completed()
        await tell(Sender(stage.database, stage.vault, NEARBY, broken))
        assert there.connections == 0
        await stage.later(hours=1)
        await tell(stage.sender())
        assert len(there.requests) == 1
