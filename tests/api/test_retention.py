"""How long pictures are kept is the workspace's to say, and every answer says until when."""

import asyncio
import time
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.streams import streaming
from tests.contract.envelope import FLARE
from tests.contract.gateway import Gateway
from tests.contract.pictures import seen
from tests.servers import a_key, administer

from limner.app import Limner
from limner.errors import InvalidParams

PATH, JOBS = "/v1/images/generations", "/v1/images/jobs"
WANTED: dict[str, Any] = {"model": "sketch-1", "prompt": "a grey cat", "size": "64x64"}
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Keeper:
    """A workspace that keeps pictures for as long as it says, and a client of it."""

    gateway: Gateway
    name: str

    @asynccontextmanager
    async def client(self, retention: str | None) -> AsyncIterator[httpx.AsyncClient]:
        settings = self.gateway.server.settings
        key = await a_key(settings, "live", credits=10**9, workspace=self.name)

        async def work(limner: Limner) -> None:
            accounts = limner.services.accounts
            owner = await accounts.workspace(self.name)
            await accounts.set_workspace(owner.id, {"retention": retention})

        await administer(settings, work)
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            base_url=self.gateway.server.url, headers=headers, timeout=60
        ) as client:
            yield client

    def on_disk(self) -> list[Path]:
        return list((self.gateway.server.settings.data_dir / "blobs").rglob("a_*"))


@pytest.mark.parametrize(("retention", "seconds"), [(None, DAY_S), ("2h", 7200), ("7d", 7 * DAY_S)])
async def test_an_answer_and_its_job_say_until_when_a_picture_is_kept(
    gateway: Gateway, retention: str | None, seconds: int
) -> None:
    async with Keeper(gateway, f"keeps {retention}").client(retention) as client:
        before = time.time()
        answer = await client.post(PATH, json=WANTED)
        (picture,) = answer.json()["data"]
        assert before + seconds <= picture["kept_until"] <= time.time() + seconds + 1
        job = (await client.get(f"{JOBS}/{answer.headers['x-job-id']}")).json()
        assert job["data"][0]["kept_until"] == picture["kept_until"]


async def test_a_picture_kept_for_ever_has_no_end_until_it_is_deleted(gateway: Gateway) -> None:
    keeper = Keeper(gateway, "keeps all")
    async with keeper.client("forever") as client:
        answer = await client.post(PATH, json=WANTED)
        (picture,) = answer.json()["data"]
        assert picture["kept_until"] is None
        job_id, link = answer.headers["x-job-id"], picture["url"]
        assert (await client.get(link)).status_code == 200
        there = set(keeper.on_disk())
        gone = await client.delete(f"{JOBS}/{job_id}/artifacts")
        assert (gone.status_code, gone.json()["artifacts_expired"]) == (200, True)
        assert gone.json()["data"] == []
        assert (await client.get(link)).status_code == 404
        assert len(there - set(keeper.on_disk())) == 1
        again = await client.delete(f"{JOBS}/{job_id}/artifacts")
        assert again.json() == gone.json()


async def test_nobody_deletes_what_is_anothers(gateway: Gateway, play: httpx.AsyncClient) -> None:
    async with Keeper(gateway, "keeps to itself").client("forever") as client:
        answer = await client.post(PATH, json=WANTED)
        job_id = answer.headers["x-job-id"]
        assert (await play.delete(f"{JOBS}/{job_id}/artifacts")).status_code == 404
        assert (await client.get(answer.json()["data"][0]["url"])).status_code == 200


async def test_what_is_not_kept_comes_with_the_answer_and_is_nowhere_else(gateway: Gateway) -> None:
    keeper = Keeper(gateway, "keeps none")
    async with keeper.client("none") as client:
        there = keeper.on_disk()
        answer = await client.post(PATH, json=WANTED | {"n": 2})
        assert answer.status_code == 200, answer.text
        pictures = answer.json()["data"]
        assert {seen(b64decode(one["b64_json"])).size for one in pictures} == {"64x64"}
        assert all("kept_until" not in one and "url" not in one for one in pictures)
        assert keeper.on_disk() == there
        job = (await client.get(f"{JOBS}/{answer.headers['x-job-id']}")).json()
        assert (job["status"], job["data"], job["artifacts_expired"]) == ("completed", [], True)


async def test_a_stream_hands_on_what_is_not_kept(gateway: Gateway) -> None:
    keeper = Keeper(gateway, "streams and keeps none")
    async with keeper.client("none") as client:
        key = client.headers["authorization"].removeprefix("Bearer ")
        async with streaming(gateway.server, key, WANTED) as stream:
            frames = await stream.all()
    assert frames[-1]["type"] == "completed"
    assert [set(one) & {"url", "b64_json"} for one in frames[-1]["data"]] == [{"b64_json"}]


@pytest.mark.parametrize(
    ("path", "more", "headers", "param", "says"),
    [
        (PATH, {"response_format": "url"}, {}, "response_format", "Ask for b64_json"),
        (PATH, {}, {"prefer": "wait=0"}, "Prefer", "nothing can be collected later"),
        (PATH, {"background": True}, {}, "Prefer", "nothing can be collected later"),
        ("/v1/music/generations", {"model": "suno-v5-5"}, {}, "store", "told as links"),
    ],
)
async def test_what_would_have_to_be_kept_is_refused_by_name(
    gateway: Gateway,
    path: str,
    more: dict[str, Any],
    headers: dict[str, str],
    param: str,
    says: str,
) -> None:
    async with Keeper(gateway, "keeps none of it").client("none") as client:
        answer = await client.post(path, json=WANTED | more, headers=headers)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (
            400,
            "validation_failed",
            param,
        )
        assert says in error["message"]
        assert "nothing was charged" in error["message"]


async def test_a_file_is_kept_where_pictures_are_not(gateway: Gateway) -> None:
    async with Keeper(gateway, "keeps files alone").client("none") as client:
        answer = await client.post(PATH, json=WANTED | {"store": True})
        (picture,) = answer.json()["data"]
        content = await client.get(f"/v1/files/{picture['file_id']}/content")
        assert content.content == b64decode(picture["b64_json"])


async def test_who_left_before_a_picture_that_is_not_kept_pays_nothing(gateway: Gateway) -> None:
    async with Keeper(gateway, "keeps none and waits little").client("none") as client:
        before = (await client.get("/v1/credits")).json()
        wanted = {
            "model": FLARE,
            "prompt": "a boat [[standin:delay=1.5]]",
            "size": "1024x1024",
        }
        answer = await client.post(PATH, json=wanted, headers={"prefer": "wait=1"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "job_timeout")
        job_id = answer.json()["error"]["job_id"]
        job: dict[str, Any] = {"status": "processing"}
        while job["status"] == "processing":
            await asyncio.sleep(0.05)
            job = (await client.get(f"{JOBS}/{job_id}")).json()
        assert (job["status"], job["error_code"]) == ("failed", "storage_unavailable")
        assert "keeps none" in job["error"]
        after = (await client.get("/v1/credits")).json()
        assert (after["balance"], after["held"]) == (before["balance"], 0)


@pytest.mark.parametrize("word", ["soon", "0h", "7", "h", "24H", "7d\n", "99999d"])
async def test_what_is_no_time_is_refused_in_words(gateway: Gateway, word: str) -> None:
    async def work(limner: Limner) -> None:
        owner = await limner.services.accounts.create_workspace(f"wrong {len(word)} {word[:1]}")
        with pytest.raises(InvalidParams, match="say none, forever, or hours or days"):
            await limner.services.accounts.set_workspace(owner.id, {"retention": word})

    await administer(gateway.server.settings, work)
