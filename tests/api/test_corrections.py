"""Refunds and corrections over HTTP: what is wrong is refused by name, and nobody else may."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.contract.gateway import Gateway

from limner.api.operation import Operation
from limner.api.routing import OPERATIONS
from limner.ids import new_id

WORKSPACES = "/v1/admin/workspaces"
ADMINISTRATION = [one for one in OPERATIONS if one.path.startswith("/v1/admin/")]


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.admin}"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        yield client


class House:
    """A workspace of its own with 10 credits, a key, and a job that cost 4."""

    def __init__(self, admin: httpx.AsyncClient) -> None:
        self.admin = admin
        self.path = f"{WORKSPACES}/{new_id('corrected').replace('_', '-')}"
        self.job_id = self.key = ""

    async def furnish(self) -> "House":
        name = self.path.rpartition("/")[2]
        await self.admin.post(WORKSPACES, json={"name": name})
        start = {"credits": 10, "operation": "start"}
        assert (await self.admin.post(f"{self.path}/credits", json=start)).status_code == 201
        made = await self.admin.post("/v1/admin/keys", json={"workspace": name, "kind": "live"})
        self.key = made.json()["key"]
        self.job_id = await self.draw()
        return self

    async def draw(self) -> str:
        wanted = {"model": "dall-e-3", "prompt": new_id("p")}
        answer = await self.admin.post("/v1/images/generations", json=wanted, headers=self.bearer)
        assert answer.json()["credits_used"] == 4
        return answer.headers["x-job-id"]

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    async def post(self, what: str, body: object, **headers: str) -> httpx.Response:
        return await self.admin.post(f"{self.path}/{what}", json=body, headers=headers)

    async def balance(self) -> float:
        credits = (await self.admin.get(f"{self.path}/credits")).json()
        return float(credits["balance"])

    async def lines(self) -> list[tuple[str, float, str | None]]:
        found = (await self.admin.get(f"{self.path}/postings")).json()["data"]
        return [(one["kind"], one["credits"], one["corrects"]) for one in found]


@pytest.fixture
async def house(admin: httpx.AsyncClient) -> House:
    return await House(admin).furnish()


async def test_a_refund_is_made_once_and_shown_beside_the_charge(house: House) -> None:
    wanted = {"job_id": house.job_id, "credits": 1.5, "operation": "ticket-1", "note": "blurred"}
    first = await house.post("refunds", wanted)
    assert first.status_code == 201, first.text
    told = first.json()
    assert told.pop("operation").endswith("/refund/ticket-1")
    assert told == {
        "object": "refund",
        "job_id": house.job_id,
        "credits": 1.5,
        "charged": 4,
        "refunded": 1.5,
    }
    again = await house.post("refunds", wanted)
    assert (again.status_code, again.json()["credits"], again.json()["refunded"]) == (200, 0, 1.5)
    assert await house.balance() == 7.5
    assert (await house.lines())[0] == ("refund", 1.5, f"settle/{house.job_id}/topup")
    get = house.admin.get
    entry = (await get(f"/v1/requests/{house.job_id}", headers=house.bearer)).json()
    assert (entry["credits_used"], entry["credits_refunded"]) == (4, 1.5)
    usage = (await get("/v1/usage", headers=house.bearer)).json()
    assert (usage["totals"]["credits_used"], usage["totals"]["credits_refunded"]) == (4, 1.5)
    job = (await get(f"/v1/images/jobs/{house.job_id}", headers=house.bearer)).json()
    assert job["credits_used"] == 4
    rest = await house.post("refunds", {"job_id": house.job_id})
    assert (rest.json()["credits"], rest.json()["refunded"]) == (2.5, 4)
    none_left = await house.post("refunds", {"job_id": house.job_id})
    assert (none_left.status_code, none_left.json()["error"]["param"]) == (400, "credits")
    assert await house.balance() == 10


async def test_what_was_given_is_taken_back_as_far_as_it_is_there(house: House) -> None:
    wrong = {"corrects": "start", "operation": "mistake"}
    short = await house.post("corrections", wrong)
    assert (short.status_code, short.json()["error"]["code"]) == (402, "insufficient_credits")
    first = await house.post("corrections", wrong | {"credits": 5})
    assert first.status_code == 201
    told = first.json()
    assert (told["credits"], told["given"], told["corrected"]) == (5, 10, 5)
    assert (await house.post("corrections", wrong)).status_code == 200
    assert await house.balance() == 1
    assert (await house.lines())[0][0] == "correct"


async def test_an_idempotency_key_names_the_move_and_gets_the_same_answer(house: House) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("refunds", {"job_id": house.job_id, "credits": 1}),
        ("corrections", {"corrects": "start", "credits": 2}),
    ]
    for what, body in calls:
        first = await house.post(what, body, **{"idempotency-key": "k"})
        again = await house.post(what, body, **{"idempotency-key": "k"})
        assert (first.status_code, first.content) == (201, again.content)
        assert again.headers["idempotent-replayed"] == "true"
        other = await house.post(what, body | {"credits": 3}, **{"idempotency-key": "k"})
        assert other.json()["error"]["code"] == "idempotency_mismatch"
    assert await house.balance() == 10 - 4 + 1 - 2


AMOUNTS: list[object] = [0, -1, 1e-7, 1e300, "1", True, [1], {"micro": 1}, 0.1234567]
RAW = ["NaN", "Infinity", "-Infinity", "1e999", "0x10", "1_000", "1" * 400]
OTHERS: list[tuple[str, dict[str, Any], int, str | None]] = [
    ("refunds", {}, 400, None),
    ("refunds", {"job_id": ""}, 400, "job_id"),
    ("refunds", {"job_id": 7}, 400, "job_id"),
    ("refunds", {"job_id": "imgjob_nobody"}, 404, None),
    ("refunds", {"job_id": "JOB", "price": 1}, 400, None),
    ("refunds", {"job_id": "JOB", "workspace_id": "default"}, 400, None),
    ("refunds", {"job_id": "JOB", "operation": ""}, 400, "operation"),
    ("refunds", {"job_id": "JOB", "note": "x\u0000"}, 400, None),
    ("refunds", {"job_id": "JOB", "credits": 4.01}, 400, "credits"),
    ("corrections", {}, 400, None),
    ("corrections", {"corrects": "nothing"}, 404, None),
    ("corrections", {"corrects": "settle/JOB/topup"}, 400, "corrects"),
    ("corrections", {"corrects": "start", "credits": 10.5}, 400, "credits"),
    ("corrections", {"corrects": "start", "balance": 5}, 400, None),
    ("credits", {"credits": 5, "ledger": "live"}, 400, None),
]


async def test_amounts_that_are_none_are_refused_by_name_and_nothing_is_written(
    house: House,
) -> None:
    before = await house.lines()
    for what, named in (
        ("refunds", {"job_id": house.job_id}),
        ("corrections", {"corrects": "start"}),
        ("credits", {}),
    ):
        for amount in AMOUNTS:
            if what == "credits" and amount == -1:
                continue  # takes free credits back
            answer = await house.post(what, named | {"credits": amount})
            assert answer.status_code == 400, (what, amount, answer.text)
            assert answer.json()["error"]["param"] == "credits", (what, amount)
        for amount in RAW:
            text = json.dumps(named | {"credits": "HERE"}).replace('"HERE"', amount)
            answer = await house.admin.post(f"{house.path}/{what}", content=text)
            assert answer.status_code == 400, (what, amount, answer.text)
    assert await house.lines() == before


async def test_small_amounts_are_amounts(house: House) -> None:
    assert (await house.post("credits", {"credits": 0.00001})).status_code == 201
    assert (await house.post("refunds", {"job_id": house.job_id, "credits": 1e-6})).json()[
        "refunded"
    ] == 0
    assert (await house.lines())[0][0] == "refund"


async def test_what_else_is_wrong_is_refused_and_nothing_is_written(house: House) -> None:
    before = await house.lines()
    for what, body, status, param in OTHERS:
        own = {
            name: value.replace("JOB", house.job_id) if isinstance(value, str) else value
            for name, value in body.items()
        }
        answer = await house.post(what, own)
        assert answer.status_code == status, (what, body, answer.text)
        assert answer.json()["error"]["param"] == param, (what, body)
    theirs = await House(house.admin).furnish()
    answer = await house.post("refunds", {"job_id": theirs.job_id})
    assert answer.status_code == 404
    assert await house.lines() == before


@pytest.mark.parametrize("operation", ADMINISTRATION, ids=lambda one: one.name)
async def test_no_other_key_administers(
    gateway: Gateway, nobody: httpx.AsyncClient, operation: Operation
) -> None:
    path = operation.path.replace("{id}", "default")
    before = await gateway.holdings()
    for key, status in (
        (gateway.keys.live, 403),
        (gateway.keys.test, 403),
        (gateway.keys.stranger, 403),
        (gateway.keys.revoked, 401),
        ("inf_admin_" + "x" * 36, 401),
    ):
        for headers in ({}, {"idempotency-key": new_id("k")}):
            bearer = {"authorization": f"Bearer {key}"}
            answer = await nobody.request(
                operation.method, path, json={"credits": 5}, headers=headers | bearer
            )
            assert answer.status_code == status, answer.text
    assert await gateway.holdings() == before
