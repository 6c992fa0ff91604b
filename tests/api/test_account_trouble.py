"""An account in trouble, at every kind: red once an order met it, green once one is drawn again."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.faults.load import started
from tests.providers.test_every_provider import OPTIONS
from tests.servers import a_key, administer
from tests.standins.__main__ import STAND_INS
from tests.standins.faults import fault
from tests.standins.google import GoogleStandIn
from tests.standins.server import StandIn

from limner import money
from limner.app import Limner
from limner.cli.checks import ProviderState, checked
from limner.settings import Settings

MODELS = {
    "openai": ("gpt-image-2", "gpt-image-2"),
    "azure": ("gpt-image-1", "gpt-image-1"),
    "google": ("gemini-2-5-flash-image", "gemini-2.5-flash-image"),
    "vertex": ("imagen-4-ultra", "imagen-4.0-ultra-generate-001"),
    "xai": ("grok-imagine-image-2-0", "grok-imagine-image-2.0"),
    "alibaba": ("qwen-image-3-0", "qwen-image-3.0"),
    "bfl": ("flux-2-pro", "flux-2-pro"),
    "fal": ("flux-1-dev-fal", "fal-ai/flux/dev"),
    "comfyui": ("flux-1-schnell", "flux-dev"),
    "compatible": ("flux-1-dev", "flux1-dev"),
    "suno": ("suno-v5", "V5"),
}
"""A model at each kind, and its name there; all by one server."""


def key_of(kind: str, standin: StandIn, folder: Path) -> str:
    """Vertex wants a service account, which is a file."""
    if kind != "vertex" or not isinstance(standin, GoogleStandIn):
        return "sk-standin"
    file = folder / "account.json"
    file.write_text(standin.account(), "utf-8")
    return str(file)


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    client: httpx.AsyncClient
    admin: str
    standins: dict[str, StandIn]

    async def draws(self, kind: str) -> int:
        wanted = {"model": MODELS[kind][0], "prompt": "a bell"}
        path = "/v1/music/generations" if kind == "suno" else "/v1/images/generations"
        return (await self.client.post(path, json=wanted)).status_code

    async def health(self, kind: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.admin}"}
        answer = await self.client.get("/v1/providers/health", headers=headers)
        return next(one for one in answer.json()["data"] if one["provider"] == kind)

    async def tried(self, kind: str) -> ProviderState:
        """What `limner provider test` says, in a process that never saw an order."""

        async def work(limner: Limner) -> list[ProviderState]:
            return await checked(limner.services, kind)

        (state,) = await administer(self.settings, work)
        return state


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(data_dir=tmp_path, allow_private_networks="127.0.0.1/32")
    async with AsyncExitStack() as stack:
        standins = {kind: await stack.enter_async_context(STAND_INS[kind]()) for kind in MODELS}

        async def work(limner: Limner) -> str:
            for kind, standin in standins.items():
                slug, upstream = MODELS[kind]
                await limner.configs.add(
                    kind,
                    kind,
                    base_url=standin.base_url,
                    api_key=key_of(kind, standin, tmp_path),
                    serves={slug: upstream},
                    options=OPTIONS.get(kind),
                )
            accounts = limner.services.accounts
            return (await accounts.create_key(None, "admin", "watch"))[1]

        admin = await administer(settings, work)
        live = await a_key(settings, "live", credits=money.credits(1000))
        breakers = {"LIMNER_CIRCUIT_BREAKERS": "true"}
        server = await stack.enter_async_context(started(settings, breakers))
        client = httpx.AsyncClient(
            base_url=server.url, headers={"authorization": f"Bearer {live}"}, timeout=30
        )
        await stack.enter_async_context(client)
        yield House(settings, client, admin, standins)


async def test_it_is_red_once_an_order_met_it_and_green_once_one_is_drawn(house: House) -> None:
    for kind, (slug, _) in MODELS.items():
        house.standins[kind].script(fault("403"))
        assert await house.draws(kind) == 502, kind
        red = await house.health(kind)
        assert red["state"] == "account_in_trouble", kind
        told = red["places"][0]["trouble"]["words"]
        assert told.startswith(f"{kind} knows this key and does not let it draw: the organisation")
        state = await house.tried(kind)
        assert f"because of this server's account: 1 for {slug}" in state.words
        assert not state.ok, kind
        assert await house.draws(kind) == 200, kind
        assert (await house.health(kind))["state"] == "ok", kind
        state = await house.tried(kind)
        assert (state.ok, "turned orders away" in state.words) == (True, False), kind
