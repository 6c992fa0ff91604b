"""What a real server tells of one request's money, in every place where it tells it (I7).

Workspaces with a markup each ask for every model with two keys. Estimate, body, header, bill, job,
request log, usage reports and balance must agree to the ten-thousandth of a credit.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import httpx
from tests.api.edits import uri
from tests.experiments.run import Run
from tests.servers import Server, administer, serving

from limner.app import Limner
from limner.catalog.model import Model, PerImage, Task
from limner.generation.choice import tasks_of
from limner.settings import Settings

PATHS: dict[Task, str] = {
    "generate": "/v1/images/generations",
    "edit": "/v1/images/edits",
    "upscale": "/v1/images/upscale",
    "music": "/v1/music/generations",
}
Body = dict[str, Any]
Asked = Sequence[tuple[Model, Body]]


@dataclass(slots=True)
class Desk:
    """One key, and what it was charged."""

    client: httpx.AsyncClient
    markup: int
    charged: int = 0


@dataclass(slots=True)
class Shop:
    """A workspace with its keys; `spent` is by model, in ten-thousandths of a credit."""

    desks: list[Desk]
    spent: Counter[str] = field(default_factory=Counter)


async def told_by_a_server(run: Run, asked: Asked, markups: Sequence[int]) -> list[str]:
    """Lines for what does not agree."""
    settings = Settings(data_dir=run.folder / "told", database_url=run.fresh_url(), test_pace=0)
    found: list[str] = []
    with serving(settings) as server:
        for markup in markups:
            shop = await opened(server, markup)
            for (model, body), desk in zip(asked, cycle(shop.desks), strict=False):
                found += await bought(shop, desk, model, body)
            found += [f"at {markup} %: {line}" for line in await reported(shop)]
            for desk in shop.desks:
                await desk.client.aclose()
    return found


async def opened(server: Server, markup: int) -> Shop:
    async def keys(limner: Limner) -> list[str]:
        accounts = limner.services.accounts
        owner = await accounts.create_workspace(f"shop {markup}")
        await accounts.set_workspace(owner.id, {"markup_percent": markup})
        return [(await accounts.create_key(owner, "test", f"desk {n}"))[1] for n in (1, 2)]

    return Shop(
        [
            Desk(
                httpx.AsyncClient(
                    base_url=server.url, headers={"authorization": f"Bearer {key}"}, timeout=60
                ),
                markup,
            )
            for key in await administer(server.settings, keys)
        ]
    )


async def bought(shop: Shop, desk: Desk, model: Model, body: Body) -> list[str]:
    """What is wrong with one request."""
    task = tasks_of(model)[0]
    wanted: Body = {"model": model.slug, "prompt": "a dot", **body}
    if task in ("edit", "upscale"):
        wanted |= {"image_url": uri()}
    if task == "upscale":
        del wanted["prompt"]
    answer = await desk.client.post(PATHS[task], json=wanted)
    if answer.status_code == 400:  # several values that do not go together
        return []
    if answer.status_code != 200:
        return [f"{model.slug} {body}: {answer.status_code} {answer.text[:200]}"]
    told = answer.json()
    used = exact(told["credits_used"])
    desk.charged += used
    shop.spent[told["model"]] += used
    said = {
        "header": exact(answer.headers["x-credits-used"]),
        "bill": exact(told["cost"]["credits"]),
        "lines": sum(exact(line["credits"]) for line in told["cost"]["breakdown"]),
        **await looked_up(desk, answer.headers),
    }
    wrong = [f"{where} says {amount}" for where, amount in said.items() if amount != used]
    if told["cost"]["markup_percent"] != desk.markup:
        wrong.append(f"the bill says a markup of {told['cost']['markup_percent']} %")
    wrong += [line async for line in misjudged(desk, model, task, wanted, told)]
    return [f"{model.slug} {body} at {desk.markup} %, body {used}: {line}" for line in wrong]


async def looked_up(desk: Desk, headers: httpx.Headers) -> dict[str, int]:
    """The charge as it is told to whoever asks later."""
    job = (await desk.client.get(f"/v1/images/jobs/{headers['x-job-id']}")).json()
    logged = (await desk.client.get(f"/v1/requests/{headers['x-request-id']}")).json()
    return {
        "job": exact(job["credits_used"]),
        "log": exact(logged["credits_used"]),
        "logged bill": exact(logged["cost"]["credits"]),
    }


async def misjudged(
    desk: Desk, model: Model, task: Task, wanted: Body, told: Body
) -> AsyncIterator[str]:
    """Where an estimate of the same is less than the charge, or other terms."""
    if task not in ("generate", "music"):
        return
    answer = await desk.client.post(f"/v1/models/{model.slug}/estimate", json=wanted)
    estimate = answer.json()
    seen = (await desk.client.get(f"/v1/models/{model.slug}")).json()["pricing"]
    least, used = exact(estimate["credits"]), exact(told["credits_used"])
    fixed = not (seen["metered"] or left_open(model, wanted))
    if least < used or (fixed and least != used):
        yield f"estimated {least}"
    versions = {estimate["price_version"], told["cost"]["price_version"], seen["version"]}
    if len(versions) != 1:
        yield f"versions {versions}"


def left_open(model: Model, wanted: Body) -> bool:
    """Whether the model chooses a size that the price depends on: the dearest is held for it."""
    size = wanted.get("size", model.sizes.default if model.sizes else None)
    rates = model.price.rates if isinstance(model.price, PerImage) else ()
    return size == "auto" and any(rate.max_pixels for rate in rates)


async def reported(shop: Shop) -> list[str]:
    """Where reports and balance tell another sum than the answers did."""
    client = shop.desks[0].client
    sums = {by: await lines(client, by) for by in ("model", "key", "day", "model,key")}
    total = sum(desk.charged for desk in shop.desks)
    wrong = [
        f"usage by {by} says {sum(amounts)}, not {total}"
        for by, amounts in sums.items()
        if sum(amounts) != total
    ]
    if sorted(sums["model"]) != sorted(shop.spent.values()):
        wrong.append(f"usage by model says {sums['model']}, not {shop.spent}")
    if sorted(sums["key"]) != sorted(desk.charged for desk in shop.desks):
        wrong.append(f"usage by key says {sums['key']}")
    credits = (await client.get("/v1/credits")).json()
    if exact(credits["balance"]) + total != exact(PLAY) or credits["held"]:
        wrong.append(f"{credits} are left after {total}")
    return wrong


PLAY = 10**8
"""Play credits of a new workspace."""


async def lines(client: httpx.AsyncClient, by: str) -> list[int]:
    report = (await client.get("/v1/usage", params={"group_by": by})).json()
    amounts = [exact(line["credits_used"]) for line in report["data"]]
    assert exact(report["totals"]["credits_used"]) == sum(amounts)
    return amounts


def exact(credits: float | str) -> int:
    """Ten-thousandths of a credit, all that the wire can show."""
    return round(float(credits) * 10_000)


def sampled(
    models: Sequence[tuple[Model, Sequence[Body]]], most: int, chance: random.Random
) -> Iterator[tuple[Model, Body]]:
    """Some requests for each model, the plain one among them."""
    for model, bodies in models:
        for body in [bodies[0], *chance.sample(bodies[1:], min(most, len(bodies) - 1))]:
            yield model, body
