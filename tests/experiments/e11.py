"""E11, PostgreSQL crash: it crashes again and again under load, and then loses sessions at random.

Two servers are asked for everything by several callers, and for what there is by others. PostgreSQL
is stopped as by a power cut and started again; within ten seconds of that everybody is served.
After the crashes a random session is ended each 200 ms for a minute. Nobody is ever answered 500 or
cut off: 503, or 504 with the id of a job. At the end callers, rows and the stand-in's log tell one
story and all rules hold (I1 to I13), and the servers are as they were before (I21).
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.databases import PostgresServer
from tests.experiments.agreement import disagreements
from tests.experiments.asking import MOST_FILES, Asking
from tests.experiments.crew import Crew, crew
from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import EACH, blobs, calling, host, looking
from tests.faults.referee import Referee
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.settings import Settings

DATABASES = ("postgresql",)
ROUNDS = 10
SHORT = 2
LEASE_S = 5.0
FUNDS = 1_000_000 * EACH
DRAWN = "[[standin:delay=0.1]]"
CALLERS_OF_EACH = 2
AWAY_S = 0.5
BETWEEN_S, SHORT_BETWEEN_S = 3.0, 0.5
BACK_WITHIN_S = 10.0
TOGETHER = 8
"""Requests that must all be served at once, for everybody to be."""
ENDING_S, SHORT_ENDING_S = 60.0, 3.0
EACH_S = 0.2
ENDED_WITHIN_S = 60.0
ALLOWED = ("200", "201", "service_unavailable", "job_timeout")
READ = ("images/jobs", "credits", "models", "files", "usage")
END_ONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = '{name}' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Load:
    """Callers who go on asking until it is over."""

    crew: Crew
    asking: Asking
    over: asyncio.Event
    odd: list[str]

    async def ask(self, server: Server) -> None:
        while not self.over.is_set():
            answers = await asyncio.gather(*self.asking.kinds(server))
            if any(answer.status >= 500 for answer in answers):
                await asyncio.sleep(0.1)

    async def read(self, server: Server) -> None:
        while not self.over.is_set():
            for path in READ:
                status, text = await self.asking.callers.get(f"{server.api}/{path}")
                if status not in (200, 503):
                    self.odd.append(f"{path} was answered {status}: {text[:200]!r}")
            await asyncio.sleep(0.05)


async def experiment(run: Run) -> list[str]:
    assert run.postgres is not None
    url = run.fresh_url()
    settings = Settings(
        data_dir=run.folder,
        database_url=url,
        lease_s=LEASE_S,
        log_level="error",
        max_files_per_workspace=MOST_FILES,
    )
    async with OpenAIStandIn() as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=FUNDS)
        async with calling(key) as callers, crew(settings) as servers:
            ask, referee = Asking(callers, DRAWN), Referee(standin)
            async with looking(settings) as database:
                for server in servers.servers:
                    await not_well(database, server, callers)
            before = [size_of(server) for server in servers.servers]
            async with loaded(servers, ask) as load:
                found = await crashed(load, run, run.postgres)
                await ending(run, run.postgres, url)
                found += await back(load, "after the last session was ended")
            found += [*load.odd, *ask.misled, *ask.story.otherwise(ALLOWED)]
            async with looking(settings) as database:
                left = await until_finished(database, ENDED_WITHIN_S)
                found += [f"I9: not over: {job_id}" for job_id in left]
                server = servers.servers[0]
                found += await disagreements(ask.story, referee, database, callers, server)
                found += await ask.lost_files(server)
                for server, size in zip(servers.servers, before, strict=True):
                    found += await not_well(database, server, callers, size)
                print(dict(ask.story.told()))
                return found + await breaches(database, blobs(settings))


@asynccontextmanager
async def loaded(servers: Crew, asking: Asking) -> AsyncIterator[Load]:
    load = Load(servers, asking, asyncio.Event(), [])
    async with asyncio.TaskGroup() as tasks:
        for server in servers.servers:
            for _ in range(CALLERS_OF_EACH):
                tasks.create_task(load.ask(server))
            tasks.create_task(load.read(server))
        yield load
        load.over.set()


async def crashed(load: Load, run: Run, postgres: PostgresServer) -> list[str]:
    found, chance = [], run.chance("crashes")
    for number in range(run.rounds):
        await asyncio.sleep(chance.random() * (SHORT_BETWEEN_S if run.short else BETWEEN_S))
        await asyncio.to_thread(postgres.crash)
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(postgres.start)
        found += await back(load, f"after crash {number + 1}")
    return found


async def back(load: Load, when: str) -> list[str]:
    """Whether everybody is served again in time."""
    ends = time.monotonic() + BACK_WITHIN_S
    for server in load.crew.servers:
        while True:
            answers = await asyncio.gather(*(load.asking.wait(server) for _ in range(TOGETHER)))
            if all(answer.status == 200 for answer in answers):
                break
            if time.monotonic() > ends:
                return [f"{when}: not everybody is served within {BACK_WITHIN_S:g} s"]
    return []


async def ending(run: Run, postgres: PostgresServer, url: str) -> None:
    """End sessions of the servers for a while, whatever they are doing."""
    name = url.partition("?")[0].rpartition("/")[2]
    ends = time.monotonic() + (SHORT_ENDING_S if run.short else ENDING_S)
    while time.monotonic() < ends:
        await asyncio.to_thread(postgres.sql, END_ONE.format(name=name))
        await asyncio.sleep(EACH_S)
