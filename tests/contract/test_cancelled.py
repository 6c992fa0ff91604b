"""Somebody who waits for a job that is cancelled is told so by the public clients, once."""

import asyncio
from typing import Any

import httpx
import pytest
from infery import ConflictError, JobDeferredError, JobFailedError
from openai import ConflictError as OpenAIConflict
from tests.contract.clients import infery_client, openai_client
from tests.contract.gateway import Gateway
from tests.servers import a_key

JOBS = "/v1/images/jobs"
SLOW = {"model": "dall-e-3", "prompt": "[[limner:delay=60s]]"}


async def cancel_all(http: httpx.AsyncClient, key: str) -> int:
    """Cancel every job of a key as soon as there is one; how many there are."""
    headers = {"authorization": f"Bearer {key}"}
    jobs: list[dict[str, Any]] = []
    while not jobs:
        jobs = (await http.get(JOBS, params={"key": "me"}, headers=headers)).json()["data"]
    for job in jobs:
        answer = await http.post(f"{JOBS}/{job['id']}/cancel", headers=headers)
        assert answer.json()["cancelled"] is True
    return len(jobs)


@pytest.mark.parametrize("manner", ["sync", "async"])
async def test_a_waiting_client_is_told_and_sends_nothing_again(
    gateway: Gateway, http: httpx.AsyncClient, manner: Any
) -> None:
    clients: list[tuple[Any, Any]] = [
        (infery_client, ConflictError),
        (openai_client, OpenAIConflict),
    ]
    for opened, kind in clients:
        key = await a_key(gateway.server.settings)
        async with opened(manner, gateway.api, key) as client:
            drawing = asyncio.create_task(client.call("images.generate", **SLOW))
            await cancel_all(http, key)
            with pytest.raises(kind) as caught:
                await drawing
        assert caught.value.code == "cancelled"
        headers = {"authorization": f"Bearer {key}"}
        listed = (await http.get(JOBS, params={"key": "me"}, headers=headers)).json()["data"]
        assert [job["error_code"] for job in listed] == ["cancelled"]


@pytest.mark.parametrize("manner", ["sync", "async"])
async def test_a_client_that_polls_learns_that_the_job_failed(
    gateway: Gateway, http: httpx.AsyncClient, manner: Any
) -> None:
    key = await a_key(gateway.server.settings)
    async with infery_client(manner, gateway.api, key, Prefer="wait=0") as client:
        with pytest.raises(JobDeferredError) as caught:
            await client.call("images.generate", background=True, **SLOW)
        await cancel_all(http, key)
        with pytest.raises(JobFailedError, match="nothing was charged"):
            await client.call("jobs.wait", caught.value.job_id, interval=0.05)
