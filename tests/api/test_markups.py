"""A workspace is told its own prices everywhere; administrators alone see a markup and set it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest
from tests.databases import FreshUrl
from tests.servers import Server, a_key, administer, serving

from limner.app import Limner
from limner.settings import Settings

DRAW = "/v1/images/generations"
WORKSPACES = "/v1/admin/workspaces"
LIST = {"dall-e-3": 4, "imagen-4": 4}
"""Credits a picture at list price."""
FILE = 'markup_percent = 20\n[markups]\n"dall-e-3" = 50\n'
OWN = -25
LOOKS = 500
BAD: tuple[Any, ...] = (-101, 1001, 20.5, "20", True, "none", [20], {"percent": 20})


@dataclass(frozen=True, slots=True)
class Shop:
    """A server with markups, and its administrator."""

    server: Server
    admin: str

    @asynccontextmanager
    async def client(self, key: str) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            base_url=self.server.url, headers=headers, timeout=60
        ) as client:
            yield client

    async def key(self, workspace: str) -> str:
        return await a_key(self.server.settings, workspace=workspace)

    async def set(self, workspace: str, markup: Any) -> httpx.Response:
        async with self.client(self.admin) as admin:
            return await admin.patch(
                f"{WORKSPACES}/{workspace}", json={"options": {"markup_percent": markup}}
            )

    async def options(self, workspace: str) -> Any:
        async with self.client(self.admin) as admin:
            return (await admin.get(f"{WORKSPACES}/{workspace}")).json()["options"]


@pytest.fixture(scope="module")
def shop(sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "limner.toml").write_text(FILE)
    settings = Settings(data_dir=folder, database_url=sqlite_url(), test_pace=0)

    async def hire(limner: Limner) -> str:
        return (await limner.services.accounts.create_key(None, "admin", "admin"))[1]

    with serving(settings, {"LIMNER_CONFIG": str(folder / "limner.toml")}) as server:
        yield Shop(server, asyncio.run(administer(settings, hire)))


async def prices(client: httpx.AsyncClient, model: str) -> dict[str, tuple[float, str]]:
    """What a picture costs and at which version, wherever it is told."""
    body = {"model": model, "prompt": "a red kite"}
    seen = (await client.get(f"/v1/models/{model}")).json()["pricing"]
    listed = (await client.get("/v1/models")).json()["data"]
    (shown,) = (one["_infery"]["pricing"] for one in listed if one["id"] == model)
    estimate = (await client.post(f"/v1/models/{model}/estimate", json=body)).json()
    judged = (await client.post(f"/v1/models/{model}/validate", json=body)).json()
    drawn = (await client.post(DRAW, json=body)).json()
    told = await last_event(client, body)
    assert judged["credits"] == estimate["credits"]
    versions = {
        "model": (seen["credits"], seen["version"]),
        "list": (shown["credits"], shown["version"]),
        "estimate": (estimate["credits"], estimate["price_version"]),
        "answer": (drawn["cost"]["credits"], drawn["cost"]["price_version"]),
        "stream": (told["cost"]["credits"], told["cost"]["price_version"]),
    }
    for one in (estimate, judged, drawn["cost"], told["cost"]):
        assert sum(line["credits"] for line in one["breakdown"]) == one["credits"]
    for answer in (drawn, told):
        assert answer["credits_used"] == answer["cost"]["credits"]
    return versions


async def last_event(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    """The end of the same order as a stream."""
    text = (await client.post(DRAW, json=body | {"stream": True})).text
    lines = [line for line in text.splitlines() if line.startswith("data: {")]
    last: dict[str, Any] = msgspec.json.decode(lines[-1].removeprefix("data: "))
    return last


@pytest.mark.parametrize(
    ("model", "own", "markup"),
    [
        ("imagen-4", None, 20),
        ("dall-e-3", None, 50),
        ("dall-e-3", OWN, OWN),
        ("imagen-4", OWN, OWN),
        ("dall-e-3", 0, 0),
        ("dall-e-3", -100, -100),
        ("imagen-4", 1000, 1000),
    ],
)
async def test_a_workspace_is_told_its_own_price_everywhere(
    shop: Shop, model: str, own: int | None, markup: int
) -> None:
    name = f"shopper-{model}-{own}"
    key = await shop.key(name)
    if own is not None:
        assert (await shop.set(name, own)).status_code == 200
    each = LIST[model] * (100 + markup) / 100
    async with shop.client(key) as client:
        before = (await client.get("/v1/credits")).json()["balance"]
        seen = await prices(client, model)
        assert len({version for _, version in seen.values()}) == 1
        assert {credits for credits, _ in seen.values()} == {each}
        log = (await client.get("/v1/requests")).json()["data"]
        assert [one["credits_used"] for one in log] == [each, each]
        usage = (await client.get("/v1/usage")).json()
        assert usage["totals"]["credits_used"] == 2 * each
        after = (await client.get("/v1/credits")).json()["balance"]
        assert round(before - after, 4) == 2 * each


async def test_a_key_of_a_workspace_can_neither_see_nor_set_its_markup(shop: Shop) -> None:
    key = await shop.key("haggler")
    assert (await shop.set("haggler", 30)).status_code == 200
    async with shop.client(key) as client:
        path = f"{WORKSPACES}/haggler"
        assert (await client.get(path)).status_code == 403
        refused = await client.patch(path, json={"options": {"markup_percent": -100}})
        assert refused.status_code == 403
        assert "markup" not in (await client.get("/v1/models/imagen-4")).text
    assert await shop.options("haggler") == {"markup_percent": 30}


async def test_a_markup_taken_away_leaves_it_to_model_and_server(shop: Shop) -> None:
    key = await shop.key("returner")
    for markup, credits in ((10, 4.4), (None, 4.8), (0, 4)):
        assert (await shop.set("returner", markup)).status_code == 200
        async with shop.client(key) as client:
            seen = (await client.get("/v1/models/imagen-4")).json()["pricing"]
        assert seen["credits"] == credits


@pytest.mark.parametrize("markup", BAD, ids=repr)
async def test_what_is_no_markup_is_refused_by_name_and_nothing_is_written(
    shop: Shop, markup: Any
) -> None:
    await shop.key("stickler")
    await shop.set("stickler", 5)
    refused = await shop.set("stickler", markup)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert "markup_percent" in f"{error['param']} {error['message']}"
    assert await shop.options("stickler") == {"markup_percent": 5}


async def test_a_markup_of_not_a_number_is_no_json(shop: Shop) -> None:
    await shop.key("stickler")
    async with shop.client(shop.admin) as admin:
        refused = await admin.patch(
            f"{WORKSPACES}/stickler", content=b'{"options":{"markup_percent":NaN}}'
        )
    assert refused.status_code == 400


async def held(client: httpx.AsyncClient) -> None:
    """Wait until a job has been accepted."""
    for _ in range(LOOKS):
        if (await client.get("/v1/credits")).json()["held"]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no job was accepted")


async def test_a_markup_that_changes_while_a_job_runs_leaves_its_price(shop: Shop) -> None:
    key = await shop.key("patient")
    slow = {"model": "imagen-4", "prompt": "a snail [[limner:delay=0.7]]"}
    async with shop.client(key) as client:
        waiting = asyncio.create_task(client.post(DRAW, json=slow))
        await held(client)
        assert (await shop.set("patient", 500)).status_code == 200
        dear = (await client.get("/v1/models/imagen-4")).json()["pricing"]["credits"]
        drawn = (await waiting).json()
        job = (await client.get("/v1/requests")).json()["data"][0]
    assert dear == 24
    assert (drawn["credits_used"], drawn["cost"]["markup_percent"]) == (4.8, 20)
    assert job["credits_used"] == 4.8
