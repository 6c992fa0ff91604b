"""What the operator bore is told to administrators: how much, with whom, for which job and why."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.contract.gateway import Gateway

from limner.ids import new_id

LOSSES = "/v1/admin/losses"


@pytest.fixture
async def admin(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.admin}"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as client:
        yield client


async def lost(client: httpx.AsyncClient) -> str:
    """The job of a picture that the provider may have drawn, and nobody got."""
    wanted = {"model": "dall-e-3", "prompt": f"[[standin:504]] {new_id('p')}"}
    answer = await client.post("/v1/images/generations", json=wanted)
    assert answer.status_code >= 500
    return answer.headers["x-job-id"]


async def report(admin: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await admin.get(LOSSES, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_loss_is_told_with_its_job_and_reason(
    admin: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    before = await report(admin)
    job_id = await lost(live)
    after = await report(admin)
    loss = after["data"][0]
    assert loss["job_id"] == job_id
    assert (loss["model"], loss["provider"], loss["workspace"]) == ("dall-e-3", "openai", "default")
    assert loss["credits"] > 0
    job = (await live.get(f"/v1/images/jobs/{job_id}")).json()
    assert (loss["error_code"], loss["error"]) == (job["error_code"], job["error"])
    assert loss["outcome"] in ("ran", "unknown")
    assert job["credits_used"] == 0
    more = after["totals"]["credits"] - before["totals"]["credits"]
    assert round(more, 4) == loss["credits"]
    assert after["totals"]["losses"] == before["totals"]["losses"] + 1
    sums = {(one["model"], one["provider"]): one for one in after["sums"]}
    assert sums["dall-e-3", "openai"]["losses"] >= 1


async def test_losses_come_page_by_page_and_each_once(
    admin: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    made = [await lost(live) for _ in range(3)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await report(admin, limit=2, **after)
        seen += [one["job_id"] for one in page["data"]]
        if not page["has_more"]:
            break
        after = {"after": page["last_id"]}
    assert len(seen) == len(set(seen)) == page["totals"]["losses"]
    assert seen[:3] == made[::-1]


async def test_losses_are_of_a_time_and_of_one_ledger(
    admin: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    job_id = await lost(live)
    long_ago = await report(admin, start="2024-02-01", end="2024-03-01")
    assert (long_ago["data"], long_ago["totals"]) == ([], {"losses": 0, "credits": 0})
    played = await report(admin, mode="test")
    assert played["mode"] == "test"
    assert job_id not in [one["job_id"] for one in played["data"]]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("start=yesterday", "start"),
        ("start=2026-01-02&end=2026-01-02", "start"),
        ("mode=both", "mode"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("after=imgjob_nobody", "after"),
        ("after=a%00b", "after"),
    ],
)
async def test_a_query_that_cannot_be_meant_is_refused_by_name(
    admin: httpx.AsyncClient, query: str, param: str
) -> None:
    answer = await admin.get(f"{LOSSES}?{query}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
