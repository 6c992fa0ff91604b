"""A stream byte by byte: frames in their order, one end, and `[DONE]` behind whatever happened."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.raw import line_to, request
from tests.api.streams import DONE, KEEP_ALIVE, content, kinds, percents, streaming
from tests.contract.gateway import Gateway
from tests.contract.pictures import behind, in_base64
from tests.servers import Server, a_key, serving

from limner.settings import Settings

PATH = "/v1/images/generations"
FLARE = "gpt-image-2-5-flare"
PREVIEW, PICTURE = "image_generation.partial_image", "image_generation.completed"
SMALL: dict[str, Any] = {"model": "sketch-1", "prompt": "a red square", "size": "64x64"}
OF_FLARE: dict[str, Any] = {"model": FLARE, "prompt": "a red square", "size": "1024x1024"}
WAITS = "[[limner:delay=1s]]"
LONG = "[[limner:delay=30s]]"
HUGE = 8_000_000


async def told(server: Server, key: str, **wanted: Any) -> list[dict[str, Any]]:
    async with streaming(server, key, SMALL | wanted) as stream:
        assert stream.status == 200
        return await stream.all()


async def ended(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """The job once it has ended, 10 seconds at most."""
    for _ in range(500):
        job: dict[str, Any] = (await client.get(f"/v1/images/jobs/{job_id}")).json()
        if job["status"] != "processing":
            return job
        await asyncio.sleep(0.02)
    raise AssertionError(f"{job_id} still runs")


async def test_a_stream_has_its_headers_and_begins_at_once(gateway: Gateway) -> None:
    wanted = SMALL | {"prompt": f"a kite {WAITS}"}
    async with streaming(gateway.server, gateway.keys.test, wanted) as stream:
        assert stream.status == 200
        headers = stream.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")
        assert re.fullmatch(r"req_[0-9A-Z]{26}", headers["x-request-id"])
        assert (headers["x-model-used"], headers["x-limner-mode"]) == ("sketch-1", "test")
        assert "content-length" not in headers
        assert await stream.frame() == {
            "type": "progress",
            "status": "queued",
            "progress": 0,
            "job_id": headers["x-job-id"],
        }
        assert not stream.over
        await stream.all()


async def test_frames_come_in_their_order_and_progress_never_falls(gateway: Gateway) -> None:
    frames = await told(gateway.server, gateway.keys.test, prompt="[[limner:delay=0.2s]]")
    assert kinds(frames) == ["progress", PICTURE, "completed"]
    assert percents(frames)[0] == 0
    assert percents(frames) == sorted(percents(frames))
    assert len(percents(frames)) > 2
    assert all(percent < 100 for percent in percents(frames))
    middle = [one for one in frames[1:] if one["type"] == "progress"]
    assert all((one["status"], one["estimated"]) == ("processing", True) for one in middle)
    assert len({one["job_id"] for one in frames if "job_id" in one}) == 1
    assert not any(frame.get("error") for frame in frames)


async def test_the_last_frame_is_what_an_answer_would_have_been(
    gateway: Gateway, live: httpx.AsyncClient
) -> None:
    wanted = OF_FLARE | {"response_format": "url", "quality": "low", "style": "vivid"}
    async with streaming(gateway.server, gateway.keys.live, wanted) as stream:
        last = (await stream.all())[-1]
    answer = (await live.post(PATH, json=wanted)).json()
    assert last.pop("type") == "completed"
    assert last.keys() == answer.keys()
    for name in answer.keys() - {"created", "data"}:
        assert last[name] == answer[name]
    assert last["credits_used"] > 0
    assert [one["sha256"] for one in last["data"]] == [one["sha256"] for one in answer["data"]]
    assert stream.headers["x-infery-ignored-params"] == "style"
    assert "style ignored" in stream.headers["x-limner-warnings"]


async def test_base64_comes_with_the_picture_and_links_at_the_end(gateway: Gateway) -> None:
    async with streaming(gateway.server, gateway.keys.live, OF_FLARE) as stream:
        *_, picture, last = await stream.all()
    assert picture["type"] == PICTURE
    assert "url" not in picture
    assert in_base64(picture).size == picture["size"] == "1024x1024"
    assert (picture["index"], picture["output_format"]) == (0, "png")
    assert (picture["quality"], picture["background"]) == ("medium", "opaque")
    assert picture["usage"] == last["usage"]
    (item,) = last["data"]
    assert "b64_json" not in item
    link = item["url"].replace("http://limner.test", gateway.server.url)
    assert await behind(link) == in_base64(picture)


@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_a_form_that_was_asked_for_is_kept_in_all_frames(gateway: Gateway, form: str) -> None:
    other = {"url": "b64_json", "b64_json": "url"}[form]
    frames = await told(gateway.server, gateway.keys.test, n=2, response_format=form)
    *pictures, last = frames[-3:]
    for item in (*pictures, *last["data"]):
        assert form in item
        assert other not in item
    assert [one[form] for one in pictures] == [one[form] for one in last["data"]] or form == "url"


async def test_every_picture_has_a_frame_of_its_own(gateway: Gateway) -> None:
    frames = await told(gateway.server, gateway.keys.live, n=3, seed=7)
    pictures = [one for one in frames if one["type"] == PICTURE]
    assert [one["index"] for one in pictures] == [0, 1, 2]
    digests = [in_base64(one).sha256 for one in pictures]
    assert digests == [one["sha256"] for one in frames[-1]["data"]]
    assert [one["seed"] for one in frames[-1]["data"]] == [7, 8, 9]


async def test_what_many_pictures_used_is_told_once(gateway: Gateway) -> None:
    async with streaming(gateway.server, gateway.keys.live, OF_FLARE | {"n": 2}) as stream:
        frames = await stream.all()
    first, second = [one for one in frames if one["type"] == PICTURE]
    assert "usage" not in first
    assert second["usage"] == frames[-1]["usage"]


async def test_fewer_pictures_than_asked_for_are_a_success(gateway: Gateway) -> None:
    frames = await told(gateway.server, gateway.keys.test, n=4, prompt="[[limner:partial=2/4]]")
    assert [one["type"] for one in frames].count(PICTURE) == len(frames[-1]["data"]) == 2
    assert len(frames[-1]["warnings"]) == 2


@pytest.mark.parametrize("kind", ["live", "test"])
async def test_previews_come_where_they_were_asked_for(gateway: Gateway, kind: str) -> None:
    wanted = OF_FLARE | {"partial_images": 2, "quality": "low", "output_format": "webp"}
    key = gateway.keys.live if kind == "live" else gateway.keys.test
    async with streaming(gateway.server, key, wanted) as stream:
        frames = await stream.all()
    previews = [one for one in frames if one["type"] == PREVIEW]
    assert [one["partial_image_index"] for one in previews] == [0, 1]
    for preview in previews:
        seen = in_base64(preview)
        assert (preview["size"], preview["output_format"]) == (seen.size, "webp")
        assert (seen.content_type, preview["quality"]) == ("image/webp", "low")
    assert [one["type"] for one in frames if one["type"] != "progress"] == [
        PREVIEW, PREVIEW, PICTURE, "completed",
    ]  # fmt: skip
    assert percents(frames) == sorted(percents(frames))
    assert stream.headers.get("x-infery-ignored-params") is None


async def test_sketch_shows_previews_of_its_own(gateway: Gateway) -> None:
    wanted = SMALL | {"partial_images": 3}
    async with streaming(gateway.server, gateway.keys.live, wanted) as stream:
        frames = await stream.all()
    assert [one["type"] for one in frames].count(PREVIEW) == 3


@pytest.mark.parametrize("kind", ["live", "test", "sketch"])
async def test_a_preview_of_several_pictures_says_of_which_it_is(
    gateway: Gateway, kind: str
) -> None:
    wanted = (SMALL if kind == "sketch" else OF_FLARE) | {"partial_images": 2, "n": 2}
    key = gateway.keys.test if kind == "test" else gateway.keys.live
    async with streaming(gateway.server, key, wanted) as stream:
        frames = await stream.all()
    previews = [one for one in frames if one["type"] == PREVIEW]
    shown = sorted((one.get("index", 0), one["partial_image_index"]) for one in previews)
    assert shown == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(frames[-1]["data"]) == 2
    assert percents(frames) == sorted(percents(frames))


async def test_previews_that_will_not_come_are_named(gateway: Gateway) -> None:
    wanted = SMALL | {"partial_images": 2, "model": "dall-e-3", "size": "1024x1024"}
    async with streaming(gateway.server, gateway.keys.test, wanted) as stream:
        frames = await stream.all()
    assert PREVIEW not in kinds(frames)
    assert stream.headers["x-infery-ignored-params"] == "partial_images"
    (ignored,) = frames[-1]["parameters"]["ignored"]
    assert ignored["name"] == "partial_images"
    assert ignored["why"] == "dall-e-3 shows no previews"


async def test_without_a_stream_previews_are_ignored_by_name(play: httpx.AsyncClient) -> None:
    answer = await play.post(PATH, json=SMALL | {"partial_images": 1})
    assert answer.json()["parameters"]["ignored"] == [
        {"name": "partial_images", "why": "previews are shown in a stream only"}
    ]
    none = await play.post(PATH, json=SMALL | {"partial_images": 0})
    assert none.json()["parameters"]["ignored"] == []


async def test_an_estimate_counts_the_previews_of_a_stream(play: httpx.AsyncClient) -> None:
    async def estimate(**fields: object) -> float:
        answer = await play.post(f"/v1/models/{FLARE}/estimate", json=fields)
        credits: float = answer.json()["credits"]
        return credits

    plain = await estimate(stream=True)
    assert await estimate(stream=True, partial_images=3) > plain
    assert await estimate(partial_images=3) == plain
    assert (await play.post(f"/v1/models/{FLARE}/estimate", json={"partial_images": 4})).is_error


@pytest.mark.parametrize("query", ["?stream=true", "?stream=1", "?stream=True"])
async def test_the_query_asks_for_a_stream_too(gateway: Gateway, query: str) -> None:
    async with streaming(gateway.server, gateway.keys.test, SMALL, query=query) as stream:
        assert kinds(await stream.all())[-1] == "completed"


async def test_other_words_ask_for_none(play: httpx.AsyncClient) -> None:
    for query in ("?stream=false", "?stream=0", "?stream="):
        answer = await play.post(PATH + query, json=SMALL | {"stream": False})
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("fields", "key", "status", "code"),
    [
        ({"n": 99}, "test", 400, "validation_failed"),
        ({"partial_images": 4}, "test", 400, "validation_failed"),
        ({}, "nobody", 401, "invalid_api_key"),
        (OF_FLARE, "poor", 402, "insufficient_credits"),
        (OF_FLARE, "bound", 403, "forbidden"),
        ({"model": "no-such-model"}, "test", 404, "model_not_found"),
        ({"model": "gpt-image-1", "size": "1024x1024"}, "live", 410, "model_retired"),
        ({"model": "flux-2-pro", "size": "1024x1024"}, "live", 503, "service_unavailable"),
    ],
)
async def test_a_refusal_before_the_first_byte_is_an_ordinary_answer(
    gateway: Gateway, fields: dict[str, Any], key: str, status: int, code: str
) -> None:
    secret = getattr(gateway.keys, key, "inf_" + "x" * 36)
    async with line_to(gateway.server) as line:
        await line.send(request(secret, SMALL | fields | {"stream": True}))
        answer = await line.answer()
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json()["error"]["code"] == code
    assert "x-job-id" not in answer.headers


@pytest.mark.parametrize(
    ("words", "status", "code", "collectable"),
    [
        ("[[limner:refuse]]", 400, "content_policy_violation", False),
        ("[[limner:fail=500]]", 502, "provider_error", False),
        ("[[limner:rate_limit]]", 503, "service_unavailable", False),
        ("[[limner:timeout]]", 504, "job_timeout", True),
    ],
)
async def test_a_failure_after_acceptance_is_a_frame_and_costs_nothing(
    gateway: Gateway,
    play: httpx.AsyncClient,
    words: str,
    status: int,
    code: str,
    collectable: bool,
) -> None:
    async with streaming(gateway.server, gateway.keys.test, SMALL | {"prompt": words}) as stream:
        frames = await stream.all()
    assert kinds(frames) == ["progress", "error"]
    error = frames[-1]["error"]
    assert frames[-1].keys() == {"type", "error"}
    assert (error["status"], error["code"], error["credits_used"]) == (status, code, 0)
    assert error["request_id"] == stream.headers["x-request-id"]
    assert (error["retryable"], ("job_id" in error)) == (False, collectable)
    assert {"message", "type", "param"} <= error.keys()
    job = await ended(play, stream.headers["x-job-id"])
    assert (job["status"], job["credits_used"]) == ("failed", 0)


async def test_a_provider_that_fails_in_its_own_stream_is_told_in_ours(gateway: Gateway) -> None:
    wanted = OF_FLARE | {"prompt": "[[standin:stream_error]]", "partial_images": 1}
    async with streaming(gateway.server, gateway.keys.live, wanted) as stream:
        frames = await stream.all()
    assert kinds(frames)[-1] == "error"
    assert PICTURE not in kinds(frames)


async def test_the_connection_serves_the_next_request(gateway: Gateway) -> None:
    async with streaming(gateway.server, gateway.keys.test, SMALL) as stream:
        await stream.all()
        await stream.line.send(request(gateway.keys.test, SMALL))
        assert (await stream.line.answer()).status == 200


async def test_who_hangs_up_in_the_middle_collects_the_job(
    gateway: Gateway, play: httpx.AsyncClient
) -> None:
    wanted = SMALL | {"prompt": "a kite [[limner:delay=0.5s]]", "n": 2}
    async with streaming(gateway.server, gateway.keys.test, wanted) as stream:
        job_id = (await stream.frame())["job_id"]
    job = await ended(play, job_id)
    assert (job["status"], len(job["data"])) == ("completed", 2)
    assert (await behind(job["data"][0]["url"])).size == "64x64"


async def test_neither_a_wait_nor_a_background_defers_a_stream(gateway: Gateway) -> None:
    wanted = SMALL | {"background": True, "prompt": "[[limner:delay=0.1s]]"}
    async with streaming(gateway.server, gateway.keys.test, wanted, "prefer: wait=0") as stream:
        assert "preference-applied" not in stream.headers
        assert kinds(await stream.all()) == ["progress", PICTURE, "completed"]


async def test_a_reader_who_stops_reading_holds_up_nobody_and_gets_all_in_the_end(
    gateway: Gateway, live: httpx.AsyncClient
) -> None:
    wanted = OF_FLARE | {"prompt": f"[[standin:huge={HUGE}]]", "response_format": "b64_json"}
    async with streaming(gateway.server, gateway.keys.live, wanted) as stream:
        job = await ended(live, stream.headers["x-job-id"])
        assert job["status"] == "completed"
        *_, picture, last = await stream.all()
    assert len(picture["b64_json"]) > HUGE
    assert in_base64(picture).sha256 == job["data"][0]["sha256"]
    assert last["data"][0]["b64_json"] == picture["b64_json"]


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that beats ten times a second and ends every stream after two seconds."""
    folder = tmp_path_factory.mktemp("hasty")
    settings = Settings(data_dir=folder, heartbeat_s=0.1, stream_most_s=2.0, log_level="error")
    with serving(settings) as server:
        yield server


@pytest.fixture
async def hasty_key(hasty: Server) -> str:
    return await a_key(hasty.settings)


async def test_silence_is_filled_with_comments(hasty: Server, hasty_key: str) -> None:
    prompt = "[[limner:delay=0.9s]]"
    async with streaming(hasty, hasty_key, SMALL | {"prompt": prompt}) as stream:
        await stream.all()
    assert KEEP_ALIVE in stream.blocks
    assert stream.blocks[0] != KEEP_ALIVE
    before = stream.blocks[: stream.blocks.index(DONE)]
    assert content(before[-1])["type"] == "completed"


async def test_a_stream_that_lasts_too_long_ends_with_the_job_to_collect(
    hasty: Server, hasty_key: str
) -> None:
    prompt = "a kite [[limner:delay=3s]]"
    async with streaming(hasty, hasty_key, SMALL | {"prompt": prompt}) as stream:
        frames = await stream.all()
    error = frames[-1]["error"]
    assert (error["status"], error["code"]) == (504, "job_timeout")
    assert error["job_id"] == stream.headers["x-job-id"] == frames[0]["job_id"]
    headers = {"authorization": f"Bearer {hasty_key}"}
    async with httpx.AsyncClient(base_url=hasty.url, headers=headers) as client:
        job = await ended(client, error["job_id"])
    assert (job["status"], len(job["data"])) == ("completed", 1)


async def test_a_stop_ends_streams_truthfully(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, drain_s=0.2, log_level="error")
    key = await a_key(settings)
    with serving(settings) as server:
        async with streaming(server, key, SMALL | {"prompt": LONG}) as stream:
            first = await stream.frame()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            frames = await stream.all()
            assert await stream.line.is_over()
        assert await stopping == 0
    error = frames[-1]["error"]
    assert (error["code"], error["job_id"]) == ("job_timeout", first["job_id"])


def test_the_stream_is_in_the_reference(gateway: Gateway) -> None:
    document = httpx.get(f"{gateway.server.url}/openapi.json").json()
    operation = document["paths"][PATH]["post"]
    event = operation["responses"]["200"]["content"]["text/event-stream"]["schema"]
    done, frame = event["properties"]["data"]["anyOf"]
    assert done == {"const": "[DONE]"}
    names = {one["$ref"].rpartition("/")[2] for one in frame["contentSchema"]["oneOf"]}
    schemas = document["components"]["schemas"]
    types = {schemas[name]["properties"]["type"]["enum"][0] for name in names}
    assert types == {"progress", PREVIEW, PICTURE, "completed", "error"}
    body = schemas["GenerationBody"]["properties"]
    assert {"stream", "partial_images"} <= body.keys()
