"""E04, estimate, hold and charge agree: every model with every two values of what it takes.

Each request is estimated, drawn and looked up. Every value of a parameter is drawn with every value
of each other one, of `n`, and with list price, a markup and a discount, unless the model refuses
the two together.
What was estimated is held, what is charged is never more, and the same where the price is fixed.
The lines of the bill add up to it; answer, job, ledger and usage tell the same sums, by key and for
the workspace (I7), and so does a real server in all the places where it tells them. Providers that
meter tell anything from nothing to twice what was held.
"""

import random
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec
from tests.experiments.pairwise import Pairs
from tests.experiments.run import Run
from tests.experiments.told_prices import left_open, sampled, told_by_a_server
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

ROUNDS = 1
SHORT = 1
MARKUPS = (0, 20, -25)
MARKUP = "markup"
"""An axis like a parameter, but of the caller's terms and not of the request."""
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
        asked = list(requests(model))
        for body in chance.sample(asked, min(FEW, len(asked))) if run.short else asked:
            wrong, cost = await tried(scene, model, body, chance.choice(MARKUPS))
            charged += cost or 0
            found += [f"{model.slug} {body}: {line}" for line in wrong]
        for _ in range(run.rounds):
            wrong, cost = await paired(scene, model, FEW if run.short else 0, chance)
            charged += cost
            found += wrong
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
    asked = [(model, [*requests(model), *paired_once(model, chance)]) for model in models]
    some = list(sampled(asked, 1 if run.short else FEW, chance))
    return await told_by_a_server(run, some, MARKUPS)


async def paired(
    scene: Scene, model: Model, most: int, chance: random.Random
) -> tuple[list[str], int]:
    """What is wrong where values meet, and what all that was charged; 0 is as often as it takes."""
    found, charged = list[str](), 0
    pairs = Pairs(choices(model) | {MARKUP: MARKUPS}, chance)
    for body in islice(pairs, most or None):
        markup = body.pop(MARKUP, 0)
        wrong, cost = await tried(scene, model, body, markup)
        pairs.went(cost is not None)
        charged += cost or 0
        found += [f"{model.slug} {body} at {markup} %: {line}" for line in wrong]
    return found, charged


async def tried(
    scene: Scene, model: Model, body: Request, markup: int
) -> tuple[list[str], int | None]:
    """What is wrong with a request's money, and what it was charged; None where it was refused."""
    key = f"key_{markup}"
    scene.caller = replace(scene.caller, key_id=key, options=Options(markup_percent=markup))
    task = tasks_of(model)[0]
    request = replace(a_request(model=model.slug, **body), task=task, images=images(task))
    turn = scene.studio.line.arrive(scene.caller.workspace_id)
    try:
        events = [one async for one in generate(request, scene.caller, turn, scene.studio)]
    except InvalidParams as refused:
        alone = len(body) < 2 and "is required" not in refused.message
        return [f"refused: {refused.message}"] if alone else [], None
    finally:
        turn.leave()
    begun, end = events[0], events[-1]
    assert isinstance(begun, Admitted)
    assert isinstance(end, Completed), end
    held = begun.ticket.held.total
    return [
        *compared(end, held, not (metered(model) or left_open(model, body))),
        *await settled(scene, begun, end, model, body),
    ], end.charged


def compared(end: Completed, held: int, fixed: bool) -> Iterator[str]:
    if end.charged > held or (fixed and end.charged != held):
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


def paired_once(model: Model, chance: random.Random) -> Iterator[Request]:
    """A request with a value of everything the model takes; it may be refused."""
    yield from islice(Pairs(choices(model), chance), 1)


def choices(model: Model) -> dict[str, list[Any]]:
    """The axes, and how many pictures beside them."""
    return axes(model) | {"n": [*{1, model.n.max}]}


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
