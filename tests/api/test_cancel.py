"""Cancelling over HTTP: who waits is told, who is billed is not, and asking again is no matter."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from tests.contract.envelope import FLARE
from tests.contract.gateway import Gateway
from tests.servers import a_key, serving

from limner.api.wire.jobs import CancelBody
from limner.settings import Settings

JOBS = "/v1/images/jobs"
PATH = "/v1/images/generations"
SLOW: dict[str, Any] = {"model": "dall-e-3", "prompt": "[[limner:delay=60s]]", "size": "1024x1024"}


async def begun(client: httpx.AsyncClient, **more: object) -> str:
    answer = await client.post(PATH, json=SLOW | more, headers={"prefer": "wait=0"})
    return str(answer.json()["error"]["job_id"])


async def cancelled(client: httpx.AsyncClient, job_id: str) -> CancelBody:
    answer = await client.post(f"{JOBS}/{job_id}/cancel")
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-job-id"] == job_id
    return msgspec.json.decode(answer.content, type=CancelBody, strict=True)


async def test_a_cancelled_job_has_failed_for_nothing_and_stays_so(play: httpx.AsyncClient) -> None:
    held = (await play.get("/v1/credits")).json()["held"]
    job_id = await begun(play)
    assert (await play.get("/v1/credits")).json()["held"] == held + 4
    first = await cancelled(play, job_id)
    assert (first.cancelled, first.status, first.error_code) == (True, "failed", "cancelled")
    assert (first.credits_used, first.credits_held) == (0, msgspec.UNSET)
    assert "nothing was charged" in first.message
    assert await cancelled(play, job_id) == first
    assert (await play.get("/v1/credits")).json()["held"] == held
    job = (await play.get(f"{JOBS}/{job_id}")).json()
    told = msgspec.to_builtins(first)
    assert job == {name: told[name] for name in job}
    assert told.keys() - job.keys() == {"cancelled", "message"}


async def test_who_waits_for_a_cancelled_job_is_told_and_does_not_send_it_again(
    play: httpx.AsyncClient, gateway: Gateway
) -> None:
    key = await a_key(gateway.server.settings)
    mine = {"authorization": f"Bearer {key}"}
    waiting = asyncio.create_task(play.post(PATH, json=SLOW, headers=mine))
    jobs: list[dict[str, Any]] = []
    while not jobs:
        jobs = (await play.get(f"{JOBS}?key=me", headers=mine)).json()["data"]
    await cancelled(play, jobs[0]["id"])
    async with asyncio.timeout(10):
        answer = await waiting
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (
        409,
        "cancelled",
        "conflict_error",
    )
    assert (error["credits_used"], error["retryable"]) == (0, False)
    assert "job_id" not in error
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-job-id"] == jobs[0]["id"]


async def test_a_stream_of_a_cancelled_job_ends_with_that(
    play: httpx.AsyncClient, gateway: Gateway
) -> None:
    frames: list[str] = []
    async with play.stream("POST", PATH, json=SLOW | {"stream": True}) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                frames.append(line.removeprefix("data: "))
            if len(frames) == 1:
                await cancelled(play, answer.headers["x-job-id"])
    error = msgspec.json.decode(frames[-2])
    assert frames[-1] == "[DONE]"
    assert (error["type"], error["error"]["code"], error["error"]["status"]) == (
        "error",
        "cancelled",
        409,
    )


async def test_a_job_at_a_provider_that_bills_goes_on_and_that_is_said(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    prompt = "goes on [[standin:delay=0.5]]"
    job_id = await begun(live, model=FLARE, prompt=prompt)
    await gateway.upstream.until_asked(prompt)
    told = await cancelled(live, job_id)
    assert (told.cancelled, told.status) == (False, "processing")
    assert "goes on" in told.message
    job: dict[str, Any] = {"status": "processing"}
    while job["status"] == "processing":
        job = (await live.get(f"{JOBS}/{job_id}")).json()
    assert job["status"] == "completed"
    assert job["credits_used"] > 0
    after = await cancelled(live, job_id)
    assert (after.cancelled, after.status) == (False, "completed")
    assert isinstance(after.data, list)
    assert f"{job['credits_used']:g} credits were charged" in after.message


async def test_a_job_that_failed_by_itself_was_not_cancelled(play: httpx.AsyncClient) -> None:
    answer = await play.post(PATH, json=SLOW | {"prompt": "[[limner:refuse]]"})
    told = await cancelled(play, answer.headers["x-job-id"])
    assert (told.cancelled, told.error_code) == (False, "content_policy_violation")
    assert "had failed before" in told.message


async def test_nobody_cancels_a_job_of_another_wallet_or_one_that_is_none(
    play: httpx.AsyncClient, gateway: Gateway
) -> None:
    job_id = await begun(play)
    unknown = "imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P"
    for key in (gateway.keys.stranger, gateway.keys.live):
        headers = {"authorization": f"Bearer {key}"}
        refused = await play.post(f"{JOBS}/{job_id}/cancel", headers=headers)
        missing = await play.post(f"{JOBS}/{unknown}/cancel", headers=headers)
        assert refused.status_code == missing.status_code == 404
        assert refused.text.replace(job_id, unknown)[:60] == missing.text[:60]
    assert (await play.post(f"{JOBS}/x'/cancel")).status_code == 404
    assert (await play.get(f"{JOBS}/{job_id}/cancel")).status_code == 405
    assert (await play.get(f"{JOBS}/{job_id}")).json()["status"] == "processing"
    await cancelled(play, job_id)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_any_process_cancels_what_another_one_does(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("processes"),
        database_url=database_url,
        workers=2,
        lease_s=1.5,
        drain_s=0,
        log_level="error",
    )
    headers = {"authorization": f"Bearer {await a_key(settings)}"}

    async def once(server_url: str, method: str, path: str, **more: Any) -> httpx.Response:
        """On a connection of its own, so that any of the processes may get it."""
        async with httpx.AsyncClient(base_url=server_url, headers=headers, timeout=30) as client:
            return await client.request(method, path, **more)

    with serving(settings) as server:
        waiting = [asyncio.create_task(once(server.url, "POST", PATH, json=SLOW)) for _ in range(4)]
        jobs: list[dict[str, Any]] = []
        while len(jobs) < len(waiting):
            jobs = (await once(server.url, "GET", JOBS)).json()["data"]
        for job in jobs:
            told = await once(server.url, "POST", f"{JOBS}/{job['id']}/cancel")
            assert told.json()["cancelled"] is True
        assert (await once(server.url, "GET", "/v1/credits")).json()["held"] == 0
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*waiting)
        assert {answer.status_code for answer in answers} == {409}
