"""PostgreSQL crashes under load and comes back: callers try again, and no credit is lost."""

import asyncio
from collections import Counter
from pathlib import Path

from tests.databases import FreshUrl, PostgresServer
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import EACH, Answer, Callers, blobs, calling, host, looking, started
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.settings import Settings

CALLERS = 8
CRASHES = 3
ENDED_WITHIN_S = 60.0


async def asking(server: Server, callers: Callers, over: asyncio.Event) -> list[Answer]:
    answers = []
    while not over.is_set():
        answers.append(await callers.draw(server.api, marker="[[standin:delay=0.1]]"))
        if answers[-1].status != 200:
            await asyncio.sleep(0.1)
    return answers


async def test_a_database_that_crashes_under_load_loses_nothing(
    postgres: PostgresServer, postgres_url: FreshUrl, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=postgres_url(), lease_s=3.0)
    async with OpenAIStandIn() as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=100_000 * EACH)
        over = asyncio.Event()
        async with calling(key) as callers, started(settings) as server:
            load = [asyncio.create_task(asking(server, callers, over)) for _ in range(CALLERS)]
            for number in range(CRASHES):
                await standin.until("completed", 20 * (number + 1))
                await asyncio.to_thread(postgres.crash)
                await asyncio.sleep(0.5)
                await asyncio.to_thread(postgres.start)
            await standin.until("completed", len(standin.completed) + 20)
            over.set()
            answers = [answer for answers in await asyncio.gather(*load) for answer in answers]
            async with looking(settings) as database:
                assert await until_finished(database, ENDED_WITHIN_S) == []
                assert await breaches(database, blobs(settings)) == []
                rows = await database.fetch("SELECT id FROM job WHERE state = 'completed'")
            completed = {str(row[0]) for row in rows}
            told = Counter((answer.status, answer.code or answer.problem) for answer in answers)
            assert told.keys() <= {
                (200, ""),
                (503, "service_unavailable"),
                (504, "job_timeout"),
            }
            assert {one.job_id for one in answers if one.status == 200} <= completed
            orders = Counter(entry.generation.digest for entry in standin.asked)
            assert max(orders.values()) == 1
            for job_id in completed:
                assert len(await callers.digests(server.api, job_id)) == 1
