"""A backup taken from a server that draws all the time: what is restored owes nobody anything."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.databases import PostgresServer
from tests.faults.invariants import breaches, unfinished
from tests.faults.load import EACH, Callers, blobs, calling, host, looking, started
from tests.servers import Server, a_key, variables
from tests.standins.openai import OpenAIStandIn

from limner.settings import Settings

CALLERS = 6
BEFORE = 20
"""Pictures that are drawn before the backup begins."""
FUNDS = 300
SHORT, LONG = "[[standin:delay=0.4]]", "[[standin:delay=60]]"
PICTURE_BYTES = 20_000
MOST_AT_ONCE = 10


async def test_a_backup_under_load_restores_to_a_sound_system(
    database_url: str, empty_database: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=database_url, drain_s=0.5)
    copy = Settings(data_dir=tmp_path / "copy", database_url=empty_database)
    archive = str(tmp_path / "backup.tar")
    async with OpenAIStandIn(least=PICTURE_BYTES) as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=FUNDS * EACH)
        async with calling(key) as callers:
            async with started(settings) as server:
                taken = await taken_under_load(server, callers, standin, archive, key)
            assert taken["wrong"] == []
            told = await ran(copy, "restore", archive, "--json")
            assert (told["ok"], told["broken"]) == (True, 0)
            assert told["closed"] >= 1
            completed = await sound(copy)
            assert len(completed) >= BEFORE
            async with started(copy) as server:
                for job_id in completed:
                    assert len(await callers.digests(server.api, job_id)) == 1
                assert await spent_to_the_end(server, callers) == FUNDS - len(completed)
            await sound(copy)


@pytest.fixture
def empty_database(database_url: str, request: pytest.FixtureRequest) -> str:
    """The same kind as the one that is backed up."""
    if database_url.startswith("sqlite"):
        return ""
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create()


async def taken_under_load(
    server: Server, callers: Callers, standin: OpenAIStandIn, archive: str, key: str
) -> Any:
    """Take a backup while pictures are drawn and files come and go; what it says of itself."""
    over = asyncio.Event()
    load = [asyncio.create_task(drawing(server, callers, over)) for _ in range(CALLERS)]
    load.append(asyncio.create_task(filing(server, key, over)))
    long = asyncio.create_task(callers.draw(server.api, marker=LONG))
    await standin.until("completed", BEFORE)
    taken = await ran(server.settings, "backup", archive, "--json")
    assert not any(task.done() for task in load), "the load ended before the backup did"
    over.set()
    await asyncio.gather(*load)
    await asyncio.to_thread(server.stop)
    await long
    return taken


async def drawing(server: Server, callers: Callers, over: asyncio.Event) -> None:
    while not over.is_set() and (await callers.draw(server.api, marker=SHORT)).status == 200:
        pass


async def filing(server: Server, key: str, over: asyncio.Event) -> None:
    """Keep a file, and upload and delete another again and again."""
    headers = {"authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        await uploaded(server, session)
        while not over.is_set():
            file_id = await uploaded(server, session)
            async with session.delete(f"{server.api}/files/{file_id}") as response:
                assert response.status == 200


async def uploaded(server: Server, session: aiohttp.ClientSession) -> str:
    form = aiohttp.FormData({"purpose": "user_data"})
    form.add_field("file", b"words", filename="words.txt")
    async with session.post(f"{server.api}/files", data=form) as response:
        body = await response.json()
        assert response.status in (200, 201), body
        return str(body["id"])


async def ran(settings: Settings, *words: str) -> Any:
    """What a command says as JSON."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "limner",
        *words,
        env={**os.environ, **variables(settings)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return json.loads(said)


async def sound(settings: Settings) -> list[str]:
    """Asserts that no rule is broken and nothing runs; the jobs that were completed."""
    async with looking(settings) as database:
        assert await unfinished(database) == []
        assert await breaches(database, blobs(settings)) == []
        rows = await database.fetch("SELECT id FROM job WHERE state = 'completed'")
    return [str(row[0]) for row in rows]


async def spent_to_the_end(server: Server, callers: Callers) -> int:
    """How many pictures the rest of the money buys."""
    bought = 0
    for n in (MOST_AT_ONCE, 1):
        while (answer := await callers.draw(server.api, n)).status == 200:
            bought += len(answer.body["data"])
        assert answer.status == 402
    return bought
