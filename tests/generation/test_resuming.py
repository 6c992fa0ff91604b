"""A job that its provider works on by itself goes on elsewhere, and ends as it would have here."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.generation.studios import (
    CATALOG,
    EACH,
    MODEL,
    Places,
    Scene,
    Scripted,
    Step,
    a_request,
    a_scene,
    away,
    draws,
    pictures,
    place,
)
from tests.jobs.orders import jobs_on, run
from tests.ledger.books import balance_of

from limner.accounts.limits import Options
from limner.catalog.model import Model
from limner.db.base import Database
from limner.errors import JobTimeout
from limner.generation import attempts, resuming
from limner.generation.attempts import Place
from limner.generation.pricing import charge, quote
from limner.generation.runner import Runner
from limner.generation.tariff import Tariff, Tariffs
from limner.generation.wording import CANCELLED
from limner.jobs.cancelling import cancel
from limner.jobs.feed import Completed, Failed, JobFeed
from limner.jobs.job import Job
from limner.jobs.keeper import INTERRUPTED, Keeper
from limner.providers.base import (
    Accepted,
    Generated,
    ImageProvider,
    Order,
    Progress,
    ProviderError,
    ProviderEvent,
    TaskGone,
    Usage,
)

METERED = "gpt-image-2"
LOOKS = 4000
SILENT = "UPDATE job SET lease_until = 1"
LATE = "UPDATE job SET deadline_at = 1"
ROW = "SELECT task_ref, resumption FROM job"
CANARY = "a canary in a coal mine"


class Tasked(Scripted):
    """A provider whose work goes on by itself; `later` are the scripts of those who ask for it."""

    def __init__(self, script: list[Step], *later: list[Step]) -> None:
        super().__init__(script)
        self.later = list(later)
        self.resumed: list[tuple[Order, str]] = []

    async def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        script = self.later[min(len(self.resumed), len(self.later) - 1)]
        self.resumed.append((order, task))
        try:
            for step in script:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.left += 1


class Town(Places):
    """Places that are known by their names, until they are removed."""

    def __init__(self, *places: Place) -> None:
        super().__init__(*places)
        self.known: dict[str, ImageProvider] = {one.provider_name: one.provider for one in places}

    async def connected(self, name: str) -> ImageProvider | None:
        return self.known.get(name)


async def until(there: Callable[[], bool]) -> None:
    for _ in range(LOOKS):
        if there():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to that")


@dataclass
class Pair:
    """Two processes on one database, each with a runner and a keeper."""

    scene: Scene
    town: Town
    first: Runner
    second: Runner
    keeper: Keeper
    """Of the second process."""

    async def begun(self, n: int = 1, **given: object) -> JobFeed:
        """A job of the first process whose task is noted."""
        feed = self.first.start(a_request(CANARY, n=n, **given), self.scene.caller)
        await feed.first()
        for _ in range(LOOKS):
            if (await self.row())[0] is not None:
                break
            await asyncio.sleep(0.005)
        return feed

    async def row(self) -> tuple[str | None, str | None]:
        ((task, resumption),) = await self.scene.database.fetch(ROW)
        return (None if task is None else str(task), str(resumption))

    async def fell_silent(self) -> int:
        """The first process renews nothing any more; how many jobs the second takes over."""
        await run(self.scene.database.real, SILENT)
        return await self.keeper.close_stale()

    async def end(self) -> Job:
        """The only job, once the second process is done with it."""
        await until(lambda: not self.second.running)
        (job,) = await self.scene.jobs()
        return job

    async def lost(self) -> int:
        return await balance_of(self.scene.database.real, "losses", "live")


@pytest.fixture
async def make(database: Database, tmp_path: Path) -> AsyncIterator[list[Pair]]:
    made: list[Pair] = []
    yield made
    for pair in made:
        for runner in (pair.first, pair.second):
            await runner.drain(0)


async def a_pair(
    database: Database,
    folder: Path,
    provider: Scripted,
    made: list[Pair],
    markup: int = 0,
    **there: Any,
) -> Pair:
    """Two processes with a markup; the second one differs in what is said of `there`."""
    town = Town(place(provider))
    scene = await a_scene(database, folder)
    tariffs = Tariffs(markup_percent=markup)
    scene = replace(scene, studio=replace(scene.studio, connections=town, tariffs=tariffs))
    other = replace(scene.studio, **{"jobs": jobs_on(database), **there})
    second = Runner(other)
    keeper = Keeper(database, other.jobs, other.artifacts, going_on=second)
    pair = Pair(scene, town, Runner(scene.studio), second, keeper)
    made.append(pair)
    return pair


def endless() -> list[Step]:
    return [Accepted("task-1"), Progress(0.25), asyncio.Event()]


@pytest.mark.parametrize(
    ("later", "state", "also_lost"),
    [
        (draws(), "completed", 0),
        ([ProviderError("no", outcome="known_not_run")], "failed", 0),
        ([TaskGone("no")], "failed", EACH),
    ],
)
async def test_what_an_earlier_place_may_have_drawn_is_lost_however_the_work_ends_elsewhere(
    database: Database,
    tmp_path: Path,
    make: list[Pair],
    later: list[Step],
    state: str,
    also_lost: int,
) -> None:
    provider = Tasked(endless(), later)
    pair = await a_pair(database, tmp_path, provider, make)
    first = Scripted([ProviderError("no", outcome="unknown")])
    pair.town.chosen = (place(first, "before"), *pair.town.chosen)
    pair.scene.caller = replace(pair.scene.caller, options=Options(fallback_on_unknown=True))
    await pair.begun()
    assert await pair.fell_silent() == 1
    assert (await pair.end()).state == state
    assert await pair.lost() == EACH + also_lost
    assert await pair.scene.outcomes() == ["ran" if state == "completed" else "unknown"]


async def test_another_process_collects_the_pictures_and_the_first_cannot_write_any_more(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    goes_on = asyncio.Event()
    provider = Tasked([Accepted("task-1"), goes_on, pictures(2)], draws(2))
    pair = await a_pair(database, tmp_path, provider, make)
    feed = await pair.begun(n=2)
    assert await pair.fell_silent() == 1
    job = await pair.end()
    assert (job.state, job.charged) == ("completed", 2 * EACH)
    goes_on.set()
    late = await feed.last()
    assert isinstance(late, Failed)
    assert isinstance(late.error, JobTimeout)
    assert await pair.scene.spent() == 2 * EACH
    assert await pair.scene.outcomes() == ["ran"]
    ((order, task),) = provider.resumed
    assert (len(provider.orders), task, order.n, order.prompt) == (1, "task-1", 2, "")
    assert (order.upstream_model, order.job_id) == ("drawer-1", job.id)
    assert await pair.lost() == 0


async def test_who_follows_a_job_that_goes_on_here_sees_it_whole(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    ready = asyncio.Event()
    later: list[Step] = [Progress(0.5), ready, pictures(1)]
    pair = await a_pair(database, tmp_path, Tasked(endless(), later), make)
    await pair.begun()
    await pair.fell_silent()
    (job,) = await pair.scene.jobs()
    await until(lambda: pair.second.feed_of(job.id) is not None)
    feed = pair.second.feed_of(job.id)
    assert feed is not None
    ready.set()
    async with aclosing(feed.watch()) as watched:
        told = [event async for event in watched]
    assert isinstance(told[-1], Completed)
    assert Progress(0.5) in told
    assert (told[0].model, told[0].asked_for) == (MODEL, MODEL)  # type: ignore[union-attr]  # Admitted


async def test_nothing_a_person_wrote_is_noted_in_the_open(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    pair = await a_pair(database, tmp_path, Tasked(endless(), draws()), make)
    await pair.begun(user=CANARY)
    task, resumption = await pair.row()
    assert task == "task-1"
    assert resumption is not None
    assert CANARY not in resumption
    await pair.fell_silent()
    assert (await pair.end()).state == "completed"


async def test_a_hold_that_had_nearly_run_out_lives_on_with_its_job(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    pair = await a_pair(database, tmp_path, Tasked(endless(), draws()), make)
    await pair.begun()
    await run(database, "UPDATE hold SET expires_at = 1")
    assert await pair.fell_silent() == 1
    assert await pair.scene.ledger.expire_holds() == 0
    assert (await pair.end()).charged == EACH
    assert await pair.scene.spent() == EACH


async def test_a_provider_that_was_removed_leaves_the_outcome_open_and_a_loss(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    provider = Tasked(endless(), draws())
    pair = await a_pair(database, tmp_path, provider, make)
    await pair.begun()
    pair.town.known.clear()
    await pair.fell_silent()
    job = await pair.end()
    assert (job.state, job.error_code, job.charged) == ("failed", "provider_error", 0)
    assert "xai, which had this order, is not configured here any more" in str(job.error_message)
    assert await pair.scene.outcomes() == ["unknown"]
    assert provider.resumed == []
    assert await pair.scene.spent() == 0
    assert await pair.lost() == EACH


async def test_a_task_that_is_gone_ends_its_job_at_once(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    provider = Tasked(endless(), [TaskGone("xai does not know this order any more")])
    pair = await a_pair(database, tmp_path, provider, make)
    await pair.begun()
    await pair.fell_silent()
    assert (await pair.end()).state == "failed"
    assert await pair.scene.outcomes() == ["unknown"]
    assert len(provider.resumed) == 1
    assert await pair.scene.spent() == 0
    assert await pair.lost() == EACH


async def test_what_is_refused_for_its_content_costs_nobody_anything(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    refused = ProviderError("no", outcome="ran", reason="content_policy_violation")
    pair = await a_pair(database, tmp_path, Tasked(endless(), [refused]), make)
    await pair.begun()
    await pair.fell_silent()
    assert (await pair.end()).error_code == "content_policy_violation"
    assert await pair.scene.spent() == 0
    assert await pair.lost() == 0


@pytest.mark.parametrize("there", [True, False])
async def test_behind_its_deadline_a_job_is_looked_for_once_more(
    database: Database,
    tmp_path: Path,
    make: list[Pair],
    monkeypatch: pytest.MonkeyPatch,
    there: bool,
) -> None:
    monkeypatch.setattr(resuming, "LAST_LOOK_S", 0.2)
    later: list[Step] = draws() if there else [asyncio.Event()]
    pair = await a_pair(database, tmp_path, Tasked(endless(), later), make)
    await pair.begun()
    await run(database, LATE)
    await pair.fell_silent()
    assert (await pair.end()).state == ("completed" if there else "failed")
    assert await pair.scene.outcomes() == ["ran" if there else "unknown"]
    assert await pair.lost() == (0 if there else EACH)


@pytest.mark.parametrize("taken_over", [True, False])
async def test_an_open_outcome_is_looked_up_until_it_is_known(
    database: Database,
    tmp_path: Path,
    make: list[Pair],
    monkeypatch: pytest.MonkeyPatch,
    taken_over: bool,
) -> None:
    monkeypatch.setattr(attempts, "SHORTEST_WAIT_S", 0.01)
    silence: list[Step] = [ProviderError("silence", outcome="unknown")]
    begins = endless() if taken_over else [Accepted("task-1"), *silence]
    provider = Tasked(begins, silence, silence, draws())
    pair = await a_pair(database, tmp_path, provider, make)
    feed = await pair.begun()
    if taken_over:
        await pair.fell_silent()
        assert (await pair.end()).state == "completed"
    else:
        assert isinstance(await feed.last(), Completed)
    assert (len(provider.orders), len(provider.resumed)) == (1, 3)
    assert await pair.scene.spent() == EACH


async def test_without_a_task_an_open_outcome_stays_open(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    provider = Tasked([Accepted(), ProviderError("silence", outcome="unknown")], draws())
    pair = await a_pair(database, tmp_path, provider, make)
    feed = pair.first.start(a_request(), pair.scene.caller)
    assert isinstance(await feed.last(), Failed)
    assert (await pair.scene.outcomes(), provider.resumed) == (["unknown"], [])


async def test_a_job_without_a_task_is_closed_as_ever(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    pair = await a_pair(database, tmp_path, Tasked([Accepted(), asyncio.Event()], draws()), make)
    feed = pair.first.start(a_request(), pair.scene.caller)
    await feed.first()
    assert await pair.fell_silent() == 1
    assert (await pair.end()).error_message == INTERRUPTED
    assert pair.second.running == 0


async def test_a_further_try_forgets_the_task_of_the_one_before(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    never_ran = ProviderError("no", outcome="known_not_run")
    provider = Tasked([Accepted("task-1"), never_ran], draws())
    other = Tasked([Accepted(), asyncio.Event()], draws())
    pair = await a_pair(database, tmp_path, provider, make)
    pair.town.chosen = (place(provider), place(other, "other"))
    pair.first.start(a_request(), pair.scene.caller)
    await other.asked.wait()
    await asyncio.sleep(0.05)
    assert (await pair.row())[0] is None
    assert await pair.fell_silent() == 1
    assert (await pair.end()).error_message == INTERRUPTED


async def test_a_stop_leaves_the_task_to_others_at_once(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    provider = Tasked(endless(), draws())
    pair = await a_pair(database, tmp_path, provider, make)
    feed = await pair.begun()
    await pair.first.drain(0)
    told = await feed.last()
    assert isinstance(told, Failed)
    assert told.error.code == "job_timeout"
    assert [job.state for job in await pair.scene.jobs()] == ["processing"]
    assert await pair.keeper.close_stale() == 1
    assert (await pair.end()).state == "completed"
    assert await pair.scene.spent() == EACH


async def test_who_stops_takes_over_nothing_that_goes_on(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    pair = await a_pair(database, tmp_path, Tasked(endless(), draws()), make)
    await pair.begun()
    await pair.second.drain(0)
    assert await pair.fell_silent() == 0
    assert [job.state for job in await pair.scene.jobs()] == ["processing"]


async def test_a_job_that_goes_on_here_is_handed_over_once_more(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    provider = Tasked(endless(), [asyncio.Event()], draws())
    pair = await a_pair(database, tmp_path, provider, make)
    await pair.begun()
    await pair.fell_silent()
    await until(lambda: bool(provider.resumed))
    await pair.second.drain(0)
    jobs = jobs_on(database)
    third = Runner(replace(pair.scene.studio, jobs=jobs))
    keeper = Keeper(database, jobs, pair.scene.studio.artifacts, going_on=third)
    assert await keeper.close_stale() == 1
    await until(lambda: not third.running)
    assert await pair.scene.spent() == EACH


async def test_cancelling_ends_what_is_free_wherever_it_goes_on(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    provider = Tasked(endless(), [asyncio.Event()])
    provider.repeatable = True
    pair = await a_pair(database, tmp_path, provider, make)
    await pair.begun()
    await pair.fell_silent()
    await until(lambda: bool(provider.resumed))
    (job,) = await pair.scene.jobs()
    await cancel(job, CANCELLED, database=database, jobs=pair.scene.studio.jobs)
    await pair.keeper.beat()
    job = await pair.end()
    assert (job.state, job.error_code) == ("failed", "cancelled")
    assert await pair.scene.spent() == 0


async def test_cancelling_what_is_billed_lets_it_go_on(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    ready = asyncio.Event()
    pair = await a_pair(database, tmp_path, Tasked(endless(), [ready, pictures(1)]), make)
    await pair.begun()
    await pair.fell_silent()
    (job,) = await pair.scene.jobs()
    await cancel(job, CANCELLED, database=database, jobs=pair.scene.studio.jobs)
    ready.set()
    assert (await pair.end()).state == "completed"


async def test_a_database_that_goes_away_leaves_the_job_to_the_next_keeper(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    pair = await a_pair(database, tmp_path, Tasked(endless(), draws()), make)
    await pair.begun()
    keeper = Keeper(
        pair.scene.database,
        pair.scene.studio.jobs,
        pair.scene.studio.artifacts,
        going_on=pair.first,
    )
    await run(database, SILENT)
    pair.scene.database.before["fetch"] = []
    claimed = pair.scene.database.after
    claimed["claim_task"] = away(1)
    with pytest.raises(Exception, match="gone"):
        await keeper.close_stale()
    assert await pair.fell_silent() == 1
    assert (await pair.end()).state == "completed"


async def test_fewer_pictures_than_ordered_are_paid_for_as_they_came(
    database: Database, tmp_path: Path, make: list[Pair]
) -> None:
    came = Generated(pictures(1).images, lost=2)
    pair = await a_pair(database, tmp_path, Tasked(endless(), [came]), make)
    await pair.begun(n=3)
    await pair.fell_silent()
    assert (await pair.end()).charged == EACH
    assert await pair.scene.spent() == EACH


@pytest.mark.parametrize("markup", [100, -75])
async def test_who_takes_over_charges_by_the_terms_a_job_was_accepted_at(
    database: Database, tmp_path: Path, make: list[Pair], markup: int
) -> None:
    usage = Usage(text_in=10, image_out=400)
    came = replace(pictures(1), usage=usage)
    elsewhere = {**CATALOG.models, METERED: priced_as(MODEL)}
    there = {
        "catalog": replace(CATALOG, models=elsewhere),
        "tariffs": Tariffs(markup_percent=markup),
    }
    provider = Tasked(endless(), [came])
    pair = await a_pair(database, tmp_path, provider, make, markup=20, **there)
    await pair.begun(model=METERED, size="1024x1024")
    held = (await pair.scene.wallet()).held
    await pair.fell_silent()
    model, tariff = CATALOG.models[METERED], Tariff(markup_percent=20)
    params = {"size": "1024x1024"}
    quoted = quote(model, n=1, params=params, prompt=CANARY, tariff=tariff)
    due = charge(model, quoted, delivered=1, usage=usage, tariff=tariff).total
    assert 0 < due < held == quoted.total
    assert (await pair.end()).charged == due
    assert await pair.scene.spent() == due


def priced_as(slug: str) -> Model:
    """The metered model in a catalog that has another price for it."""
    return msgspec.structs.replace(CATALOG.models[METERED], price=CATALOG.models[slug].price)


@pytest.mark.parametrize("markup", [150, -50])
async def test_a_loss_of_a_job_that_was_taken_over_is_booked_at_list_price(
    database: Database, tmp_path: Path, make: list[Pair], markup: int
) -> None:
    provider = Tasked(endless(), draws())
    pair = await a_pair(database, tmp_path, provider, make, markup=markup)
    await pair.begun(n=2)
    assert (await pair.scene.wallet()).held == 2 * EACH * (100 + markup) // 100
    pair.town.known.clear()
    await pair.fell_silent()
    assert (await pair.end()).charged == 0
    assert await pair.scene.spent() == 0
    assert await pair.lost() == 2 * EACH


@pytest.mark.parametrize("markup", [150, -50])
async def test_pictures_that_were_lost_on_the_way_are_booked_at_list_price(
    database: Database, tmp_path: Path, make: list[Pair], markup: int
) -> None:
    came = Generated(pictures(1).images, lost=2)
    pair = await a_pair(database, tmp_path, Tasked(endless(), [came]), make, markup=markup)
    await pair.begun(n=3)
    await pair.fell_silent()
    charged = EACH * (100 + markup) // 100
    assert (await pair.end()).charged == charged
    assert await pair.scene.spent() == charged
    assert await pair.lost() == 2 * EACH
