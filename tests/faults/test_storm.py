"""Two hundred callers at once, through two servers, on credits for thirty-seven pictures."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.invariants import breaches, unfinished
from tests.faults.load import EACH, blobs, calling, host, looking, started
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Row
from limner.settings import Settings

CALLERS = 200
ENOUGH_FOR = 37
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Pair:
    settings: Settings
    servers: tuple[Server, Server]
    standin: OpenAIStandIn


@pytest.fixture
async def pair(database_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    """Two servers that share one database and one folder, and the stand-in behind them."""
    settings = Settings(data_dir=tmp_path, database_url=database_url)
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(OpenAIStandIn())
        await host(settings, standin)
        one, other = [await stack.enter_async_context(started(settings)) for _ in range(2)]
        yield Pair(settings, (one, other), standin)


async def test_exactly_as_many_pictures_are_drawn_as_there_are_credits_for(pair: Pair) -> None:
    chance = random.Random(seed := os.urandom(8).hex())
    print(f"seed {seed}")
    for number in range(ROUNDS):
        await storm(pair, f"round {number}", chance)
    async with looking(pair.settings) as database:
        assert await unfinished(database) == []
        assert await breaches(database, blobs(pair.settings)) == []


async def storm(pair: Pair, workspace: str, chance: random.Random) -> None:
    """One round, in a workspace of its own; the stand-in's log is the referee."""
    key = await a_key(pair.settings, "live", credits=ENOUGH_FOR * EACH, workspace=workspace)
    asked = len(pair.standin.asked)
    async with calling(key) as callers:
        answers = await asyncio.gather(
            *(
                callers.draw(
                    pair.servers[number % 2].api,
                    marker=f"[[standin:delay={chance.uniform(0.05, 0.5):.3f}]]",
                )
                for number in range(CALLERS)
            )
        )
        good = [answer for answer in answers if answer.status == 200]
        collected = await asyncio.gather(
            *(callers.digests(pair.servers[0].api, answer.job_id) for answer in good)
        )
    told = Counter((answer.status, answer.code or answer.problem) for answer in answers)
    assert told == {(200, ""): ENOUGH_FOR, (402, "insufficient_credits"): CALLERS - ENOUGH_FOR}
    assert len(pair.standin.asked) - asked == ENOUGH_FOR
    for answer, digests in zip(good, collected, strict=True):
        assert [picture["sha256"] for picture in answer.body["data"]] == digests
        assert (answer.body["credits_used"], answer.headers["x-credits-used"]) == (1.6, "1.6")
    assert await left(pair.settings, workspace) == [(0, 0)]


async def left(settings: Settings, workspace: str) -> list[Row]:
    """What a workspace still has and holds."""
    async with looking(settings) as database:
        return await database.fetch(
            """
            SELECT w.plan + w.topup, w.plan_held + w.topup_held
            FROM wallet w JOIN workspace s ON s.id = w.workspace_id
            WHERE s.name = :name AND w.ledger = 'live'
            """,
            {"name": workspace},
        )
