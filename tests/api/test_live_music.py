"""Songs and their artwork by a reseller of Suno, through a running server and on live credits."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.faults.invariants import breaches
from tests.faults.load import blobs, looking
from tests.servers import a_key, serving
from tests.standins.suno import SunoStandIn

from limner import money
from limner.app import built
from limner.settings import Settings


@pytest.fixture
async def standin() -> AsyncIterator[SunoStandIn]:
    async with SunoStandIn() as standin:
        yield standin


async def test_a_song_is_paid_by_the_call_and_its_artwork_too(
    standin: SunoStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUNO_KEY", "sk-suno")
    settings = Settings(data_dir=tmp_path)
    async with built(settings) as limner:
        await limner.configs.add("suno", "suno", base_url=standin.url, api_key_env="SUNO_KEY")
    key = await a_key(settings, "live", credits=money.credits(100))
    with serving(settings) as server:
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=server.api, headers=headers, timeout=60) as client:
            body = {"model": "suno-v5", "prompt": "calm piano for rain", "title": "Rain"}
            body["response_format"] = "wav"
            song = await client.post("/music/generations", json=body)
            assert song.status_code == 200, song.text
            assert (song.json()["credits_used"], len(song.json()["data"])) == (10, 2)
            track = song.json()["data"][0]
            assert (track["title"], track["content_type"]) == ("Rain Study", "audio/mpeg")
            told = song.json()["parameters"]
            assert told["applied"] == {"title": "Rain"}
            assert [(one["name"], one["from"], one["to"]) for one in told["adjusted"]] == [
                ("response_format", "wav", "mp3")
            ]
            assert (await client.get(track["url"])).status_code == 200
            wanted = {"model": "suno-music", "prompt": "calm piano for rain", "n": 2}
            art = await client.post("/images/generations", json=wanted)
            assert art.status_code == 200, art.text
            assert (art.json()["credits_used"], len(art.json()["data"])) == (10, 2)
            standin.ends.append("SENSITIVE_WORD_ERROR")
            refused = await client.post("/music/generations", json=body)
            assert refused.json()["error"]["code"] == "content_policy_violation"
            assert (await client.get("/credits")).json()["balance"] == 80
    assert len(standin.asked) == 3
    async with looking(settings) as database:
        assert await breaches(database, blobs(settings)) == []
