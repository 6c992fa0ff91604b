"""E04, estimate, hold and charge agree: every model with every value of every parameter it takes.

Each request is estimated, drawn and looked up, at list price, with a markup and with a discount.
What was estimated is held, what is charged is never more, and the same where the price is fixed.
The lines of the bill add up to it; answer, job, ledger and usage tell the same sums, by key and for
the workspace (I7), and so does a real server in all the places where it tells them. Providers that
meter tell anything from nothing to twice what was held.
"""

import random
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from typing import Any

import msgspec
from tests.experiments.run import Run
from tests.experiments.told_prices import sampled, told_by_a_server
from tests.faults.invariants import breaches
from tests.files.sounds import wav
from tests.generation.studios import CATALOG, Scene, a_request, a_scene, picture, place
from tests.providers.given import given
from tests.sketch.files import flat

from limner import money
from limner.accounts.limits import Options
from limner.catalog.model import (
    BooleanParam,
    EnumParam,
    IntegerParam,
    Model,
    NumberParam,
    Param,
    Task,
    TokenPrice,
)
from limner.db import schema
from limner.errors import InvalidParams
from limner.generation.choice import tasks_of
from limner.generation.estimate import estimate
from limner.generation.generate import generate
from limner.jobs.feed import Admitted, Completed
from limner.jobs.usage import Usage as Report
from limner.jobs.usage import Used
from limner.providers.base import Accepted, Generated, ImageData, Order, ProviderEvent, Usage

ROUNDS = 20
SHORT = 1
MARKUPS = (0, 20, -25)
FEW = 3
"""Requests of each model in short; at a server in full, and models there in short."""
Request = dict[str, Any]
SOUND = ImageData(memoryview(wav(0.1)), "raw")
IMAGE = given(flat())
TOKENS = ("text_in", "image_in", "text_out", "image_out", "text_in_cached", "image_in_cached")
SETTLED = """
    SELECT COALESCE(SUM(p.amount), 0), j.charged FROM job j
    LEFT JOIN posting p ON p.job_id = j.id AND p.kind = 'settle' WHERE j.id = :job_id
    GROUP BY j.charged
"""


class Meter:
    """Draws small pictures, and says of each order what it pleases to have metered."""

    repeatable = False

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.fixed = True

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        yield Accepted()
        made = SOUND if order.task == "music" else picture()
        yield Generated((made,) * order.n, usage=self.metered())

    def metered(self) -> Usage | None:
        if self.fixed or self.chance.random() < 0.2:
            return None
        tokens = {name: self.chance.randrange(0, 20_000) for name in TOKENS}
        return Usage(**tokens, cost=self.chance.randrange(0, 10**10))

    async def check(self) -> str:
        return "ready"

    async def aclose(self) -> None:
        return None


async def experiment(run: Run) -> list[str]:
    chance = run.chance("requests")
    database = await schema.connect(run.fresh_url())
    meter = Meter(chance)
    scene = await a_scene(database, run.folder, place(meter))  # type: ignore[arg-type]  # it draws
    scene.caller = replace(scene.caller, mode="test")
    before = (await scene.wallet()).balance
    found: list[str] = []
    charged = 0
    for model in CATALOG.models.values():
        meter.fixed = not metered(model)
        asked = [*requests(model), *mixed(model, run.rounds, chance)]
        for body in chance.sample(asked, min(FEW, len(asked))) if run.short else asked:
            for markup in [chance.choice(MARKUPS)] if run.short else MARKUPS:
                wrong, cost = await tried(scene, model, body, markup)
                charged += cost
                found += [f"{model.slug} {body} at {markup} %: {line}" for line in wrong]
    spent = before - (await scene.wallet()).balance
    told = await reported(scene)
    if not charged == spent == told:
        found.append(f"I7: {charged} were charged, {spent} spent, and {told} reported")
    found += await breaches(scene.database, scene.blobs)
    await database.close()
    return found + await at_a_server(run)


async def at_a_server(run: Run) -> list[str]:
    """The same for some requests of each model at a server, in all places where it tells them."""
    chance = run.chance("told")
    models = list(CATALOG.models.values())
    if run.short:
        models = chance.sample(models, FEW)
    asked = [(model, [*requests(model), *mixed(model, 1, chance)]) for model in models]
    some = list(sampled(asked, 1 if run.short else FEW, chance))
    return await told_by_a_server(run, some, MARKUPS)


async def tried(scene: Scene, model: Model, body: Request, markup: int) -> tuple[list[str], int]:
    """What is wrong with one request's money, and what it was charged."""
    key = f"key_{markup}"
    scene.caller = replace(scene.caller, key_id=key, options=Options(markup_percent=markup))
    task = tasks_of(model)[0]
    request = replace(a_request(model=model.slug, **body), task=task, images=images(task))
    turn = scene.studio.line.arrive(scene.caller.workspace_id)
    try:
        events = [one async for one in generate(request, scene.caller, turn, scene.studio)]
    except InvalidParams as refused:
        alone = len(body) < 2 and "is required" not in refused.message
        return [f"refused: {refused.message}"] if alone else [], 0
    finally:
        turn.leave()
    begun, end = events[0], events[-1]
    assert isinstance(begun, Admitted)
    assert isinstance(end, Completed), end
    held = begun.ticket.held.total
    return [
        *compared(end, held, model),
        *await settled(scene, begun, end, model, body),
    ], end.charged


def compared(end: Completed, held: int, model: Model) -> Iterator[str]:
    if end.charged > held or (not metered(model) and end.charged != held):
        yield f"{held} held and {end.charged} charged"
    cost = msgspec.json.decode(end.cost)
    if cost["credits"] != money.wire(end.charged):
        yield f"the bill says {cost['credits']}"
    if round(sum(line["credits"] for line in cost["breakdown"]), 4) != cost["credits"]:
        yield "the lines do not add up"


async def settled(
    scene: Scene, begun: Admitted, end: Completed, model: Model, body: Request
) -> list[str]:
    studio, options = scene.studio, scene.caller.options
    wrong = []
    if tasks_of(model)[0] in ("generate", "music"):
        told = await estimate(
            model,
            {"prompt": "a paper lantern", **body},
            "test",
            studio.catalog,
            studio.vocabulary,
            studio.connections,
            lambda one: studio.tariffs.of(one, options),
        )
        if told is None or told[1].total != begun.ticket.held.total:
            wrong.append(f"estimated {told and told[1].total}, held {begun.ticket.held.total}")
    rows = await scene.database.fetch(SETTLED, {"job_id": begun.ticket.job_id})
    if [[int(amount or 0) for amount in row] for row in rows] != [[end.charged] * 2]:
        wrong.append(f"I7: the rows say {rows}, not {end.charged}")
    return wrong


async def reported(scene: Scene) -> int:
    """What the usage report says of the workspace; -1 where its keys tell another sum."""
    owner = scene.caller.workspace_id
    used = Used("test", 0, 2**62, owner)
    report = Report(scene.database)
    sums = {
        sum(line.sum.charged for line in await report.lines(used, by))
        for by in (("workspace",), ("key",), ("model", "key"))
    }
    return sums.pop() if len(sums) == 1 else -1


def metered(model: Model) -> bool:
    return isinstance(model.price, TokenPrice) or model.price.reported_in is not None


def images(task: Task) -> tuple[Any, ...]:
    return (IMAGE,) if task in ("edit", "upscale") else ()


def requests(model: Model) -> Iterator[Request]:
    """The plain one, and one for each value of each parameter."""
    yield {}
    if model.n.max > 1:
        yield {"n": model.n.max}
    for name, values in axes(model).items():
        yield from ({name: value} for value in values)


def mixed(model: Model, count: int, chance: random.Random) -> Iterator[Request]:
    """Requests with several values at once; one that cannot be is refused, and is no breach."""
    choices = axes(model)
    for _ in range(count if len(choices) > 1 else 0):
        names = chance.sample(sorted(choices), min(len(choices), chance.randint(2, 4)))
        body = {name: chance.choice(choices[name]) for name in names}
        yield {**body, "n": chance.randint(1, model.n.max)}


def axes(model: Model) -> dict[str, list[Any]]:
    task = tasks_of(model)[0]
    own = {name: one for name, one in model.params.items() if one.only in (None, task)}
    found = {name: values for name, one in own.items() if (values := list(values_of(one)))}
    if model.sizes and task not in ("upscale", "music"):
        found["size"] = [*model.sizes.listed]
    return {name: values for name, values in found.items() if values}


def values_of(param: Param) -> Iterator[Any]:
    match param:
        case EnumParam():
            yield from param.values
        case IntegerParam() | NumberParam():
            yield from (param.min, param.max)
        case BooleanParam():
            yield from (True, False)
