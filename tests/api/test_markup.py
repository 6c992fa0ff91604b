"""Markups: a workspace sees and pays its own prices, and nobody but an administrator sets one."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.contract.gateway import Gateway

WORKSPACES, KEYS = "/v1/admin/workspaces", "/v1/admin/keys"
MODEL, LIST_PRICE = "imagen-4", 4
WANTED = {"model": MODEL, "prompt": "a lighthouse", "n": 2}


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.admin}"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        yield client


async def a_client(
    gateway: Gateway, admin: httpx.AsyncClient, name: str, **options: Any
) -> httpx.AsyncClient:
    """A caller with a test key of a new workspace with these options."""
    made = await admin.post(WORKSPACES, json={"name": name, "options": options})
    assert made.status_code == 201, made.text
    key = (await admin.post(KEYS, json={"workspace": name, "kind": "test"})).json()["key"]
    headers = {"authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=gateway.server.url, headers=headers, timeout=60)


async def test_every_place_that_names_a_price_names_the_workspace_s_own(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    async with await a_client(gateway, admin, "reseller", markup_percent=20) as client:
        model = (await client.get(f"/v1/models/{MODEL}")).json()
        assert model["pricing"]["credits"] == LIST_PRICE * 1.2
        estimate = (await client.post(f"/v1/models/{MODEL}/estimate", json={"n": 2})).json()
        assert estimate["credits"] == 2 * LIST_PRICE * 1.2
        told = (await client.post(f"/v1/models/{MODEL}/validate", json=WANTED)).json()
        assert told["credits"] == estimate["credits"]
        answer = await client.post("/v1/images/generations", json=WANTED)
        body = answer.json()
        assert body["credits_used"] == estimate["credits"]
        assert answer.headers["x-credits-used"] == "9.6"
        cost = body["cost"]
        assert (cost["markup_percent"], cost["credits"]) == (20, 9.6)
        assert [line["what"] for line in cost["breakdown"]][-1] == "markup"
        assert sum(line["credits"] for line in cost["breakdown"]) == pytest.approx(9.6)
        versions = {cost["price_version"], estimate["price_version"], model["pricing"]["version"]}
        assert len(versions) == 1
        usage = (await client.get("/v1/usage", params={"group_by": "model"})).json()
        assert usage["data"][0]["credits_used"] == 9.6
        (logged,) = (await client.get("/v1/requests")).json()["data"]
        assert logged["credits_used"] == 9.6


async def test_a_discount_and_no_markup_at_all(gateway: Gateway, admin: httpx.AsyncClient) -> None:
    async with await a_client(gateway, admin, "friends", markup_percent=-100) as client:
        answer = await client.post("/v1/images/generations", json=WANTED)
        assert answer.json()["credits_used"] == 0
    path = f"{WORKSPACES}/friends"
    changed = await admin.patch(path, json={"options": {"markup_percent": None}})
    assert changed.json()["options"] == {}


@pytest.mark.parametrize("wrong", [-101, 1001, 20.5, "20", True, [20]])
async def test_what_is_no_markup_is_refused_by_name_and_nothing_is_made(
    admin: httpx.AsyncClient, wrong: object
) -> None:
    name = "never made"
    body = {"name": name, "options": {"markup_percent": wrong}}
    answer = await admin.post(WORKSPACES, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "options.markup_percent"
    assert name not in [one["name"] for one in (await admin.get(WORKSPACES)).json()["data"]]


async def test_nobody_but_an_administrator_sets_or_sees_one(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    async with await a_client(gateway, admin, "curious", markup_percent=50) as client:
        path = f"{WORKSPACES}/curious"
        assert (await client.get(path)).status_code == 403
        wanted = {"options": {"markup_percent": 0}}
        assert (await client.patch(path, json=wanted)).status_code == 403
        answer = await client.post("/v1/images/generations", json={**WANTED, "markup_percent": 0})
        assert answer.json()["credits_used"] == 12
    assert (await admin.get(path)).json()["options"] == {"markup_percent": 50}


async def test_another_model_answers_under_a_chain_and_the_answer_says_so(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    chain = {"fallbacks": {"flux-1-dev": [MODEL]}}
    made = await admin.post(WORKSPACES, json={"name": "chained", "options": chain})
    assert made.json()["options"] == {"fallbacks": {"flux-1-dev": [MODEL]}}
    wrong = {"options": {"fallbacks": {MODEL: ["no-such-model"]}}}
    refused = await admin.patch(f"{WORKSPACES}/chained", json=wrong)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "fallbacks"
    await admin.post(f"{WORKSPACES}/chained/credits", json={"credits": 100})
    key = (await admin.post(KEYS, json={"workspace": "chained", "kind": "live"})).json()["key"]
    wanted = {"options": {"fallbacks": {"flux-1-dev": ["dall-e-3", "gpt-image-2"]}}}
    assert (await admin.patch(f"{WORKSPACES}/chained", json=wanted)).status_code == 200
    headers = {"authorization": f"Bearer {key}"}
    body = {"model": "flux-1-dev", "prompt": "a lighthouse", "size": "1024x1024"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        answer = await client.post("/v1/images/generations", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        used = answer.headers["x-model-used"]
        assert used in ("dall-e-3", "gpt-image-2")
        assert answer.headers["x-fallback-from"] == "flux-1-dev"
        assert answer.headers["x-fallback-depth"] in ("1", "2")
        assert (answer.json()["model"], answer.json()["fallback_from"]) == (used, "flux-1-dev")
        alone = await client.post(
            "/v1/images/generations", json=body, headers={"x-disable-fallback": "true"}
        )
        assert alone.status_code == 503
        streamed = await client.post(
            "/v1/images/generations", json={**body, "stream": True}, timeout=60
        )
        assert '"fallback_from":"flux-1-dev"' in streamed.text
