"""Callers who leave: before the request is whole nothing happened, afterwards nothing changes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
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


Phase = Callable[[House, Caller], Awaitable[None]]


async def connected_only(house: House, caller: Caller) -> None:
    await caller.connect()


async def in_the_head(house: House, caller: Caller) -> None:
    await caller.connect()
    await caller.send(caller.head[:40])


async def behind_the_head(house: House, caller: Caller) -> None:
    await caller.connect()
    await caller.send(caller.head)


async def in_the_body(house: House, caller: Caller) -> None:
    await caller.connect()
    await caller.send(caller.head + caller.body[:20])


async def while_it_is_drawn(house: House, caller: Caller) -> None:
    asked = len(house.standin.asked)
    await caller.connect()
    await caller.send(caller.head + caller.body)
    await house.standin.until("asked", asked + 1)


async def when_it_was_just_drawn(house: House, caller: Caller) -> None:
    drawn = len(house.standin.completed)
    await caller.connect()
    await caller.send(caller.head + caller.body)
    await house.standin.until("completed", drawn + 1)


async def in_the_answer(house: House, caller: Caller) -> None:
    await caller.connect()
    await caller.send(caller.head + caller.body)
    assert (await caller.reader.readexactly(15)).startswith(b"HTTP/1.1 200")


BEFORE: tuple[Phase, ...] = (connected_only, in_the_head, behind_the_head, in_the_body)
AFTER: tuple[Phase, ...] = (while_it_is_drawn, when_it_was_just_drawn, in_the_answer)


async def test_a_request_that_never_was_whole_leaves_no_trace(house: House) -> None:
    for phase in BEFORE:
        for how in WAYS:
            caller = house.caller()
            await phase(house, caller)
            await asyncio.sleep(0.02)
            await caller.leave(how)
    stayed = await house.callers.draw(house.server.api)
    assert stayed.status == 200
    assert [row[0] for row in await house.settled()] == [stayed.job_id]
    assert len(house.standin.asked) == 1


async def test_whoever_leaves_later_has_paid_for_a_picture_that_can_be_had(house: House) -> None:
    for phase in AFTER:
        for how in WAYS:
            caller = house.caller()
            await phase(house, caller)
            await caller.leave(how)
    rows = await house.settled()
    assert [row[1:] for row in rows] == [("completed", EACH)] * len(AFTER) * len(WAYS)
    assert len(house.standin.asked) == len(rows)
    for row in rows:
        assert len(await house.callers.digests(house.server.api, str(row[0]))) == 1


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
