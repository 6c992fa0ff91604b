"""The very same request again is given the earlier pictures, for a share of the price."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.faults.invariants import breaches
from tests.faults.load import blobs, looking, started
from tests.servers import a_key, administer
from tests.standins.bfl import BflStandIn

from limner.app import Limner
from limner.settings import Settings

PATH = "/v1/images/generations"
MODEL = "flux-2-pro"
PRICE = 3.0
"""Credits for a megapixel, by the catalog."""
WANTED: dict[str, Any] = {
    "model": MODEL,
    "prompt": "a lighthouse",
    "size": "1024x1024",
    "seed": 7,
    "cache": True,
}


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    url: str
    keys: dict[str, str]
    standin: BflStandIn

    async def asks(self, whose: str = "one", **more: Any) -> httpx.Response:
        body = {name: value for name, value in (WANTED | more).items() if value is not None}
        headers = {"authorization": f"Bearer {self.keys[whose]}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60) as client:
            return await client.post(PATH, json=body)

    async def answers(self, whose: str = "one", **more: Any) -> dict[str, Any]:
        answer = await self.asks(whose, **more)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        assert ("cached" in body) == (answer.headers.get("x-limner-cache") == "hit")
        return body

    @property
    def drawn(self) -> int:
        return len(self.standin.completed)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with BflStandIn() as standin:
        settings = Settings(data_dir=tmp_path, database_url=database_url, log_level="error")

        async def host(limner: Limner) -> None:
            await limner.configs.add("bfl", "bfl", base_url=standin.base_url, api_key="sk-standin")

        await administer(settings, host)
        keys = {
            name: await a_key(settings, "live", credits=10**9, workspace=name)
            for name in ("one", "other")
        }
        async with started(settings) as server:
            yield House(settings, server.url, keys, standin)
        async with looking(settings) as database:
            assert await breaches(database, blobs(settings)) == []


def pictures(body: dict[str, Any]) -> list[str]:
    return [one["sha256"] for one in body["data"]]


async def test_the_second_time_is_the_first_picture_for_a_tenth_and_says_so(house: House) -> None:
    first = await house.answers()
    second = await house.answers()
    assert (house.drawn, "cached" in first, second["cached"]) == (1, False, True)
    assert pictures(second) == pictures(first)
    assert second["data"][0]["seed"] == first["data"][0]["seed"]
    assert second["credits_used"] == pytest.approx(first["credits_used"] / 10)
    lines = second["cost"]["breakdown"]
    assert sum(line["credits"] for line in lines) == pytest.approx(second["credits_used"])
    assert lines[-1]["what"] == "drawn before"
    assert lines[-1]["quantity"] == "10 % of the price"
    third = await house.answers(response_format="b64_json", stream=None)
    assert pictures(third) == pictures(first)


@pytest.mark.parametrize(
    "more",
    [
        {"prompt": "a lighthouse "},
        {"seed": 8},
        {"size": "1024x768"},
        {"n": 2},
        {"output_format": "png"},
        {"safety_tolerance": 1},
        {"cache": False},
        {"cache": None},
    ],
)
async def test_whatever_differs_is_drawn_anew(house: House, more: dict[str, Any]) -> None:
    await house.answers()
    before = house.drawn
    assert "cached" not in await house.answers(**more)
    assert house.drawn > before


async def test_what_was_drawn_for_another_workspace_is_nobodys_cache(house: House) -> None:
    await house.answers()
    assert "cached" not in await house.answers("other")
    assert house.drawn == 2


async def test_without_a_seed_nothing_is_the_same_and_that_is_said(house: House) -> None:
    first = await house.answers(seed=None)
    second = await house.answers(seed=None)
    assert house.drawn == 2
    assert "cached" not in second
    (why,) = [one["why"] for one in first["parameters"]["ignored"] if one["name"] == "cache"]
    assert "names none" in why
    strict = await house.asks(seed=None, cache=True)
    assert strict.status_code == 200


async def test_a_workspace_may_have_it_for_all_and_a_request_may_not(house: House) -> None:
    async def work(limner: Limner) -> None:
        accounts = limner.services.accounts
        owner = await accounts.workspace("other")
        await accounts.set_workspace(owner.id, {"cache": True})

    await administer(house.settings, work)
    await asyncio.sleep(5.5)  # servers follow within five seconds
    await house.answers("other", cache=None)
    assert (await house.answers("other", cache=None))["cached"]
    assert "cached" not in await house.answers("other", cache=False)


async def test_a_picture_that_was_deleted_is_drawn_again(house: House) -> None:
    first = await house.asks()
    headers = {"authorization": f"Bearer {house.keys['one']}"}
    job_id = first.headers["x-job-id"]
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        assert (await client.delete(f"/v1/images/jobs/{job_id}/artifacts")).status_code == 200
    assert "cached" not in await house.answers()
    assert house.drawn == 2


async def test_the_earlier_picture_may_go_and_the_later_one_stays(house: House) -> None:
    first, second = await house.asks(), await house.asks()
    headers = {"authorization": f"Bearer {house.keys['one']}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        job_id = first.headers["x-job-id"]
        await client.delete(f"/v1/images/jobs/{job_id}/artifacts")
        link = second.json()["data"][0]["url"]
        assert (await client.get(link)).status_code == 200
    assert (await house.answers())["cached"]
    assert house.drawn == 1


async def test_a_stream_is_given_it_too(house: House) -> None:
    first = await house.answers()
    told = (await house.asks(stream=True)).text
    assert '"cached":true' in told
    assert pictures(first)[0] in told
    assert house.drawn == 1


async def test_a_store_that_cannot_be_read_costs_nothing_and_draws_nothing(house: House) -> None:
    first = await house.answers()
    (blob,) = (path for path in blobs(house.settings).rglob("a_*") if path.is_file())
    away = blob.rename(house.settings.data_dir / "away")
    blob.mkdir()
    refused = await house.asks()
    blob.rmdir()
    away.rename(blob)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "storage_unavailable")
    assert pictures(await house.answers()) == pictures(first)
    assert house.drawn == 1


async def test_a_picture_that_goes_at_that_moment_costs_nothing_and_may_be_asked_for_again(
    house: House,
) -> None:
    await house.answers()
    (blob,) = (path for path in blobs(house.settings).rglob("a_*") if path.is_file())
    away = blob.rename(house.settings.data_dir / "away")
    refused = await house.asks()
    away.rename(blob)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["credits_used"]) == (
        503,
        "storage_unavailable",
        0,
    )
    assert "drawn anew" in error["message"]
    assert refused.headers["retry-after"] == "1"
