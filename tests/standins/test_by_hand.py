"""A stand-in started by hand tells its address and is steered over HTTP."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.providers.orders import an_order, drained

from limner.providers.base import Generated, ProviderError
from limner.providers.http_clients import open_client
from limner.providers.openai import OpenAIImages

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def started(*options: str) -> AsyncIterator[list[str]]:
    """The two lines a stand-in says when it is ready."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.standins", "openai", *options),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        yield [(await process.stdout.readline()).decode().strip() for _ in range(2)]
    finally:
        process.terminate()
        await process.wait()
        await process.stdout.read()


async def test_it_draws_fails_on_demand_and_shows_its_log() -> None:
    async with started("--port", "0", "--latency", "0.01", "--bytes", "50000") as said:
        base_url = said[0].split()[3].rstrip(",")
        http = open_client()
        openai = OpenAIImages(http, base_url=base_url, api_key="sk-standin")
        last = (await drained(openai.run(an_order(partial_images=1))))[-1]
        assert isinstance(last, Generated)
        assert len(last.images[0].data) > 50_000

        root = base_url.removesuffix("/v1")
        told = json.dumps({"fault": "429_retry_after", "value": 7, "times": 1}).encode()
        await http.post(f"{root}/script", headers={}, body=told, timeout_s=5)
        with pytest.raises(ProviderError) as caught:
            await drained(openai.run(an_order()))
        assert caught.value.retry_after == 7

        log = json.loads((await http.get(f"{root}/log", headers={}, timeout_s=5)).body)
        await openai.aclose()
    work = [entry["what"] for entry in log if entry["what"] != "arrived"]
    assert work == ["asked", "completed", "asked"]
    assert log[1]["generation"]["model"] == "gpt-image-2.5-flare"


async def test_it_says_how_limner_is_told_about_it() -> None:
    async with started() as said:
        base_url = said[0].split()[3].rstrip(",")
    assert said[1] == (
        "STANDIN_KEY=sk-standin limner provider add openai --kind openai"
        f" --base-url {base_url} --api-key-env STANDIN_KEY"
    )
