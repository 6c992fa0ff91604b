"""Other models that answer in place of the one that was asked for: which, when, at what price."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.generation.studios import (
    CATALOG,
    MODEL,
    Places,
    Scene,
    Scripted,
    Step,
    a_request,
    a_scene,
    draws,
    pictures,
    place,
)
from tests.jobs.orders import run

from limner.accounts.limits import Options
from limner.catalog.model import Model
from limner.db.base import Database
from limner.errors import InvalidParams, ServiceUnavailable
from limner.generation.attempts import Place
from limner.generation.chains import check_chains
from limner.generation.pricing import quote
from limner.generation.wording import CANCELLED
from limner.jobs.cancelling import cancel
from limner.jobs.feed import Admitted, Completed, Failed, JobEvent
from limner.money import MICRO
from limner.providers.base import Outcome, ProviderError, Reason, Usage

DEAR, CHEAP = "flux-2-max", "z-image-turbo"


class ByModel(Places):
    """Connections that lead each model to a scripted provider of its own."""

    def __init__(self, places: Mapping[str, Scripted]) -> None:
        super().__init__()
        self.by_model = places

    async def places(self, model: Model, mode: str) -> tuple[Place, ...]:
        if model.slug not in self.by_model:
            raise ServiceUnavailable(f"{model.slug} runs nowhere")
        one = place(self.by_model[model.slug], f"at {model.slug}", 60.0)
        return (replace(one, upstream_model=f"up-{model.slug}", model=model.slug),)


def fails(outcome: Outcome = "known_not_run", reason: Reason = "provider_error") -> list[Step]:
    return [ProviderError("no", outcome=outcome, reason=reason)]


async def chained(
    database: Database,
    folder: Path,
    places: Mapping[str, Scripted],
    *others: str,
    on_unknown: bool = False,
) -> Scene:
    """A scene whose caller lets these models answer in place of `MODEL`."""
    scene = await a_scene(database, folder)
    options = Options(fallbacks={MODEL: others}, fallback_on_unknown=on_unknown)
    scene.caller = replace(scene.caller, options=options)
    scene.studio = replace(scene.studio, connections=ByModel(places))
    return scene


def price(slug: str, n: int = 1) -> int:
    return quote(CATALOG.models[slug], n=n, params={}).total


def begun(events: list[JobEvent]) -> Admitted:
    assert isinstance(events[0], Admitted)
    return events[0]


def ended(events: list[JobEvent]) -> Completed:
    assert isinstance(events[-1], Completed), events[-1]
    return events[-1]


async def test_the_next_model_answers_and_is_paid_what_it_costs(
    database: Database, tmp_path: Path
) -> None:
    first, second = Scripted(fails()), Scripted(draws())
    scene = await chained(database, tmp_path, {MODEL: first, DEAR: second}, DEAR)
    events = await scene.events(a_request())
    assert begun(events).model == MODEL
    assert begun(events).ticket.held.total == price(DEAR) > price(MODEL)
    end = ended(events)
    assert end.admitted is not None
    assert (end.admitted.model, end.admitted.asked_for, end.admitted.depth) == (DEAR, MODEL, 1)
    assert f"{DEAR} answered, because {MODEL} could not be had" in end.admitted.warnings
    assert end.charged == await scene.spent() == price(DEAR)
    (job,) = await scene.jobs()
    assert (job.model, job.charged, job.tries) == (DEAR, price(DEAR), 2)
    assert second.orders[0].upstream_model == f"up-{DEAR}"
    version = msgspec.json.decode(end.cost)["price_version"]
    rows = await scene.database.fetch(
        "SELECT j.price_version, p.model FROM job j JOIN price p ON p.version = j.price_version"
        " WHERE j.id = :id",
        {"id": job.id},
    )
    assert rows == [(version, DEAR)]


async def test_what_the_dearest_does_not_use_is_free_again(
    database: Database, tmp_path: Path
) -> None:
    scene = await chained(
        database, tmp_path, {MODEL: Scripted(draws()), DEAR: Scripted(draws())}, DEAR
    )
    end = ended(await scene.events(a_request()))
    assert end.charged == await scene.spent() == price(MODEL)
    assert end.admitted is not None
    assert (end.admitted.model, end.admitted.depth) == (MODEL, 0)


async def test_a_model_that_runs_nowhere_is_passed_over_before_anything_begins(
    database: Database, tmp_path: Path
) -> None:
    scene = await chained(database, tmp_path, {CHEAP: Scripted(draws())}, DEAR, CHEAP)
    events = await scene.events(a_request())
    assert (begun(events).model, begun(events).asked_for, begun(events).depth) == (CHEAP, MODEL, 2)
    assert ended(events).charged == price(CHEAP)
    assert (await scene.jobs())[0].tries == 1


async def test_when_none_runs_anywhere_the_refusal_is_of_the_one_that_was_asked_for(
    database: Database, tmp_path: Path
) -> None:
    scene = await chained(database, tmp_path, {}, DEAR)
    with pytest.raises(ServiceUnavailable, match=f"{MODEL} runs nowhere"):
        await scene.events(a_request())
    assert await scene.jobs() == []


async def test_a_caller_may_want_this_model_alone(database: Database, tmp_path: Path) -> None:
    second = Scripted(draws())
    scene = await chained(database, tmp_path, {MODEL: Scripted(fails()), DEAR: second}, DEAR)
    events = await scene.events(replace(a_request(), lone=True))
    assert isinstance(events[-1], Failed)
    assert begun(events).ticket.held.total == price(MODEL)
    assert (second.orders, await scene.spent()) == ([], 0)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("ran", "provider_error"),
        ("ran", "content_policy_violation"),
        ("unknown", "provider_error"),
        ("known_not_run", "bad_parameter"),
        ("known_not_run", "content_policy_violation"),
    ],
)
async def test_no_other_is_asked_where_the_first_may_have_drawn_or_the_caller_erred(
    database: Database, tmp_path: Path, outcome: Outcome, reason: Reason
) -> None:
    second = Scripted(draws())
    first = Scripted(fails(outcome, reason))
    scene = await chained(database, tmp_path, {MODEL: first, DEAR: second}, DEAR)
    events = await scene.events(a_request())
    assert isinstance(events[-1], Failed)
    assert (second.orders, await scene.spent()) == ([], 0)


async def test_who_says_so_asks_another_after_an_open_outcome(
    database: Database, tmp_path: Path
) -> None:
    first, second = Scripted(fails("unknown")), Scripted(draws())
    scene = await chained(database, tmp_path, {MODEL: first, DEAR: second}, DEAR, on_unknown=True)
    assert ended(await scene.events(a_request())).charged == price(DEAR)
    assert await scene.spent() == price(DEAR)
    losses = await scene.database.fetch("SELECT amount FROM posting WHERE kind = 'loss'")
    assert losses == [(price(MODEL),)]  # the first may want it, and nobody was charged for that
    assert (len(first.orders), len(second.orders)) == (1, 1)


@pytest.mark.parametrize(
    ("second", "also_lost"),
    [
        (fails("known_not_run", "capacity"), 0),
        (fails("known_not_run", "bad_parameter"), 0),
        (fails("ran", "content_policy_violation"), 0),
        (fails("ran"), price(DEAR)),
        (fails("unknown"), price(DEAR)),
    ],
)
async def test_an_open_outcome_stays_one_when_no_other_model_can_answer(
    database: Database, tmp_path: Path, second: list[Step], also_lost: int
) -> None:
    places = {MODEL: Scripted(fails("unknown")), DEAR: Scripted(second)}
    scene = await chained(database, tmp_path, places, DEAR, on_unknown=True)
    end = (await scene.events(a_request()))[-1]
    assert isinstance(end, Failed)
    assert (end.error.code, await scene.spent()) == ("job_timeout", 0)
    losses = await scene.database.fetch("SELECT amount FROM posting WHERE kind = 'loss'")
    assert losses == [(price(MODEL) + also_lost,)]


async def test_an_open_outcome_is_booked_also_when_the_process_dies_at_the_next_model(
    database: Database, tmp_path: Path
) -> None:
    second = Scripted([asyncio.Event()])
    places = {MODEL: Scripted(fails("unknown")), DEAR: second}
    scene = await chained(database, tmp_path, places, DEAR, on_unknown=True)
    await dies_at(scene, second)
    assert await scene.outcomes() == ["unknown"]
    losses = await scene.database.fetch("SELECT amount FROM posting WHERE kind = 'loss'")
    assert losses == [(price(MODEL) + price(DEAR),)]
    assert await scene.spent() == 0


async def test_an_open_outcome_is_booked_also_when_the_process_dies_at_another_place(
    database: Database, tmp_path: Path
) -> None:
    second = Scripted([asyncio.Event()])
    scene = await a_scene(
        database, tmp_path, place(Scripted(fails("unknown")), "one"), place(second, "two")
    )
    scene.caller = replace(scene.caller, options=Options(fallback_on_unknown=True))
    await dies_at(scene, second)
    losses = await scene.database.fetch("SELECT amount FROM posting WHERE kind = 'loss'")
    assert losses == [(2 * price(MODEL),)]
    assert await scene.spent() == 0


async def test_nothing_that_may_have_to_be_paid_for_is_cancelled_for_free(
    database: Database, tmp_path: Path
) -> None:
    second = Scripted([asyncio.Event()])
    second.repeatable = True  # alone it could be cancelled
    places = {MODEL: Scripted(fails("unknown")), DEAR: second}
    scene = await chained(database, tmp_path, places, DEAR, on_unknown=True)
    runner = scene.runner
    feed = runner.start(a_request(), scene.caller)
    await second.asked.wait()
    (job,) = await scene.jobs()
    await cancel(job, CANCELLED, database=database, jobs=scene.studio.jobs)
    assert (await scene.job(job.id)).state == "processing"
    await runner.drain(0)
    assert isinstance(await feed.last(), Failed)
    losses = await scene.database.fetch("SELECT amount FROM posting WHERE kind = 'loss'")
    assert losses == [(price(MODEL) + price(DEAR),)]


async def dies_at(scene: Scene, provider: Scripted) -> None:
    """A job whose process renews nothing any more once a provider has its order is closed."""
    runner = scene.runner
    runner.start(a_request(), scene.caller)
    await provider.asked.wait()
    await run(scene.database.real, "UPDATE job SET lease_until = 1")
    assert await scene.keeper.close_stale() == 1
    await runner.drain(0)


async def test_of_a_chain_only_what_may_have_drawn_is_lost(
    database: Database, tmp_path: Path
) -> None:
    places = {MODEL: Scripted(fails("known_not_run")), CHEAP: Scripted(fails("unknown"))}
    scene = await chained(database, tmp_path, places, CHEAP)
    assert isinstance((await scene.events(a_request()))[-1], Failed)
    losses = await scene.database.fetch("SELECT amount FROM posting WHERE kind = 'loss'")
    assert losses == [(price(CHEAP),)]


@pytest.mark.parametrize(
    "given",
    [
        {"aspect_ratio": "19.5:9"},  # nobody else draws in this shape
        {"image_size": "2K"},
    ],
)
async def test_a_model_that_cannot_do_all_that_was_asked_is_left_out(
    database: Database, tmp_path: Path, given: dict[str, str]
) -> None:
    other = Scripted(draws())
    scene = await chained(database, tmp_path, {MODEL: Scripted(fails()), CHEAP: other}, CHEAP)
    events = await scene.events(a_request(**given))
    assert isinstance(events[-1], Failed)
    assert other.orders == []


async def test_a_field_that_none_of_them_knows_is_no_hindrance(
    database: Database, tmp_path: Path
) -> None:
    scene = await chained(
        database, tmp_path, {MODEL: Scripted(fails()), DEAR: Scripted(draws())}, DEAR
    )
    end = ended(await scene.events(a_request(mood=7)))
    assert end.admitted is not None
    assert (end.admitted.model, end.admitted.ignored) == (DEAR, ("mood",))


async def test_a_key_s_models_are_all_that_may_answer(database: Database, tmp_path: Path) -> None:
    second = Scripted(draws())
    scene = await chained(database, tmp_path, {MODEL: Scripted(fails()), DEAR: second}, DEAR)
    scene.caller = replace(scene.caller, allowed_models=(MODEL,))
    assert isinstance((await scene.events(a_request()))[-1], Failed)
    assert second.orders == []


async def test_what_a_provider_meters_is_charged_by_the_terms_of_the_model_that_drew(
    database: Database, tmp_path: Path
) -> None:
    drawn = replace(pictures(1), usage=Usage(cost=10**8))
    metered = Scripted([drawn])
    scene = await chained(database, tmp_path, {MODEL: Scripted(fails()), DEAR: metered}, DEAR)
    assert ended(await scene.events(a_request())).charged == MICRO


@pytest.mark.parametrize(
    ("chains", "said"),
    [
        ({"no-such": (DEAR,)}, "no model 'no-such'; the nearest are"),
        ({MODEL: ("no-such",)}, "no model 'no-such'; the nearest are"),
        ({MODEL: (MODEL,)}, "has to be another model for image"),
        ({MODEL: ("suno-v5",)}, "has to be another model for image"),
    ],
)
def test_a_chain_that_cannot_be_is_refused_by_name(
    chains: dict[str, tuple[str, ...]], said: str
) -> None:
    with pytest.raises(InvalidParams, match=said) as refused:
        check_chains(chains, CATALOG)
    assert refused.value.param == "fallbacks"
