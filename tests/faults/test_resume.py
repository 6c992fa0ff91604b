"""Work that a provider does by itself survives whoever asked for it: another process goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import Answer, Callers, blobs, calling, looking, started
from tests.servers import Server, a_key, administer
from tests.standins.bfl import BflStandIn
from tests.standins.fal import FalStandIn

from limner.app import Limner
from limner.db.base import Database
from limner.settings import Settings

MODEL = "flux-2-pro"
EACH = 3_000_000
"""What a megapixel of it costs, in micro-credits; its provider reports the same."""
FUNDS = 100 * EACH
ENDED_WITHIN_S = 60.0
LOOKS = 1500
LASTS = "[[standin:delay=4]]"

LOSSES = "SELECT COALESCE(SUM(amount), 0) FROM posting WHERE kind = 'loss'"
NOTED = "SELECT COUNT(*) FROM job WHERE task_ref IS NOT NULL"
LEASE = "SELECT MAX(lease) FROM job"
LET_GO = "SELECT COUNT(*) FROM job WHERE state = 'processing' AND lease_until <= NOW_US()"


@dataclass(frozen=True, slots=True)
class House:
    """Servers on the same data, the provider they call, and one caller."""

    settings: Settings
    standin: BflStandIn | FalStandIn
    callers: Callers
    database: Database
    model: str = MODEL

    @asynccontextmanager
    async def at_work(
        self, n: int = 1, settings: Settings | None = None, **headers: str
    ) -> AsyncIterator[tuple[Server, asyncio.Task[Answer]]]:
        """A server whose provider works on a request by now, and who waits for its answer."""
        async with started(settings or self.settings) as server:
            waiting = asyncio.create_task(self.draw(server, n, **headers))
            await self.standin.until("asked", n)
            await self.until(NOTED, 1)
            await asyncio.sleep(0.2)  # all its tasks are noted
            yield server, waiting

    async def draw(self, server: Server, n: int = 1, **headers: str) -> Answer:
        """The same request whenever it is made."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"model": self.model, "prompt": f"a glass fox {LASTS}", "n": n, "store": True}
        return await self.callers.post(f"{server.api}/images/generations", named, json=body)

    async def job_id(self) -> str:
        ((job_id,),) = await self.database.fetch("SELECT id FROM job")
        return str(job_id)

    async def collected(self, server: Server, n: int = 1) -> dict[str, Any]:
        """The job as its caller polls it, with all its pictures; every rule is kept."""
        assert await until_finished(self.database, ENDED_WITHIN_S) == []
        assert await breaches(self.database, blobs(self.settings)) == []
        job_id = await self.job_id()
        job = await self.callers.job(server.api, job_id)
        assert (job["status"], job["credits_used"]) == ("completed", n * EACH / 1_000_000)
        assert len(await self.callers.digests(server.api, job_id)) == n
        assert len(self.standin.asked) == len(self.standin.completed) == n
        assert await self.figure(LOSSES) == 0
        return job

    async def until(self, sql: str, least: int) -> None:
        """Wait for a figure in the database."""
        for _ in range(LOOKS):
            if await self.figure(sql) >= least:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{sql} never came to {least}")

    async def figure(self, sql: str) -> int:
        ((number,),) = await self.database.fetch(sql)
        return int(str(number))


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(data_dir=tmp_path, database_url=database_url, lease_s=1.5, drain_s=0.3)
    async with BflStandIn() as standin:

        async def configure(limner: Limner) -> None:
            await limner.configs.add("bfl", "bfl", base_url=standin.base_url, api_key="bfl-here")

        await administer(settings, configure)
        key = await a_key(settings, "live", credits=FUNDS)
        async with calling(key) as callers, looking(settings) as database:
            yield House(settings, standin, callers, database)


async def test_the_next_process_collects_what_a_killed_one_had_ordered(house: House) -> None:
    async with house.at_work(n=2, idempotency_key="fox-1") as (server, waiting):
        server.kill()
    assert (await waiting).problem
    async with started(house.settings) as server:
        early = await house.draw(server, n=2, idempotency_key="fox-1")
        assert (early.status, early.code) == (409, "idempotency_in_progress")
        job = await house.collected(server, n=2)
        again = await house.draw(server, n=2, idempotency_key="fox-1")
        assert (again.status, again.headers["idempotent-replayed"]) == (200, "true")
        told = [picture["sha256"] for picture in again.body["data"]]
        assert told == [picture["sha256"] for picture in job["data"]]
        assert again.body["parameters"]["applied"] == {}
        assert all(picture["file_id"] for picture in again.body["data"])
    assert len(house.standin.asked) == 2


async def test_a_server_that_stops_hands_over_at_once_what_goes_on_by_itself(house: House) -> None:
    patient = msgspec.structs.replace(house.settings, lease_s=30.0)
    async with house.at_work(settings=patient) as (server, waiting):
        assert await asyncio.to_thread(server.stop) == 0
        assert ((await waiting).status, (await waiting).code) == (504, "job_timeout")
    assert await house.figure(LET_GO) == 1
    async with started(house.settings) as server:
        await house.collected(server)


async def test_a_living_process_goes_on_for_a_killed_one_and_a_third_for_that(house: House) -> None:
    house.standin.latency_s = 0.0
    async with started(house.settings) as second:
        async with house.at_work() as (first, waiting):
            first.kill()
            await waiting
        await house.until(LEASE, 2)
        second.kill()
    async with started(house.settings) as third:
        await house.collected(third)
    assert await house.figure(LEASE) == 3


async def test_a_server_with_another_markup_charges_what_the_killed_one_had_promised(
    house: House,
) -> None:
    dearer = msgspec.structs.replace(house.settings, markup_percent=20)
    cheaper = msgspec.structs.replace(house.settings, markup_percent=-25)
    async with house.at_work(settings=dearer) as (server, waiting):
        server.kill()
        await waiting
    async with started(cheaper) as server:
        assert await until_finished(house.database, ENDED_WITHIN_S) == []
        job = await house.callers.job(server.api, await house.job_id())
    assert (job["status"], job["credits_used"]) == ("completed", 3.6)
    assert await breaches(house.database, blobs(house.settings)) == []
