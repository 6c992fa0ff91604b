"""Upscaling over HTTP: pictures are found behind links, fetched safely, and come back larger."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from tests.api.edits import (
    EDITS,
    PICTURE,
    UPSCALE,
    edited,
    mask,
    picture,
    seen,
    spooled,
    text,
    uploaded,
    uri,
    wanted,
)
from tests.contract.envelope import error_of
from tests.contract.gateway import Gateway
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving
from tests.standins.messages import Answer
from tests.standins.receiver import Receiver, redirect

from limner.settings import Settings


def larger(**fields: Any) -> dict[str, Any]:
    return {"model": "sketch-upscale", "image_url": uri()} | fields


async def upscaled(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(UPSCALE, json=larger(**fields))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_picture_becomes_larger(live: httpx.AsyncClient, gateway: Gateway) -> None:
    for fields, size in (
        ({}, (192, 128)),
        ({"scale": 4}, (384, 256)),
        ({"scale": None}, (192, 128)),
    ):
        body = await upscaled(live, **fields)
        assert (body["size"], body["credits_used"]) == ("{}x{}".format(*size), 0)
        assert isinstance(body["created"], int)
        found = seen((await live.get(body["data"][0]["url"])).content)
        assert found.size == size
    assert spooled(gateway) == []


async def test_the_picture_comes_in_many_ways(live: httpx.AsyncClient, gateway: Gateway) -> None:
    file_id = await uploaded(live)
    made = (await edited(live))["data"][0]["url"]
    expected = (await upscaled(live))["data"][0]["sha256"]
    bare: dict[str, Any] = {"image_url": None}
    for fields in (
        {"image_url": uri(PICTURE, "image/jpeg")},
        bare | {"image_file_id": file_id},
        bare | {"image_base64": text()},
        bare | {"image": uri()},
    ):
        assert (await upscaled(live, **fields))["data"][0]["sha256"] == expected
    form = await live.post(
        UPSCALE, data={"model": "sketch-upscale", "scale": "2"}, files={"image": PICTURE}
    )
    assert form.json()["data"][0]["sha256"] == expected
    by_another_name = made.replace("127.0.0.1", "limner.example")
    for link in (made, by_another_name):
        assert (await upscaled(live, image_url=link))["size"] == "192x128"
    assert spooled(gateway) == []


async def test_what_was_enlarged_can_be_kept_streamed_and_deferred(
    live: httpx.AsyncClient, play: httpx.AsyncClient
) -> None:
    kept = await upscaled(live, store=True, response_format="b64_json", output_format="webp")
    assert kept["data"][0]["content_type"] == "image/webp"
    content = await live.get(f"/v1/files/{kept['data'][0]['file_id']}/content")
    assert seen(content.content).size == (192, 128)
    stream = await live.post(UPSCALE, json=larger(stream=True))
    assert '"type":"completed"' in stream.text
    assert stream.text.endswith("data: [DONE]\n\n")
    deferred = await live.post(UPSCALE, json=larger(), headers={"prefer": "wait=0"})
    assert error_of(deferred, 504, "job_timeout")["job_id"]
    assert (await upscaled(play))["size"] == "192x128"


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"image_url": None}, "image_url_required", "image_url"),
        ({"video_url": "https://example.com/a.mp4"}, "validation_failed", "video_url"),
        ({"image_url": ""}, "unsafe_image_url", "image_url"),
        ({"image_url": 7}, "validation_failed", "image_url"),
        ({"image_url": "ftp://example.com/a.png"}, "unsafe_image_url", "image_url"),
        ({"image_url": "http://127.0.0.1/a.png"}, "unsafe_image_url", "image_url"),
        ({"image_url": "http://[::1]/a.png"}, "unsafe_image_url", "image_url"),
        ({"image_url": "http://2130706433/"}, "unsafe_image_url", "image_url"),
        ({"image_url": "http://169.254.169.254/latest/"}, "unsafe_image_url", "image_url"),
        ({"image_url": "https://a:b@example.com/"}, "unsafe_image_url", "image_url"),
        ({"image_url": "http://no-such-host.invalid/a.png"}, "unsafe_image_url", "image_url"),
        ({"image_url": uri(b"words")}, "unsupported_mime", "image_url"),
        ({"image_url": "data:image/png,words"}, "validation_failed", "image_url"),
        ({"image_base64": text()}, "validation_failed", "image"),
        ({"images": [uri(), uri()]}, "validation_failed", "image"),
        ({"mask_base64": text(mask())}, "image_not_supported_by_model", "mask"),
        ({"scale": 9}, "validation_failed", "scale"),
        ({"scale": "2"}, "validation_failed", "scale"),
        ({"image_url": uri(picture(size=(4500, 20))), "scale": 4}, "validation_failed", "scale"),
        ({"model": "sketch-1"}, "model_not_supported", "model"),
        ({"model": "gpt-image-1-5"}, "model_not_supported", "model"),
    ],
)  # fmt: skip
async def test_a_wrong_request_is_refused_by_name(
    live: httpx.AsyncClient, gateway: Gateway, fields: dict[str, Any], code: str, param: str
) -> None:
    before = await gateway.holdings()
    error = error_of(await live.post(UPSCALE, json=larger(**fields)), 400, code)
    assert error["param"] == param
    assert await gateway.holdings() == before
    assert spooled(gateway) == []


async def test_each_route_says_which_is_the_right_one(live: httpx.AsyncClient) -> None:
    drawn = await live.post(
        "/v1/images/generations", json={"model": "sketch-upscale", "prompt": "x"}
    )
    assert UPSCALE in error_of(drawn, 400, "model_not_supported")["message"]
    large = await live.post(UPSCALE, json=larger(model="sketch-1"))
    assert "/v1/images/generations" in error_of(large, 400, "model_not_supported")["message"]
    changed = await live.post(EDITS, json=wanted(model="sketch-upscale"))
    assert UPSCALE in error_of(changed, 400, "model_not_supported")["message"]


async def test_a_link_of_ours_that_has_ended_is_spoken_of(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    link = (await edited(live))["data"][0]["url"]
    spoiled = link[:-3] + ("AAA" if link[-3:] != "AAA" else "BBB")
    error = error_of(
        await live.post(UPSCALE, json=larger(image_url=spoiled)), 400, "validation_failed"
    )
    assert "expired" in error["message"]
    elsewhere = spoiled.replace(gateway.server.url, "http://127.0.0.1:9")
    error_of(await live.post(UPSCALE, json=larger(image_url=elsewhere)), 400, "unsafe_image_url")


@pytest.fixture(scope="module")
def near(sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may fetch pictures from this machine."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("near") / "data",
        database_url=sqlite_url(),
        log_level="error",
        allow_private_networks="127.0.0.0/8",
        max_input_bytes=200_000,
        max_input_pixels=1_000_000,
    )
    with serving(settings) as server:
        yield server


@pytest.fixture
async def fetching(near: Server) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {await a_key(near.settings, 'live')}"}
    async with httpx.AsyncClient(base_url=near.url, headers=headers, timeout=60) as client:
        yield client


def of(data: bytes) -> Answer:
    return Answer(200, data, {"content-type": "text/html"})


async def test_a_picture_is_fetched_and_known_by_its_bytes(fetching: httpx.AsyncClient) -> None:
    async with Receiver(of(PICTURE), redirect("/there"), of(PICTURE)) as elsewhere:
        link = f"{elsewhere.url}/a.png"
        for _ in range(2):
            assert (await upscaled(fetching, image_url=link))["size"] == "192x128"
        answer = await fetching.post(
            EDITS, json=wanted(image_base64=None, image_url=link, model="impossible")
        )
        error_of(answer, 404, "model_not_found")
        assert len(elsewhere.requests) == 3  # for a model that is none, nobody is asked


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (of(b"words"), "unsupported_mime"),
        (of(picture(size=(1200, 900))), "validation_failed"),
        (of(PICTURE + bytes(200_000)), "unsafe_image_url"),
        (404, "unsafe_image_url"),
        (redirect("http://10.1.2.3/"), "unsafe_image_url"),
    ],
    ids=["words", "many-pixels", "many-bytes", "404", "inside"],
)
async def test_what_cannot_be_had_there_is_said(
    fetching: httpx.AsyncClient, near: Server, told: Answer | int, code: str
) -> None:
    async with Receiver(told) as elsewhere:
        link = f"{elsewhere.url}/a.png"
        error = error_of(await fetching.post(UPSCALE, json=larger(image_url=link)), 400, code)
    assert error["param"] == "image_url"
    assert "nothing was charged" in error["message"].lower()
    assert list((near.settings.data_dir / "files" / "tmp").iterdir()) == []


async def test_one_who_fetches_slowly_holds_up_nobody(fetching: httpx.AsyncClient) -> None:
    async with Receiver(1.0) as slow:
        link = f"{slow.url}/a.png"
        waiting = asyncio.create_task(fetching.post(UPSCALE, json=larger(image_url=link)))
        await slow.until("asked")
        assert (await upscaled(fetching))["size"] == "192x128"
        assert not waiting.done()
        error_of(await waiting, 400, "unsupported_mime")
