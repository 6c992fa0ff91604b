"""A crowd of callers who leave, and callers who are sent away: nothing changes for their jobs."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.faults.invariants import breaches, until_finished
from tests.faults.leaving import Caller, Leave
from tests.faults.load import EACH, Callers, blobs, calling, host, looking, started
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Database, Row
from limner.settings import Settings

FUNDS = 1000 * EACH
SLOW = "[[standin:delay=0.3]]"
WAYS: tuple[Leave, ...] = ("fin", "reset")


@dataclass(frozen=True, slots=True)
class House:
    """A server, the database beside it, and the stand-in behind it."""

    settings: Settings
    server: Server
    database: Database
    standin: OpenAIStandIn
    key: str
    callers: Callers

    def caller(self, marker: str = SLOW) -> Caller:
        return Caller(self.server.url, self.key, marker)

    async def jobs(self) -> list[Row]:
        return await self.database.fetch("SELECT id, state, charged FROM job ORDER BY id")

    async def settled(self) -> list[Row]:
        """The jobs once all have ended, with every rule kept."""
        assert await until_finished(self.database, 20) == []
        assert await breaches(self.database, blobs(self.settings)) == []
        return await self.jobs()


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(data_dir=tmp_path, database_url=database_url)
    async with OpenAIStandIn(least=300_000) as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=FUNDS)
        async with (
            started(settings) as server,
            looking(settings) as database,
            calling(key) as callers,
        ):
            yield House(settings, server, database, standin, key, callers)


async def test_a_crowd_that_leaves_costs_what_a_crowd_that_stays_does(house: House) -> None:
    """Right behind the body the server may or may not have taken it up: either way it is whole."""

    async def one(number: int) -> None:
        caller = house.caller(f"[[standin:delay={number / 200:.3f}]]")
        await caller.connect()
        await caller.send(caller.head + caller.body)
        await asyncio.sleep(number / 100)
        await caller.leave(WAYS[number % 2])

    await asyncio.gather(*(one(number) for number in range(40)))
    rows = await house.settled()
    assert {row[1:] for row in rows} == {("completed", EACH)}
    assert len(house.standin.asked) == len(rows)
    assert len(rows) >= 20
    wallets = await house.database.fetch("SELECT topup FROM wallet WHERE ledger = 'live'")
    assert wallets == [(FUNDS - len(rows) * EACH,)]


async def test_who_cannot_wait_is_sent_away_with_a_job_that_goes_on(house: House) -> None:
    answer = await house.callers.draw(house.server.api, marker=SLOW, prefer="wait=0")
    assert (answer.status, answer.code) == (504, "job_timeout")
    assert answer.body["error"]["job_id"] == answer.job_id
    assert answer.headers["x-should-retry"] == "false"
    assert [row[1:] for row in await house.settled()] == [("completed", EACH)]
    assert len(await house.callers.digests(house.server.api, answer.job_id)) == 1
