"""Who has nothing left is paused with a 402, and goes on by itself once there is something."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from infery import InsufficientCreditsError
from tests.contract.clients import infery_client
from tests.contract.gateway import Gateway
from tests.servers import administer

from limner.app import Limner
from limner.db.base import Statement, Write
from limner.ids import new_id

MONTH_AGO = Write(
    "month_ago", (Statement("UPDATE budget SET period = '2000-01' WHERE scope = :scope"),)
)


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.admin}"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        yield client


async def furnished(
    admin: httpx.AsyncClient, credits: int, **budget: dict[str, Any]
) -> dict[str, Any]:
    """A live key of a new workspace with credits, each with a budget where one is given."""
    name = new_id("pause").replace("_", "-")
    options = {"name": name, "options": budget.get("workspace", {})}
    made = (await admin.post("/v1/admin/workspaces", json=options)).json()
    if credits:
        await admin.post(f"/v1/admin/workspaces/{name}/credits", json={"credits": credits})
    wanted = {"workspace": name, "kind": "live", "limits": budget.get("key", {})}
    key: dict[str, Any] = (await admin.post("/v1/admin/keys", json=wanted)).json()
    return key | {"workspace": name, "workspace_id": made["id"]}


async def draw(gateway: Gateway, key: dict[str, Any], model: str = "dall-e-3") -> float:
    """Draw a picture for 4 credits with the Infery client; what it cost."""
    async with infery_client("async", gateway.api, key["key"]) as client:
        answer = await client.call("images.generate", model=model, prompt=new_id("p"))
        return float(answer.credits_used)


async def refused(gateway: Gateway, key: dict[str, Any]) -> dict[str, Any]:
    """The error of a draw that must be refused as the client tells it."""
    with pytest.raises(InsufficientCreditsError) as caught:
        await draw(gateway, key)
    assert caught.value.status == 402
    error: dict[str, Any] = caught.value.body["error"]
    assert error["code"] == caught.value.code
    return error


async def test_a_workspace_at_zero_is_paused_until_credits_are_added(
    gateway: Gateway, admin: httpx.AsyncClient
) -> None:
    key = await furnished(admin, credits=6)
    assert await draw(gateway, key) == 4
    error = await refused(gateway, key)
    assert (error["code"], error["type"]) == ("insufficient_credits", "insufficient_credits_error")
    credits = f"/v1/admin/workspaces/{key['workspace']}/credits"
    await admin.post(credits, json={"credits": -2})
    error = await refused(gateway, key)
    assert (error["code"], error["type"]) == ("insufficient_credits", "payment_required")
    assert await draw(gateway, key, model="sketch-1") == 0
    await admin.post(credits, json={"credits": 4})
    assert await draw(gateway, key) == 4
    assert (await refused(gateway, key))["type"] == "payment_required"


@pytest.mark.parametrize("whose", ["key", "workspace"])
async def test_a_spent_budget_pauses_until_it_is_raised_or_the_month_turns(
    gateway: Gateway, admin: httpx.AsyncClient, whose: str
) -> None:
    key = await furnished(admin, 100, **{whose: {"max_budget_monthly_credits": 6}})
    assert await draw(gateway, key) == 4
    error = await refused(gateway, key)
    assert (error["code"], error["type"]) == ("budget_exceeded", "insufficient_credits_error")
    await limit(admin, key, whose, 4)
    error = await refused(gateway, key)
    assert (error["code"], error["type"]) == ("budget_exceeded", "payment_required")
    assert f"monthly budget of this {whose} is 4: 4 are spent" in error["message"]
    assert await draw(gateway, key, model="sketch-1") == 0
    await limit(admin, key, whose, 8)
    assert await draw(gateway, key) == 4
    assert (await refused(gateway, key))["type"] == "payment_required"
    scope = key["id"] if whose == "key" else key["workspace_id"]

    async def turn(limner: Limner) -> None:
        await limner.services.database.write(MONTH_AGO, {"scope": scope})

    await administer(gateway.server.settings, turn)
    assert await draw(gateway, key) == 4


async def limit(admin: httpx.AsyncClient, key: dict[str, Any], whose: str, credits: int) -> None:
    budget = {"max_budget_monthly_credits": credits}
    if whose == "key":
        answer = await admin.patch(f"/v1/admin/keys/{key['id']}", json={"limits": budget})
    else:
        path = f"/v1/admin/workspaces/{key['workspace']}"
        answer = await admin.patch(path, json={"options": budget})
    assert answer.status_code == 200, answer.text


async def test_a_plan_ends_a_pause(gateway: Gateway, admin: httpx.AsyncClient) -> None:
    key = await furnished(admin, credits=0)
    assert (await refused(gateway, key))["type"] == "payment_required"
    path = f"/v1/admin/workspaces/{key['workspace']}"
    await admin.patch(path, json={"plan": "pro"})
    assert await draw(gateway, key) == 4
    left = (await admin.get(f"{path}/credits")).json()
    assert (left["plan"]["balance"], left["topup"]["balance"]) == (86, 0)
