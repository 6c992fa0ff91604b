"""The life of a request: refused before anything is spent, or charged for what was delivered."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.generation.studios import (
    BROKEN,
    EACH,
    FUNDS,
    Scene,
    Scripted,
    Step,
    a_request,
    a_scene,
    admitted,
    away,
    busy,
    draws,
    picture,
    pictures,
    place,
)
from tests.jobs.orders import tended as tended_by

from limner.accounts.api_key import Caller
from limner.db.base import Database, DatabaseAway, DatabaseFull
from limner.errors import (
    ContentPolicyViolation,
    Forbidden,
    InsufficientCredits,
    InvalidParams,
    JobTimeout,
    LimnerError,
    ModelNotFound,
    ProviderFailed,
    ServiceUnavailable,
    StorageUnavailable,
)
from limner.files.artifacts import Artifacts
from limner.files.blobs import LocalBlobs
from limner.generation.request import GenerationRequest
from limner.jobs.feed import Admitted, Completed, Failed, JobEvent
from limner.jobs.keeper import INTERRUPTED
from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Outcome,
    PartialImage,
    Progress,
    ProviderError,
    Reason,
)

Stage = Callable[..., Awaitable[Scene]]


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Stage:
    """Puts scripted providers on a stage; the first of them gets the first order."""

    async def setting(
        *providers: Scripted, lease_s: float = 30.0, timeout_s: float = 60.0
    ) -> Scene:
        places = [
            place(provider, name, timeout_s)
            for provider, name in zip(providers, ("first", "second", "third"), strict=False)
        ]
        return await a_scene(database, tmp_path, *places, lease_s=lease_s)

    return setting


def completed(events: list[JobEvent]) -> Completed:
    assert isinstance(events[-1], Completed)
    return events[-1]


def error_of(events: list[JobEvent]) -> LimnerError:
    assert isinstance(events[-1], Failed)
    return events[-1].error


async def test_a_wrong_request_is_refused_before_anything_is_spent(stage: Stage) -> None:
    provider = Scripted(draws())
    scene = await stage(provider)
    refusals: list[tuple[GenerationRequest, type[LimnerError]]] = [
        (a_request(model="no-such-model"), ModelNotFound),
        (a_request(prompt=""), InvalidParams),
        (a_request(prompt="x" * 100_000), InvalidParams),
        (a_request(n=0), InvalidParams),
        (a_request(n=11), InvalidParams),
        (a_request(aspect_ratio="77:1"), InvalidParams),
    ]
    for request, refusal in refusals:
        with pytest.raises(refusal):
            await scene.events(request)
    assert (provider.orders, await scene.jobs(), await scene.spent()) == ([], [], 0)


async def test_a_key_may_not_use_a_model_it_was_not_given(stage: Stage) -> None:
    provider = Scripted(draws())
    scene = await stage(provider)
    scene.caller = Caller(scene.caller.workspace_id, "key_1", "live", ("sketch-1",))
    with pytest.raises(Forbidden):
        await scene.events(a_request())
    assert (provider.orders, await scene.jobs()) == ([], [])


async def test_an_empty_wallet_is_refused_before_the_provider_is_called(stage: Stage) -> None:
    provider = Scripted(draws())
    scene = await stage(provider)
    await scene.ledger.grant(scene.caller.workspace_id, 3 * EACH - 100 - FUNDS, "taken back")
    with pytest.raises(InsufficientCredits, match=r"needs 6 credits and 5\.9999 are available"):
        await scene.events(a_request(n=3))
    assert (provider.orders, await scene.jobs()) == ([], [])
    assert (await scene.wallet()).held == 0


async def test_the_last_credits_can_be_spent_to_the_last_one(stage: Stage) -> None:
    scene = await stage(Scripted(draws(3)))
    await scene.ledger.grant(scene.caller.workspace_id, 3 * EACH - FUNDS, "taken back")
    assert completed(await scene.events(a_request(n=3))).charged == 3 * EACH
    assert (await scene.wallet()).balance == 0


async def test_success_stores_the_pictures_and_charges_for_them(stage: Stage) -> None:
    scene = await stage(Scripted(draws(2)))
    events = await scene.events(a_request(n=2))
    done, job = completed(events), await scene.job(admitted(events).ticket)
    assert (done.charged, done.asked, done.warnings) == (2 * EACH, 2, ())
    assert (job.state, job.charged, job.progress) == ("completed", 2 * EACH, 100)
    assert await scene.spent() == 2 * EACH
    stored, expired = await scene.studio.artifacts.of_job(job.id)
    assert ([one.artifact for one in done.pictures], expired) == (stored, False)


async def test_credits_are_held_while_the_provider_draws(stage: Stage) -> None:
    provider = Scripted([gate := asyncio.Event(), *draws(3)])
    scene = await stage(provider)
    running = asyncio.create_task(scene.events(a_request(n=3)))
    await provider.asked.wait()
    wallet = await scene.wallet()
    assert (wallet.balance, wallet.held) == (FUNDS, 3 * EACH)
    gate.set()
    await running
    assert await scene.spent() == 3 * EACH


async def test_the_order_is_what_the_gate_made_of_the_request(stage: Stage) -> None:
    provider = Scripted(draws(2))
    scene = await stage(provider)
    events = await scene.events(a_request("a red door", n=2, aspect_ratio="16:9", steps=4))
    (order,) = provider.orders
    assert (order.prompt, order.n, order.upstream_model) == ("a red door", 2, "drawer-1")
    assert order.params["aspect_ratio"] == "16:9"
    assert "steps" not in order.params
    assert order.job_id == admitted(events).ticket.job_id
    assert admitted(events).ignored == ("steps",)


async def test_nothing_a_person_wrote_is_in_the_rows(stage: Stage) -> None:
    scene = await stage(Scripted([Generated((with_words("a rewritten secret"),))]))
    await scene.events(a_request("my secret garden"))
    rows = [str(row) for row in await scene.database.fetch("SELECT * FROM job")]
    assert "secret" not in "".join(rows)


def with_words(revised_prompt: str) -> ImageData:
    plain = picture()
    return ImageData(plain.data, plain.encoding, revised_prompt=revised_prompt)


@pytest.mark.parametrize("corrupt", [None, 0, 2])
async def test_fewer_pictures_than_asked_cost_less_and_more_cost_no_more(
    stage: Stage, corrupt: int | None
) -> None:
    for given in range(6):
        images = [BROKEN if number == corrupt else picture(number) for number in range(given)]
        scene = await stage(Scripted([Generated(tuple(images))]))
        events = await scene.events(a_request(n=4))
        good = [number for number in range(min(given, 4)) if number != corrupt]
        assert await scene.spent() == len(good) * EACH
        if not good:
            assert isinstance(error_of(events), ProviderFailed)
            assert await scene.outcomes() == ["ran"]
            continue
        done = completed(events)
        assert [one.artifact.position for one in done.pictures] == good
        assert (done.charged, done.asked) == (len(good) * EACH, 4)
        assert len(done.warnings) == 4 - len(good)


async def test_the_same_picture_twice_is_two_pictures(stage: Stage) -> None:
    scene = await stage(Scripted([Generated((picture(1), picture(1)))]))
    assert completed(await scene.events(a_request(n=2))).charged == 2 * EACH
    assert await scene.spent() == 2 * EACH


FAILURES: list[tuple[Outcome, Reason, type[LimnerError]]] = [
    ("ran", "content_policy_violation", ContentPolicyViolation),
    ("known_not_run", "content_policy_violation", ContentPolicyViolation),
    ("known_not_run", "provider_account", ProviderFailed),
    ("known_not_run", "bad_parameter", InvalidParams),
    ("known_not_run", "model_unavailable", ProviderFailed),
    ("known_not_run", "provider_error", ProviderFailed),
    ("ran", "provider_error", ProviderFailed),
    ("unknown", "provider_error", JobTimeout),
    ("unknown", "capacity", JobTimeout),
]


async def test_a_failure_is_told_by_its_class_and_frees_the_hold(stage: Stage) -> None:
    for outcome, reason, kind in FAILURES:
        failure = ProviderError("it did not work", outcome=outcome, reason=reason)
        scene = await stage(Scripted([Accepted(), failure]))
        events = await scene.events(a_request())
        error, job = error_of(events), await scene.job(admitted(events).ticket)
        assert type(error) is kind
        assert "nothing was charged" in error.message
        assert (job.state, job.charged, await scene.outcomes()) == ("failed", 0, [outcome])
        assert await scene.spent() == 0


async def test_an_unknown_outcome_sends_the_caller_to_a_job_that_tells_all(stage: Stage) -> None:
    failure = ProviderError("xai broke off", outcome="unknown")
    provider, second = Scripted([failure]), Scripted(draws())
    scene = await stage(provider, second)
    events = await scene.events(a_request())
    error, job = error_of(events), await scene.job(admitted(events).ticket)
    assert (error.status, error.job_id, error.retryable) == (504, job.id, False)
    assert (job.error_code, job.error_message) == ("provider_error", error.message)
    assert error.message == (
        "xai broke off; nothing was charged. Send the request again if you still want it"
    )
    assert (len(provider.orders), second.orders) == (1, [])


async def test_a_busy_provider_is_asked_again_and_then_serves(stage: Stage) -> None:
    provider = Scripted([busy()], [busy()], draws())
    scene = await stage(provider)
    assert completed(await scene.events(a_request())).charged == EACH
    assert len(provider.orders) == 3
    assert await scene.database.fetch("SELECT try_no FROM job") == [(3,)]


async def test_a_provider_that_stays_busy_says_when_to_come_again(stage: Stage) -> None:
    scene = await stage(Scripted([busy(retry_after=25.0)]))
    events = await scene.events(a_request())
    error = error_of(events)
    assert isinstance(error, ServiceUnavailable)
    assert (error.status, error.retry_after) == (503, 25)
    assert await scene.spent() == 0


async def test_the_next_place_is_asked_when_the_first_surely_did_nothing(stage: Stage) -> None:
    failure = ProviderError("no", outcome="known_not_run", reason="provider_account")
    first, second = Scripted([failure]), Scripted(draws())
    scene = await stage(first, second)
    assert completed(await scene.events(a_request())).charged == EACH
    assert (len(first.orders), len(second.orders)) == (1, 1)
    assert await scene.database.fetch("SELECT provider, try_no FROM job") == [("second", 2)]


async def test_a_provider_that_is_silent_until_the_deadline_may_have_drawn(stage: Stage) -> None:
    provider = Scripted([Accepted(), asyncio.Event()])
    scene = await stage(provider, timeout_s=0.1)
    error = error_of(await scene.events(a_request()))
    assert isinstance(error, JobTimeout)
    assert error.message.startswith("first did not answer in time")
    assert (await scene.outcomes(), provider.left) == (["unknown"], 1)
    assert await scene.spent() == 0


async def test_time_that_ran_out_before_anything_was_sent_is_known_not_run(stage: Stage) -> None:
    failure = ProviderError("no", outcome="known_not_run", reason="provider_account")
    second = Scripted(draws())
    scene = await stage(Scripted([failure]), second, timeout_s=1.3)
    scene.database.before["next_try"] = away(9)
    error = error_of(await scene.events(a_request()))
    assert isinstance(error, ProviderFailed)
    assert error.message.startswith("first could not be asked in time; nothing was charged")
    assert (await scene.outcomes(), second.orders) == (["known_not_run"], [])
    assert await scene.spent() == 0


async def test_the_deadline_strikes_the_provider_and_not_whoever_watches(stage: Stage) -> None:
    scene = await stage(Scripted([Progress(0.5), asyncio.Event()]), timeout_s=0.1)
    async with aclosing(scene.told(a_request())) as events:
        async for event in events:
            if isinstance(event, Progress):
                await asyncio.sleep(0.2)
    assert isinstance(event, Failed)
    assert event.error.code == "job_timeout"


async def test_progress_and_previews_pass_through(stage: Stage) -> None:
    preview = PartialImage(0, picture(), "image/png")
    scene = await stage(Scripted([Accepted(), Progress(0.3), preview, Progress(0.6), pictures(1)]))
    events = await scene.events(a_request())
    assert events[1:-1] == [Progress(0.3), preview, Progress(0.6)]


async def test_a_provider_that_ends_without_a_picture_is_a_fault_of_ours(stage: Stage) -> None:
    scene = await stage(Scripted([Accepted()]))
    with pytest.raises(UnboundLocalError):
        await scene.events(a_request())
    (job,) = await scene.jobs()
    assert (job.state, job.error_code) == ("failed", "internal_error")
    assert await scene.spent() == 0


async def test_a_provider_that_breaks_in_an_unforeseen_way_costs_nothing(stage: Stage) -> None:
    scene = await stage(Scripted([Accepted(), ZeroDivisionError()]))
    with pytest.raises(ZeroDivisionError):
        await scene.events(a_request())
    (job,) = await scene.jobs()
    assert (
        job.error_message == "limner failed while this picture was being made; nothing was charged"
    )
    assert await scene.spent() == 0


async def test_whoever_is_cut_off_while_drawing_leaves_a_failed_job(stage: Stage) -> None:
    said: list[list[Step]] = [[], [Accepted()], [Accepted(), Progress(0.5)]]
    for steps in said:
        provider = Scripted([*steps, asyncio.Event()])
        scene = await stage(provider)
        running = asyncio.create_task(scene.events(a_request()))
        await provider.asked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        (job,) = await scene.jobs()
        assert (job.state, job.error_message) == ("failed", INTERRUPTED)
        assert (await scene.outcomes(), provider.left, await scene.spent()) == (["unknown"], 1, 0)


async def test_whoever_stops_listening_ends_the_job_too(stage: Stage) -> None:
    provider = Scripted([Progress(0.1), asyncio.Event()])
    scene = await stage(provider)
    async with aclosing(scene.told(a_request())) as events:
        assert isinstance(await anext(events), Admitted)
        assert isinstance(await anext(events), Progress)
    (job,) = await scene.jobs()
    assert (job.error_message, await scene.spent()) == (INTERRUPTED, 0)


async def test_cut_off_while_the_acceptance_commits_the_keeper_frees_the_hold(
    stage: Stage,
) -> None:
    provider = Scripted(draws())
    scene = await stage(provider, lease_s=0.1)
    running = asyncio.create_task(scene.events(a_request()))
    wanted = scene.database.begun["admit"] = asyncio.Event()
    await wanted.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: scene.jobs())
    assert (await scene.wallet()).held == EACH
    await until(lambda: tended(scene))
    (job,) = await scene.jobs()
    assert (job.state, provider.orders, await scene.spent()) == ("failed", [], 0)


async def until(done: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(10):
        while True:
            if await done():
                return
            await asyncio.sleep(0.02)


async def tended(scene: Scene) -> bool:
    """Whether nothing is held any more after one more beat of the keeper."""
    await tended_by(scene.keeper)
    return (await scene.wallet()).held == 0


async def test_cut_off_while_it_settles_the_job_ends_in_one_way(stage: Stage) -> None:
    scene = await stage(Scripted(draws()))
    wanted = scene.database.begun["finish"] = asyncio.Event()
    running = asyncio.create_task(scene.events(a_request()))
    await wanted.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    (job,) = await scene.jobs()
    assert job.state == "completed"
    assert await scene.spent() == EACH


async def test_cut_off_twice_while_the_database_is_away_it_goes_at_once(stage: Stage) -> None:
    provider = Scripted([asyncio.Event()])
    scene = await stage(provider)
    scene.database.before["fail"] = away(1000)
    running = asyncio.create_task(scene.events(a_request()))
    await provider.asked.wait()
    running.cancel()
    await asyncio.sleep(0.05)
    running.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert scene.studio.jobs.underway.tickets() == []


async def test_a_database_that_is_away_before_acceptance_costs_nothing(stage: Stage) -> None:
    provider = Scripted(draws())
    scene = await stage(provider)
    scene.database.before["admit"] = away(1)
    with pytest.raises(DatabaseAway):
        await scene.events(a_request())
    assert (provider.orders, await scene.jobs(), await scene.spent()) == ([], [], 0)


async def test_a_database_lost_while_it_settles_is_waited_for_and_settles_once(
    stage: Stage,
) -> None:
    scene = await stage(Scripted(draws()))
    scene.database.before["finish"] = away(2)
    assert completed(await scene.events(a_request())).charged == EACH
    assert await scene.spent() == EACH


async def test_an_answer_lost_behind_the_settlement_settles_once(stage: Stage) -> None:
    scene = await stage(Scripted(draws()))
    scene.database.after["finish"] = away(1)
    assert completed(await scene.events(a_request())).charged == EACH
    assert scene.database.written["finish"] == 2
    assert await scene.spent() == EACH


@pytest.mark.parametrize("trouble", [DatabaseAway, DatabaseFull])
async def test_a_database_that_stays_away_leaves_the_job_to_the_keeper(
    stage: Stage, trouble: type[Exception]
) -> None:
    scene = await stage(Scripted(draws()), lease_s=0.1)
    scene.database.before["finish"] = [trouble("gone") for _ in range(1000)]
    events = await scene.events(a_request())
    error = error_of(events)
    assert isinstance(error, JobTimeout)
    assert error.job_id == admitted(events).ticket.job_id
    assert "Only pictures that are delivered are charged" in error.message
    await until(lambda: tended(scene))
    (job,) = await scene.jobs()
    assert (job.state, await scene.spent()) == ("failed", 0)


async def test_a_try_that_cannot_be_recorded_is_not_made_and_left_to_the_keeper(
    stage: Stage,
) -> None:
    failure = ProviderError("no", outcome="known_not_run")
    second = Scripted(draws())
    scene = await stage(Scripted([failure]), second, lease_s=0.1)
    scene.database.before["next_try"] = away(1000)
    assert isinstance(error_of(await scene.events(a_request())), JobTimeout)
    assert (second.orders, scene.studio.jobs.underway.tickets()) == ([], [])
    await until(lambda: tended(scene))
    assert await scene.spent() == 0


async def test_a_strict_request_is_refused_what_would_be_ignored(stage: Stage) -> None:
    scene = await stage(Scripted(draws()))
    assert completed(await scene.events(a_request(steps=4))).charged == EACH
    with pytest.raises(InvalidParams, match="steps"):
        await scene.events(replace(a_request(steps=4), strict=True))


async def test_previews_are_ordered_and_paid_for(stage: Stage) -> None:
    provider = Scripted(draws())
    scene = await stage(provider)
    held = []
    for partial_images in (0, 3):
        request = replace(
            a_request(model="gpt-image-2"), partial_images=partial_images, streamed=True
        )
        held.append(admitted(await scene.events(request)).ticket.held.total)
    assert [order.partial_images for order in provider.orders] == [0, 3]
    assert held[0] < held[1]


@pytest.mark.parametrize("trouble", [DatabaseAway, DatabaseFull])
async def test_a_failure_that_cannot_be_written_is_left_to_the_keeper(
    stage: Stage, trouble: type[Exception]
) -> None:
    failure = ProviderError("no", outcome="ran")
    scene = await stage(Scripted([failure]), lease_s=0.1)
    scene.database.before["fail"] = [trouble("gone") for _ in range(4)]
    error = error_of(await scene.events(a_request()))
    assert isinstance(error, JobTimeout)
    await until(lambda: tended(scene))
    assert await scene.spent() == 0


async def test_a_job_that_was_taken_over_meanwhile_is_charged_to_nobody(stage: Stage) -> None:
    ends: list[list[Step]] = [draws(), [ProviderError("no", outcome="ran")]]
    for end in ends:
        provider = Scripted([gate := asyncio.Event(), *end])
        scene = await stage(provider)
        running = asyncio.create_task(scene.events(a_request()))
        await provider.asked.wait()
        (ticket,) = scene.studio.jobs.underway.tickets()
        await scene.studio.jobs.fail(ticket, code="x", message="taken over", outcome="unknown")
        gate.set()
        error = error_of(await running)
        assert isinstance(error, JobTimeout)
        assert error.message.startswith("this generation could not be brought to its end here")
        assert (await scene.job(ticket)).error_message == "taken over"
        assert await scene.spent() == 0


class FullDisk(LocalBlobs):
    """Takes so many pictures and no more."""

    room = 1

    def write(self, blob_id: str, data: bytes) -> None:
        self.room -= 1
        if self.room < 0:
            raise OSError(errno.ENOSPC, "no space left on device")
        super().write(blob_id, data)


@pytest.mark.parametrize("room", [0, 1])
async def test_a_full_disk_is_told_and_not_charged(stage: Stage, room: int) -> None:
    scene = await stage(Scripted(draws(2)))
    disk = FullDisk(scene.blobs)
    disk.room = room
    studio = replace(scene.studio, artifacts=Artifacts(scene.database, disk))
    events = await replace(scene, studio=studio).events(a_request(n=2))
    error, job = error_of(events), await scene.job(admitted(events).ticket)
    assert isinstance(error, StorageUnavailable)
    assert (error.status, error.code, error.retryable) == (503, "storage_unavailable", False)
    assert (job.state, job.error_code) == ("failed", "storage_unavailable")
    assert await scene.outcomes() == ["ran"]
    assert await scene.spent() == 0


async def test_many_at_once_spend_what_they_deliver(stage: Stage) -> None:
    policy = ProviderError("refused", outcome="ran", reason="content_policy_violation")
    lost = ProviderError("lost", outcome="unknown")
    turns: list[list[Step]] = [draws(2), [policy], [lost]]
    scene = await stage(Scripted(*turns * 10))
    ends = await asyncio.gather(*(scene.events(a_request(n=2)) for _ in range(30)))
    assert sum(isinstance(events[-1], Completed) for events in ends) == 10
    assert await scene.spent() == 20 * EACH
