"""Chains over HTTP: set by an administrator, followed, told, and turned down by a caller."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.contract.gateway import Gateway

WORKSPACES, KEYS = "/v1/admin/workspaces", "/v1/admin/keys"
MODEL = "imagen-4"


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.admin}"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        yield client


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
