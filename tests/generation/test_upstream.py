"""From request to picture over a real provider's wire; the stand-in's log is the referee."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.generation.studios import FUNDS, Scene, a_request, a_scene, connected
from tests.standins.faults import fault
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Database
from limner.generation.request import GenerationRequest
from limner.jobs.feed import Completed, Failed, JobEvent
from limner.settings import ProviderConfig, Settings

EACH = 1_600_000
"""One picture of `dall-e-2` at 256x256, in micro-credits."""


@dataclass(frozen=True, slots=True)
class House:
    scene: Scene
    standin: OpenAIStandIn

    async def ends(self, request: GenerationRequest) -> JobEvent:
        return (await self.scene.events(request))[-1]


@pytest.fixture
async def house(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setenv("STANDIN_KEY", "sk-standin")
    async with OpenAIStandIn() as standin:
        host = ProviderConfig(
            kind="openai",
            base_url=standin.base_url,
            api_key_env="STANDIN_KEY",
            serves={"dall-e-2": "dall-e-2"},
        )
        settings = Settings(data_dir=tmp_path, providers={"host": host, "openai": host})
        scene = connected(await a_scene(database, tmp_path), settings)
        yield House(scene, standin)
        await scene.studio.connections.close()


def small(n: int = 1, prompt: str = "a lantern") -> GenerationRequest:
    return a_request(prompt, n=n, model="dall-e-2", size="256x256")


async def test_a_picture_comes_all_the_way(house: House) -> None:
    done = await house.ends(small(n=3))
    assert isinstance(done, Completed)
    assert (done.charged, [one.artifact.width for one in done.pictures]) == (3 * EACH, [256] * 3)
    assert await house.scene.spent() == 3 * EACH
    assert [entry.generation.n for entry in house.standin.asked] == [3]


async def test_tokens_are_charged_as_the_provider_metered_them(house: House) -> None:
    wish = a_request("a lantern", model="gpt-image-2", size="1024x1024", quality="low")
    done = await house.ends(wish)
    assert isinstance(done, Completed)
    assert done.usage is not None
    assert done.resolved["quality"] == "low"
    assert 0 < done.charged == await house.scene.spent()


ONCE = (
    "rst_after_body",
    "fin_after_body",
    "500",
    "502",
    "504",
    "524",
    "empty",
    "no_data",
    "bad_json",
    "html",
    "fin_mid_answer",
    "rst_mid_answer",
    "wrong_length",
    "400_policy",
)
"""Faults after which nobody can be sure that nothing was drawn, or there is no sense in asking."""


async def test_no_fault_costs_anything_or_makes_a_second_picture(house: House) -> None:
    for n in (1, 4):
        for kind in ONCE:
            asked = len(house.standin.asked)
            house.standin.script(fault(kind))
            end = await house.ends(small(n, f"{kind} {os.urandom(4).hex()}"))
            assert isinstance(end, Failed), kind
            assert len(house.standin.asked) == asked + 1, kind
            assert "nothing was charged" in end.error.message, kind
    assert await house.scene.spent() == 0
    assert {job.state for job in await house.scene.jobs()} == {"failed"}


async def test_what_surely_did_not_run_is_drawn_at_the_next_place(house: House) -> None:
    for kind in ("429", "429_retry_after", "401", "400_billing"):
        drawn = len(house.standin.completed)
        house.standin.script(fault(kind))
        end = await house.ends(small(prompt=kind))
        assert isinstance(end, Completed), kind
        assert len(house.standin.completed) == drawn + 1, kind
    assert await house.scene.spent() == 4 * EACH


async def test_a_host_that_nobody_reaches_costs_nothing(house: House) -> None:
    async with house.standin.refusing():
        end = await house.ends(small())
    assert isinstance(end, Failed)
    assert (end.error.status, end.error.code) == (502, "provider_error")
    assert await house.scene.outcomes() == ["known_not_run"]
    assert await house.scene.spent() == 0


async def test_fewer_and_more_pictures_than_asked(house: House) -> None:
    charged = 0
    for came in range(6):
        house.standin.script(fault("images", came))
        end = await house.ends(small(n=4))
        if came == 0:
            assert isinstance(end, Failed)
            continue
        assert isinstance(end, Completed)
        assert end.charged == min(came, 4) * EACH
        charged += end.charged
    assert await house.scene.spent() == charged


async def test_a_hundred_at_once_are_drawn_once_each(house: House) -> None:
    house.standin.latency_s = 0.05
    assert FUNDS >= 100 * EACH
    ends = await asyncio.gather(*(house.ends(small(prompt=f"{one}")) for one in range(100)))
    assert all(isinstance(end, Completed) for end in ends)
    digests = {entry.generation.digest for entry in house.standin.asked}
    assert (len(digests), len(house.standin.asked)) == (100, 100)
    assert await house.scene.spent() == 100 * EACH
