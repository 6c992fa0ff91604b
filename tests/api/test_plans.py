"""Plans over HTTP: workspaces are put on them, and everybody sees what a plan gives."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.contract.gateway import Gateway

from limner.ids import new_id

WORKSPACES, PLANS = "/v1/admin/workspaces", "/v1/admin/plans"
MONTH_S = 31 * 86_400


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.admin}"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        yield client


def a_name() -> str:
    return new_id("planned").replace("_", "-")


async def test_a_workspace_begins_on_a_plan_changes_it_and_leaves_it(
    admin: httpx.AsyncClient,
) -> None:
    name = a_name()
    path = f"{WORKSPACES}/{name}"
    made = (await admin.post(WORKSPACES, json={"name": name, "plan": "pro"})).json()
    assert made["plan"] == "pro"
    assert 27 * 86_400 < made["plan_renews"] - time.time() < MONTH_S + 1
    plan = (await admin.get(f"{path}/credits")).json()["plan"]
    assert plan.pop("renews") == made["plan_renews"]
    assert plan == {
        "balance": 90,
        "held": 0,
        "name": "pro",
        "title": "Pro",
        "credits": 90,
        "rollover": 20.5,
        "expiring": 69.5,
    }
    changes = {"plan": "scale", "options": {"max_concurrent": 3}}
    changed = (await admin.patch(path, json=changes)).json()
    assert (changed["plan"], changed["options"]) == ("scale", {"max_concurrent": 3})
    plan = (await admin.get(f"{path}/credits")).json()["plan"]
    assert (plan["balance"], plan["title"], plan["rollover"]) == (520.5, "scale", "all")
    assert plan["expiring"] == 0
    left = (await admin.patch(path, json={"plan": None})).json()
    assert "plan" not in left
    assert (await admin.get(path)).json()["options"] == {"max_concurrent": 3}
    assert (await admin.get(f"{path}/credits")).json()["plan"] == {"balance": 520.5, "held": 0}


async def test_the_same_plan_again_gives_nothing_more(admin: httpx.AsyncClient) -> None:
    name = a_name()
    await admin.post(WORKSPACES, json={"name": name})
    for _ in range(2):
        assert (await admin.patch(f"{WORKSPACES}/{name}", json={"plan": "pro"})).status_code == 200
    assert (await admin.get(f"{WORKSPACES}/{name}/credits")).json()["balance"] == 90
    lines = (await admin.get(f"{WORKSPACES}/{name}/postings")).json()["data"]
    assert [(line["kind"], line["note"]) for line in lines] == [("plan", "pro")]


async def test_a_key_sees_its_plan_and_a_test_key_sees_play_credits(
    admin: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    name = a_name()
    await admin.post(WORKSPACES, json={"name": name, "plan": "scale"})
    for kind, plan in (("live", "scale"), ("test", None)):
        wanted = {"workspace": name, "kind": kind}
        key = (await admin.post("/v1/admin/keys", json=wanted)).json()["key"]
        bearer = {"authorization": f"Bearer {key}"}
        seen = (await nobody.get("/v1/credits", headers=bearer)).json()
        assert (seen["mode"], seen["plan"].get("name")) == (kind, plan)


async def test_plans_are_listed_with_how_many_are_on_them(admin: httpx.AsyncClient) -> None:
    before = {one["name"]: one for one in (await admin.get(PLANS)).json()["data"]}
    await admin.post(WORKSPACES, json={"name": a_name(), "plan": "scale"})
    after = {one["name"]: one for one in (await admin.get(PLANS)).json()["data"]}
    assert after["scale"]["workspaces"] == before["scale"]["workspaces"] + 1
    assert after["pro"].items() >= {"title": "Pro", "credits": 90, "rollover": 20.5}.items()
    assert all(one["configured"] for one in after.values())


@pytest.mark.parametrize("plan", ["gold", "", "PRO", "x" * 500, 7, ["pro"], "pro\u0000"])
async def test_a_plan_that_is_none_is_refused_and_nothing_changes(
    admin: httpx.AsyncClient, plan: object
) -> None:
    name = a_name()
    made = await admin.post(WORKSPACES, json={"name": name, "plan": plan})
    assert made.status_code == 400
    assert (await admin.get(f"{WORKSPACES}/{name}")).status_code == 404
    await admin.post(WORKSPACES, json={"name": name})
    wanted = {"plan": plan, "options": {"max_concurrent": 3}}
    assert (await admin.patch(f"{WORKSPACES}/{name}", json=wanted)).status_code == 400
    kept = (await admin.get(f"{WORKSPACES}/{name}")).json()
    assert (kept.get("plan"), kept["options"]) == (None, {})


async def test_a_change_of_nothing_is_refused(admin: httpx.AsyncClient) -> None:
    answer = await admin.patch(f"{WORKSPACES}/default", json={})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "options")
