"""A server with a provider behind it, whose every request is known to the test."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.databases import FreshUrl
from tests.metrics.scrapes import Scrape, scraped
from tests.servers import Server, a_key, serving
from tests.standins.openai import OpenAIStandIn

from limner import money
from limner.app import built
from limner.settings import Settings

TOKEN = "a-token-for-watching-alone"
PROVIDERS_KEY = "sk-canary-of-the-provider"


@dataclass(frozen=True, slots=True)
class House:
    """`admin` and `live` are keys; `server` may be asked with any."""

    server: Server
    standin: OpenAIStandIn
    client: httpx.AsyncClient
    live: str
    test: str
    admin: str

    async def draws(self, prompt: str = "a bell", key: str = "", **more: object) -> httpx.Response:
        headers = {"authorization": f"Bearer {key or self.live}"}
        body = {"model": "gpt-image-2", "prompt": prompt, **more}
        return await self.client.post("/v1/images/generations", json=body, headers=headers)

    async def asks(self, path: str, key: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {key or self.live}"}
        return await self.client.get(path, headers=headers)

    async def scrape(self) -> Scrape:
        return await scraped(self.client, TOKEN)


@asynccontextmanager
async def opened_house(
    folder: Path, database_url: str, environ: Mapping[str, str]
) -> AsyncIterator[House]:
    settings = Settings(data_dir=folder, database_url=database_url, metrics_token=TOKEN)
    async with OpenAIStandIn() as standin:
        async with built(settings) as limner:
            add = limner.configs.add
            await add("openai", "openai", base_url=standin.base_url, api_key_env="A_KEY")
            await add("xai", "xai", api_key_env="NO_SUCH_KEY")
            _, admin = await limner.services.accounts.create_key(None, "admin", "watch")
        live = await a_key(settings, "live", credits=money.credits(1000))
        test = await a_key(settings)
        with serving(settings, {"A_KEY": PROVIDERS_KEY, **environ}) as server:
            async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
                yield House(server, standin, client, live, test, admin)


@pytest.fixture
async def house(
    tmp_path: Path, sqlite_url: FreshUrl, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setenv("A_KEY", PROVIDERS_KEY)
    async with opened_house(tmp_path, sqlite_url(), {"LIMNER_CIRCUIT_BREAKERS": "true"}) as house:
        yield house
