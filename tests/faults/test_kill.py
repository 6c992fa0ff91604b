"""Killed at fifty random moments under load and started again on the same data: nothing is lost."""

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.faults.invariants import breaches, until_finished
from tests.faults.load import (
    EACH,
    Answer,
    Callers,
    blobs,
    calling,
    host,
    looking,
    started,
)
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Database
from limner.settings import Settings

KILLS = 50
LATEST_S = 0.9
CALLERS = 8
LATENCIES = (0.0, 0.0, 0.3)
"""Quick drawings keep the server storing and committing, so that kills strike there too."""
PICTURE_BYTES = 40_000
ENDED_WITHIN_S = 60.0
FUNDS = 100_000 * EACH

JOBS = "SELECT id, state, charged FROM job"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is in the rows when all is over."""

    accepted: int
    completed: dict[str, int]
    """By job, in micro-credits."""


async def test_after_every_kill_each_job_ends_and_is_paid_for_once(
    database_url: str, tmp_path: Path
) -> None:
    seed = os.urandom(8).hex()
    print(f"seed {seed}")
    chance = random.Random(seed)
    # A short lease lets the server after next find what the killed one left behind.
    settings = Settings(data_dir=tmp_path, database_url=database_url, lease_s=2.0)
    async with OpenAIStandIn(least=PICTURE_BYTES) as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=FUNDS)
        answers: list[Answer] = []
        async with calling(key) as callers:
            for _ in range(KILLS):
                answers += await killed_under_load(settings, callers, chance)
            async with started(settings) as server, looking(settings) as database:
                assert await until_finished(database, ENDED_WITHIN_S) == []
                assert await breaches(database, blobs(settings)) == []
                outcome = await told_by_rows(database)
                await compare(outcome, answers, standin)
                await collect(server, callers, outcome)


async def killed_under_load(
    settings: Settings, callers: Callers, chance: random.Random
) -> list[Answer]:
    """Start a server, ask it for pictures, and end it at a random moment as a power cut would."""
    async with started(settings) as server:
        load = [
            asyncio.create_task(asking(server, callers, random.Random(chance.random())))
            for _ in range(CALLERS)
        ]
        await asyncio.sleep(chance.uniform(0.0, LATEST_S))
        server.kill()
        return [answer for answers in await asyncio.gather(*load) for answer in answers]


async def asking(server: Server, callers: Callers, chance: random.Random) -> list[Answer]:
    """One caller, who asks again and again until the server has gone."""
    answers: list[Answer] = []
    while not (answers and answers[-1].problem):
        delay = f"[[standin:delay={chance.choice(LATENCIES)}]]"
        answers.append(await callers.draw(server.api, chance.randint(1, 3), delay))
    return answers


async def told_by_rows(database: Database) -> Outcome:
    rows = await database.fetch(JOBS)
    ended = {str(row[0]): row for row in rows}
    completed = {name: int(row[2] or 0) for name, row in ended.items() if row[1] == "completed"}
    return Outcome(len(rows), completed)


async def compare(outcome: Outcome, answers: list[Answer], standin: OpenAIStandIn) -> None:
    """Rows, callers and the stand-in's own log must tell the same story."""
    orders = Counter(entry.generation.digest for entry in standin.asked)
    assert [digest for digest, times in orders.items() if times > 1] == []
    assert len(outcome.completed) <= len(standin.asked) <= outcome.accepted
    assert Counter(answer.status for answer in answers).keys() <= {0, 200}
    for answer in answers:
        if answer.status == 200:
            charged = outcome.completed[answer.job_id]
            assert answer.body["credits_used"] == charged / 1_000_000
            assert len(answer.body["data"]) * EACH == charged
    cut = [answer for answer in answers if answer.problem]
    assert len(cut) == KILLS * CALLERS
    assert outcome.accepted - len(outcome.completed) > 0, "no kill struck a job at work"


async def collect(server: Server, callers: Callers, outcome: Outcome) -> None:
    """Every picture that was paid for can be had, whoever was cut off while it was made."""
    places = asyncio.Semaphore(CALLERS)

    async def one(job_id: str, charged: int) -> None:
        async with places:
            assert len(await callers.digests(server.api, job_id)) * EACH == charged

    await asyncio.gather(*(one(*item) for item in outcome.completed.items()))
