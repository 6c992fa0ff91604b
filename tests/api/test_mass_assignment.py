"""No caller sets a price, a role, a balance, a plan or another workspace, whatever it sends."""

from typing import Any

import httpx
import pytest
from tests.contract.gateway import Gateway

from limner.api.operation import Operation
from limner.api.routing import OPERATIONS
from limner.ids import new_id

WRITES = [
    one
    for one in OPERATIONS
    if one.method in ("POST", "PATCH", "PUT") and not one.path.startswith("/v1/admin/")
]
GREEDY: dict[str, Any] = {
    "workspace": "other",
    "workspace_id": "ws_other",
    "key_id": "key_other",
    "price": 0,
    "cost": 0,
    "credits": 0,
    "credits_used": 0,
    "charged": 0,
    "held": 0,
    "balance": 10**6,
    "markup": 0,
    "markup_percent": -100,
    "price_version": "x",
    "plan": "scale",
    "ledger": "test",
    "mode": "test",
    "kind": "admin",
    "role": "admin",
    "status": "completed",
    "lease": 7,
}
DRAW = "/v1/images/generations"


def wanted(**more: Any) -> dict[str, Any]:
    return {"model": "dall-e-3", "prompt": new_id("p")} | more


async def credits(client: httpx.AsyncClient) -> dict[str, Any]:
    seen: dict[str, Any] = (await client.get("/v1/credits")).json()
    return seen


@pytest.mark.parametrize("field", GREEDY)
async def test_a_picture_costs_what_it_costs_and_whom_it_must(
    live: httpx.AsyncClient, field: str
) -> None:
    before = await credits(live)
    answer = await live.post(DRAW, json=wanted(**{field: GREEDY[field]}))
    after = await credits(live)
    if answer.status_code == 200:
        assert answer.json()["credits_used"] == 4
        assert round(before["balance"] - after["balance"], 4) == 4
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation_failed")
        assert answer.json()["error"]["param"] == field
        assert after == before


@pytest.mark.parametrize("operation", WRITES, ids=lambda one: one.name)
async def test_nothing_a_caller_writes_moves_money_or_gives_rights(
    gateway: Gateway, live: httpx.AsyncClient, operation: Operation
) -> None:
    path = operation.path.replace("{slug}", "dall-e-3")
    for name in ("{id}", "{job_id}", "{file_id}", "{webhook_id}", "{delivery_id}"):
        path = path.replace(name, "none")
    before = await gateway.holdings()
    plan = (await credits(live))["plan"]
    answer = await live.request(operation.method, path, json=GREEDY)
    assert answer.status_code < 500
    assert (await gateway.holdings()).wallets == before.wallets
    assert (await credits(live))["plan"] == plan


async def test_a_query_or_a_header_names_no_other_workspace(
    gateway: Gateway, live: httpx.AsyncClient
) -> None:
    mine = await credits(live)
    for words in ("workspace=other", "workspace_id=other", "mode=test", "ledger=test"):
        assert await seen(live, f"/v1/credits?{words}") == mine
    for name in ("x-workspace", "x-workspace-id", "openai-organization", "x-role"):
        answer = await live.get("/v1/credits", headers={name: "other"})
        assert answer.json() == mine


async def seen(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(path)).json()
    return found
