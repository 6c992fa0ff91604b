"""With several serving processes, any of them answers for what another one does."""

import asyncio

import httpx
import pytest
from tests.contract.pictures import behind
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving

from limner.settings import Settings

WANTED = {"model": "sketch-1", "prompt": "a dot [[limner:delay=0.2s]]", "size": "64x64"}


async def collected(server: Server, key: str) -> str:
    """The link of a deferred picture, every step on a connection of its own."""
    headers = {"authorization": f"Bearer {key}", "prefer": "wait=0"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
        away = await client.post("/v1/images/generations", json=WANTED)
    path = f"/v1/images/jobs/{away.json()['error']['job_id']}"
    for _ in range(200):
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
            job = (await client.get(path)).json()
        if job["status"] != "processing":
            return str(job["data"][0]["url"])
        await asyncio.sleep(0.05)
    raise AssertionError(f"the job did not end: {job}")


async def test_a_job_is_collected_through_any_process(
    sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("processes"),
        database_url=sqlite_url(),
        test_pace=0,
        workers=2,
        log_level="error",
    )
    key = await a_key(settings)
    with serving(settings) as server:
        links = await asyncio.gather(*(collected(server, key) for _ in range(6)))
        assert {(await behind(link)).size for link in links} == {"64x64"}
        assert server.stop() == 0
