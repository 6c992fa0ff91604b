"""How providers are: what an administrator sees of those that answer, fail or cannot be asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.servers import Server, a_key, serving
from tests.standins.faults import fault
from tests.standins.openai import OpenAIStandIn

from limner import money
from limner.app import built
from limner.generation.breaker import IN_A_ROW
from limner.settings import Settings

WANTED = {"model": "gpt-image-2", "prompt": "a bell"}


class House:
    """A server whose providers are the stand-in and one without a key."""

    def __init__(self, server: Server, standin: OpenAIStandIn, live: str, admin: str) -> None:
        self.standin = standin
        self.client = httpx.AsyncClient(base_url=server.url)
        self._live, self._admin = live, admin

    async def draws(self) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._live}"}
        return await self.client.post("/v1/images/generations", json=WANTED, headers=headers)

    async def health(self) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._admin}"}
        answer = await self.client.get("/v1/providers/health", headers=headers)
        assert answer.status_code == 200
        return {one["provider"]: one for one in answer.json()["data"]}


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.setenv("A_KEY", "sk-one")
    settings = Settings(data_dir=tmp_path)
    async with OpenAIStandIn() as standin:
        async with built(settings) as limner:
            add = limner.configs.add
            await add("openai", "openai", base_url=standin.base_url, api_key_env="A_KEY")
            await add("xai", "xai", api_key_env="NO_SUCH_KEY")
            _, admin = await limner.services.accounts.create_key(None, "admin", "watch")
        live = await a_key(settings, "live", credits=money.credits(1000))
        with serving(settings, {"LIMNER_CIRCUIT_BREAKERS": "true"}) as server:
            house = House(server, standin, live, admin)
            async with house.client:
                yield house


async def test_at_first_nothing_is_known_but_what_cannot_be_asked(house: House) -> None:
    health = await house.health()
    assert (health["openai"]["state"], health["openai"]["places"]) == ("unused", [])
    assert health["xai"]["state"] == "not_ready"
    assert "NO_SUCH_KEY" in health["xai"]["problem"]


async def test_a_provider_that_draws_is_well(house: House) -> None:
    assert (await house.draws()).status_code == 200
    openai = (await house.health())["openai"]
    assert openai["state"] == "ok"
    (place,) = openai["places"]
    assert (place["upstream_model"], place["breaker"]) == ("gpt-image-2", "closed")
    assert (place["succeeded"], place["failed"], place["running"]) == (1, 0, 0)


async def test_an_account_in_trouble_is_told_to_the_operator_and_not_to_the_caller(
    house: House,
) -> None:
    house.standin.script(fault("429_quota"))
    answer = await house.draws()
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "provider_error")
    assert "quota" not in answer.text
    openai = (await house.health())["openai"]
    assert openai["state"] == "account_in_trouble"
    told = openai["places"][0]["trouble"]
    assert (told["reason"], told["outcome"]) == ("provider_account", "known_not_run")
    assert "insufficient_quota" in told["detail"]
    assert (await house.draws()).status_code == 200
    assert (await house.health())["openai"]["state"] == "ok"


async def test_one_that_fails_again_and_again_is_not_asked_and_nothing_is_held(
    house: House,
) -> None:
    house.standin.script(fault("500"), times=IN_A_ROW)
    for _ in range(IN_A_ROW):
        assert (await house.draws()).status_code == 502
    asked = len(house.standin.asked)
    refused = await house.draws()
    assert refused.status_code == 503
    assert refused.headers["x-should-retry"] == "true"
    assert 25 <= int(refused.headers["retry-after"]) <= 30
    assert "x-job-id" not in refused.headers
    assert len(house.standin.asked) == asked
    openai = (await house.health())["openai"]
    assert openai["state"] == "failing"
    assert openai["places"][0]["breaker"] == "open"
    assert openai["places"][0]["tried_again_in_seconds"] <= 30


async def test_one_that_has_no_room_rests_as_long_as_it_says_and_is_well_again(
    house: House,
) -> None:
    house.standin.script(fault("429_retry_after", 30))
    assert (await house.draws()).status_code == 503
    refused = await house.draws()
    assert refused.status_code == 503
    assert 25 <= int(refused.headers["retry-after"]) <= 30
    assert "no room" in refused.json()["error"]["message"]
    assert len(house.standin.asked) == 1
    openai = (await house.health())["openai"]
    assert (openai["state"], openai["places"][0]["breaker"]) == ("resting", "closed")
    assert 25 <= openai["places"][0]["tried_again_in_seconds"] <= 30


async def test_a_short_rest_is_waited_out_by_the_request_that_met_it(house: House) -> None:
    house.standin.script(fault("429_retry_after", 1))
    assert (await house.draws()).status_code == 200
    assert len(house.standin.asked) == 2
    assert (await house.health())["openai"]["state"] == "ok"
