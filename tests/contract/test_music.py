"""Music as the Infery client asks for it and plain HTTP reads it, on a running server."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from infery import APIError, JobDeferredError, JobFailedError
from tests.contract.clients import Client, Manner, infery_client
from tests.contract.gateway import Gateway

from limner.files.audio import listen

PATH = "/v1/music/generations"
SHORT = "3 seconds of calm piano"
SONG: dict[str, Any] = {"model": "suno-v5", "prompt": SHORT}
REFUSED = SONG | {"prompt": "[[limner:refuse]]"}
SOON = 0.05
MANNERS: tuple[Manner, ...] = ("sync", "async")


@pytest.fixture(params=MANNERS)
async def player(request: pytest.FixtureRequest, gateway: Gateway) -> Any:
    """The Infery client with a test key, which simulates every model."""
    async with infery_client(request.param, gateway.api, gateway.keys.test) as client:
        yield client


@pytest.fixture
async def play(gateway: Gateway) -> Any:
    headers = {"authorization": f"Bearer {gateway.keys.test}"}
    async with httpx.AsyncClient(
        base_url=gateway.server.url, headers=headers, timeout=60
    ) as client:
        yield client


async def fetched(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.get(url, headers=headers)


async def read(stream: Any, client: Client) -> list[Any]:
    return list(stream) if client.manner == "sync" else [event async for event in stream]


async def ended(http: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    for _ in range(1000):
        job: dict[str, Any] = (await http.get(f"/v1/images/jobs/{job_id}")).json()
        if job["status"] in ("completed", "failed"):
            return job
        await asyncio.sleep(SOON)
    raise AssertionError(f"{job_id} did not end")


def sounds(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(one["sha256"], one["title"]) for one in answer.json()["data"]]


async def test_a_song_is_two_takes_behind_links_for_one_price(player: Client) -> None:
    answer = await player.call("music.generate", **SONG, title="Rain on glass")
    assert abs(answer.created - time.time()) < 60
    assert answer.credits_used == 10
    first, second = answer.data
    assert first["sha256"] != second["sha256"]
    for one in answer.data:
        file = await fetched(one["url"])
        assert file.headers["content-type"] == one["content_type"] == "audio/mpeg"
        heard = listen(file.content)
        assert heard.duration_ms / 1000 == one["duration_seconds"]
        assert 2 < one["duration_seconds"] < 5
        assert one["title"] == "Rain on glass"
        assert SHORT in one["lyrics"]


async def test_a_stream_has_progress_and_ends_with_the_song(player: Client) -> None:
    stream = await player.call("music.stream", **SONG, response_format="wav")
    events = await read(stream, player)
    assert {event["type"] for event in events[:-1]} == {"progress"}
    assert events[0]["status"] == "queued"
    done = [event["progress"] for event in events[:-1]]
    assert done == sorted(done)
    last = events[-1]
    assert (last["type"], last["model"], last["credits_used"]) == ("completed", "suno-v5", 10)
    file = await fetched(last["data"][0]["url"])
    assert listen(file.content).content_type == "audio/wav"


async def test_a_stream_that_fails_says_so_in_its_last_frame(player: Client) -> None:
    stream = await player.call("music.stream", **REFUSED)
    events = await read(stream, player)
    assert events[-1]["type"] == "error"
    assert events[-1]["error"]["status"] == 400
    assert events[-1]["error"]["code"] == "content_policy_violation"


async def test_media_generate_makes_music(player: Client) -> None:
    result = await player.call("media.generate", modality="music", **SONG)
    assert result.credits_used == 10
    assert [one.mime_type for one in result.artifacts] == ["audio/mpeg"] * 2
    assert all(one.url and one.duration_seconds > 2 for one in result.artifacts)


async def test_who_is_sent_away_collects_the_song(gateway: Gateway) -> None:
    for manner in MANNERS:
        async with infery_client(manner, gateway.api, gateway.keys.test, Prefer="wait=0") as away:
            job = await away.call("music.generate", **SONG, interval=SOON)
            assert (job.status, job.progress) == ("completed", 100)
            assert job.id.startswith("musjob_")
            assert job.data[0]["duration_seconds"] > 2
            assert "width" not in job.data[0]
            assert SHORT in job.data[0]["lyrics"]


async def test_media_wait_tells_progress_and_gives_the_song(gateway: Gateway) -> None:
    for manner in MANNERS:
        async with infery_client(manner, gateway.api, gateway.keys.test, Prefer="wait=0") as away:
            with pytest.raises(JobDeferredError) as caught:
                await away.call("music.generate", **SONG, background=True)
            told: list[Any] = []
            result = await away.call(
                "media.wait",
                modality="music",
                job_id=caught.value.job_id,
                on_progress=told.append,
                interval=SOON,
            )
            assert result.artifacts[0].duration_seconds > 2
            assert told


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_song_that_fails_later_is_a_failed_job(gateway: Gateway, manner: Manner) -> None:
    prompt = f"for {manner} [[limner:refuse]] [[limner:delay=0.3s]]"
    async with infery_client(manner, gateway.api, gateway.keys.test, Prefer="wait=0") as away:
        with pytest.raises(JobFailedError, match="refused"):
            await away.call("music.generate", model="suno-v5", prompt=prompt, interval=SOON)


async def test_the_job_is_told_at_both_addresses_and_listed(play: httpx.AsyncClient) -> None:
    away = await play.post(PATH, json=SONG, headers={"prefer": "wait=0"})
    assert (away.status_code, away.headers["x-should-retry"]) == (504, "false")
    job_id = away.json()["error"]["job_id"]
    job = await ended(play, job_id)
    assert (job["status"], job["modality"], job["credits_used"]) == ("completed", "music", 10)
    alias = (await play.get(f"{PATH}/{job_id}")).json()
    assert alias["job_id"] == alias["id"] == job_id
    assert alias["data"][0]["sha256"] == job["data"][0]["sha256"]
    listed = (await play.get("/v1/images/jobs", params={"model": "suno-v5"})).json()
    assert job_id in {one["id"] for one in listed["data"]}
    unknown = await play.get(f"{PATH}/musjob_01KA7M3W8Y5D2F4H6J8K0M2N4P")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")


async def test_a_part_of_a_song_can_be_fetched(play: httpx.AsyncClient) -> None:
    (first, _) = (await play.post(PATH, json=SONG)).json()["data"]
    whole = await fetched(first["url"])
    part = await fetched(first["url"], Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-type"] == "audio/mpeg"
    assert ".mp3" in part.headers["content-disposition"]


async def test_a_song_is_kept_as_a_file_where_that_is_asked(play: httpx.AsyncClient) -> None:
    answer = await play.post(PATH, json=SONG | {"store": True})
    file_id = answer.json()["data"][0]["file_id"]
    file = (await play.get(f"/v1/files/{file_id}")).json()
    assert file["filename"].endswith("-1.mp3")
    content = await play.get(f"/v1/files/{file_id}/content")
    assert content.headers["content-type"] == "audio/mpeg"
    assert listen(content.content).duration_ms > 2000


async def test_a_song_of_the_same_idempotency_key_is_made_once(play: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "one-song"}
    first, again = [await play.post(PATH, json=SONG, headers=headers) for _ in range(2)]
    assert first.headers["x-job-id"] == again.headers["x-job-id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert sounds(first) == sounds(again)


async def test_what_is_applied_adjusted_and_ignored_is_told(play: httpx.AsyncClient) -> None:
    fields = {"instrumental": True, "style_weight": 2, "sound_tempo": 90, "seed": 7, "size": "1x1"}
    answer = await play.post(PATH, json=SONG | fields)
    body = answer.json()
    assert body["parameters"]["applied"] == {"instrumental": True, "style_weight": 1.0}
    (change,) = body["parameters"]["adjusted"]
    assert (change["from"], change["to"], change["why"]) == (2, 1.0, "suno-v5 takes 0 to 1")
    assert answer.headers["x-infery-ignored-params"] == "seed,size,sound_tempo"
    assert "lyrics" not in body["data"][0]
    assert body["cost"]["breakdown"][0]["quantity"] == "1 call"
    strict = await play.post(PATH, json=SONG | fields, headers={"x-strict-params": "true"})
    assert strict.status_code == 400


BAD: list[tuple[dict[str, Any], str | None]] = [
    ({"prompt": None}, "prompt"),
    ({"prompt": "  "}, "prompt"),
    ({"prompt": 7}, "prompt"),
    ({"prompt": "x" * 501}, "prompt"),
    ({"prompt": "x" * 5001, "custom_mode": True}, "prompt"),
    ({"model": None}, "model"),
    ({"n": 2}, "n"),
    ({"response_format": "url"}, "response_format"),
    ({"response_format": 1}, "response_format"),
    ({"operation": "upload_cover"}, "operation"),
    ({"operation": "extend"}, "audio_id"),
    ({"instrumental": "yes"}, "instrumental"),
    ({"title": "x" * 101}, "title"),
    ({"style": "x" * 1001}, "style"),
    ({"lyrics": ["la"]}, "lyrics"),
    ({"vocal_gender": "x"}, "vocal_gender"),
    ({"style_weight": "0.5"}, "style_weight"),
    ({"audio_weight": True}, "audio_weight"),
    ({"continue_at": -1}, "continue_at"),
    ({"operation": "sounds", "sound_tempo": 0}, "sound_tempo"),
    ({"stream": "yes"}, "stream"),
    ({"store": 1}, "store"),
    ({"instrumentl": True}, "instrumentl"),
]


@pytest.mark.parametrize(("fields", "param"), BAD)
async def test_bad_input_is_refused_by_name(
    play: httpx.AsyncClient, fields: dict[str, Any], param: str | None
) -> None:
    answer = await play.post(PATH, json=SONG | fields)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "validation_failed"), error
    assert error["param"] == param
    assert "x-job-id" not in answer.headers


async def test_a_picture_model_makes_no_music_and_nobody_unknown_gets_any(
    infery: Client, http: httpx.AsyncClient
) -> None:
    with pytest.raises(APIError) as caught:
        await infery.call("music.generate", model="sketch-1", prompt="x")
    assert (caught.value.status, caught.value.code) == (400, "model_not_supported")
    assert "/v1/images/generations" in str(caught.value)
    assert (await http.post(PATH, json=SONG)).status_code == 401
    assert (await http.get(f"{PATH}/musjob_x")).status_code == 401


async def test_a_live_key_is_told_that_nobody_here_makes_music(infery: Client) -> None:
    with pytest.raises(APIError) as caught:
        await infery.call("music.generate", **SONG)
    assert (caught.value.status, caught.value.code) == (503, "service_unavailable")
    assert "nothing was charged" in str(caught.value)


async def test_validation_says_what_a_song_would_be(play: httpx.AsyncClient) -> None:
    fields = {"prompt": "x", "response_format": "wav", "audio_weight": 3}
    told = (await play.post("/v1/models/suno-v5/validate", json=fields)).json()
    assert told["valid"]
    assert told["credits"] == 10
    assert told["parameters"]["applied"] == {"response_format": "wav", "audio_weight": 1.0}
    wrong = await play.post("/v1/models/suno-v5/validate", json={"prompt": "x" * 501})
    assert wrong.json()["error"]["param"] == "prompt"


async def test_models_say_what_music_takes(play: httpx.AsyncClient) -> None:
    listed = (await play.get("/v1/models?modality=music")).json()["data"]
    assert {one["_infery"]["modality"] for one in listed} == {"music"}
    allowed = (await play.get("/v1/models/suno-v5")).json()["allowedParams"]
    assert allowed["response_formats"] == ["mp3", "wav"]
    assert allowed["operations"] == ["generate", "extend", "sounds"]
    assert allowed["default_params"]["response_format"] == "mp3"
