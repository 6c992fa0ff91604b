"""A request in fal's queue survives whoever asked for it, and is taken back by none who stops."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.faults.load import calling, looking, started
from tests.faults.test_resume import FUNDS, House
from tests.servers import a_key, administer
from tests.standins.fal import FalStandIn

from limner.app import Limner
from limner.settings import Settings

MODEL = "flux-2-pro-fal"
"""Which costs what the model of `test_resume.py` does; a request of it is for one picture."""


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(data_dir=tmp_path, database_url=database_url, lease_s=1.5, drain_s=0.3)
    async with FalStandIn() as standin:

        async def configure(limner: Limner) -> None:
            await limner.configs.add("fal", "fal", base_url=standin.base_url, api_key="fal-here")

        await administer(settings, configure)
        key = await a_key(settings, "live", credits=FUNDS)
        async with calling(key) as callers, looking(settings) as database:
            yield House(settings, standin, callers, database, MODEL)


async def test_the_next_process_collects_what_a_killed_one_had_ordered(house: House) -> None:
    async with house.at_work(n=2) as (server, waiting):
        server.kill()
    assert (await waiting).problem
    async with started(house.settings) as server:
        await house.collected(server, n=2)


async def test_a_server_that_stops_hands_over_and_takes_nothing_back(house: House) -> None:
    patient = msgspec.structs.replace(house.settings, lease_s=30.0)
    async with house.at_work(settings=patient) as (server, waiting):
        assert await asyncio.to_thread(server.stop) == 0
        assert ((await waiting).status, (await waiting).code) == (504, "job_timeout")
    async with started(house.settings) as server:
        await house.collected(server)
    assert isinstance(house.standin, FalStandIn)
    assert house.standin.taken_back() == []
