"""A server that dies between the commit and the telling: the next one tells, under the same id."""

import asyncio
from pathlib import Path

import httpx
from tests.cli.calls import GENERATIONS
from tests.servers import Server, a_key, administer, serving
from tests.standins.receiver import Receiver

from limner.app import Limner
from limner.db.base import Statement, Write
from limner.settings import Settings

HASTE = Write("haste", (Statement("UPDATE webhook_delivery SET due_at = 1"),))
BODY = {"model": "sketch-1", "prompt": "a red dot", "size": "64x64"}


def settings(database_url: str, folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        database_url=database_url,
        allow_private_networks="127.0.0.1/32",
        test_pace=0,
    )


async def asked(server: Server, key: str, path: str, body: object) -> httpx.Response | None:
    """None where the server died meanwhile."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
        try:
            return await client.post(path, json=body)
        except httpx.HTTPError:
            return None


async def test_killed_right_after_the_commit(database_url: str, tmp_path: Path) -> None:
    mine = settings(database_url, tmp_path)
    key = await a_key(mine)
    async with Receiver() as there:
        with serving(mine, {"LIMNER_FAIL_POINTS": "finish.after=kill"}) as dying:
            assert await asked(dying, key, "/v1/webhooks", {"url": there.url})
            assert await asked(dying, key, GENERATIONS, BODY) is None
            await asyncio.to_thread(dying.process.wait)
        assert there.connections == 0
        with serving(mine):
            await there.until("asked")
        (request,) = there.requests
    assert b"job.completed" in request.body


async def test_killed_while_telling(database_url: str, tmp_path: Path) -> None:
    mine = settings(database_url, tmp_path)
    key = await a_key(mine)
    async with Receiver(30.0) as there:
        with serving(mine) as dying:
            assert await asked(dying, key, "/v1/webhooks", {"url": there.url})
            assert await asked(dying, key, GENERATIONS, BODY)
            await there.until("asked")
            dying.kill()
        await administer(mine, hasten)
        with serving(mine):
            await there.until("asked", 2)
        first, second = there.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def hasten(limner: Limner) -> None:
    """Let the claim of whoever died be over."""
    await limner.services.database.write(HASTE, {})
