"""Edits that cannot be: each is refused by name, costs nothing and leaves nothing behind."""

import asyncio
import gzip
import json
import os
import random
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import psutil
import pytest
from tests.api.edits import (
    EDITS,
    PICTURE,
    edited,
    formed,
    mask,
    parts,
    picture,
    spooled,
    text,
    uri,
    wanted,
)
from tests.api.forms import BOUNDARY, TYPE, form, part
from tests.api.raw import line_to
from tests.contract.envelope import error_of
from tests.contract.gateway import Gateway, Holdings

MIB = 1024 * 1024


def png(width: int, height: int, pixels: bytes = bytes(300_000)) -> bytes:
    """A whole PNG whose header may promise anything."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(pixels)),
            chunk(b"IEND", b""),
        ]
    )


def jpeg(width: int, height: int) -> bytes:
    """A JPEG whose frame says another size."""
    data = picture(kind="JPEG")
    at = data.index(b"\xff\xc0")
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


BOMBS = {
    "a PNG of 50,000 square": (png(50_000, 50_000), "unsupported_mime"),
    "a PNG of 64 megapixels": (png(8_000, 8_000), "validation_failed"),
    "a JPEG of 65,535 square": (jpeg(65_535, 65_535), "unsupported_mime"),
    "a PNG cut off": (PICTURE[:-16], "unsupported_mime"),
    "a JPEG cut off": (picture(kind="JPEG")[:-40], "unsupported_mime"),
    "words": (b"no picture at all", "unsupported_mime"),
    "a gzipped picture": (gzip.compress(PICTURE), "unsupported_mime"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "unsupported_mime"),
    "nothing that can be drawn": (png(90, 90, b""), "validation_failed"),
}


@pytest.fixture
async def unspoiled(gateway: Gateway) -> AsyncIterator[None]:
    before = await gateway.holdings()
    yield
    after = await gateway.holdings()
    assert after == Holdings(before.jobs, before.pictures, before.wallets)
    assert spooled(gateway) == []


@pytest.mark.usefixtures("unspoiled")
@pytest.mark.parametrize("name", [name for name in BOMBS if not name.startswith("nothing")])
async def test_what_is_no_usable_picture_is_refused(live: httpx.AsyncClient, name: str) -> None:
    data, code = BOMBS[name]
    by_json = error_of(await live.post(EDITS, json=wanted(image_base64=text(data))), 400, code)
    assert by_json["param"] == "image_base64"
    by_form = error_of(await formed(live, [("image[]", data)]), 400, code)
    assert by_form["param"] == "image[]"
    assert "nothing was charged" in by_form["message"].lower()


async def test_a_picture_that_cannot_be_drawn_on_costs_nothing(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    data, code = BOMBS["nothing that can be drawn"]
    answer = await formed(live, [("image", data)])
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == code
    assert spooled(gateway) == []


@pytest.mark.usefixtures("unspoiled")
@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"image_base64": None}, "validation_failed", "image"),
        ({"image_base64": ""}, "unsupported_mime", "image_base64"),
        ({"image_base64": 7}, "validation_failed", "image_base64"),
        ({"image_base64": "no base64!"}, "validation_failed", "image_base64"),
        ({"image_base64": "AAAAA"}, "validation_failed", "image_base64"),
        ({"image_base64": "data:image/png,abc"}, "validation_failed", "image_base64"),
        ({"image": {"detail": "high"}}, "validation_failed", "image"),
        ({"image": {"image_url": {"href": "x"}}}, "validation_failed", "image"),
        ({"image": [[text()]]}, "validation_failed", "image"),
        ({"images": [{"image_url": uri(), "file_id": "file_1"}]}, "validation_failed", "images"),
        ({"images_base64": [text()] * 17}, "validation_failed", "image"),
        ({"image_url": "http://127.0.0.1/a.png"}, "unsafe_image_url", "image_url"),
        ({"image_url": "file:///etc/passwd"}, "unsafe_image_url", "image_url"),
        ({"mask_base64": text(mask((64, 96)))}, "validation_failed", "mask"),
        ({"mask_base64": text(mask(mode="L"))}, "validation_failed", "mask_base64"),
        ({"mask_base64": text(), "mask": uri()}, "validation_failed", "mask"),
        ({"mask_base64": "d29yZHM="}, "unsupported_mime", "mask_base64"),
        ({"model": None}, "validation_failed", "model"),
        ({"prompt": ""}, "validation_failed", "prompt"),
        ({"prompt": None}, "validation_failed", "prompt"),
        ({"model": "impatient"}, "image_not_supported_by_model", "model"),
        ({"model": "dall-e-3"}, "image_not_supported_by_model", "model"),
        ({"model": "sketch-upscale"}, "model_not_supported", "model"),
        ({"model": "suno-v5"}, "model_not_supported", "model"),
        ({"response_format": "png"}, "validation_failed", "response_format"),
        ({"n": 99}, "validation_failed", "n"),
        ({"webhook_url": "http://127.0.0.1/"}, "unsafe_webhook_url", "webhook_url"),
    ],
)
async def test_a_wrong_request_is_refused_by_name(
    live: httpx.AsyncClient, fields: dict[str, Any], code: str, param: str
) -> None:
    error = error_of(await live.post(EDITS, json=wanted(**fields)), 400, code)
    assert error["param"] == param


@pytest.mark.usefixtures("unspoiled")
async def test_a_refusal_says_what_would_do(
    live: httpx.AsyncClient, play: httpx.AsyncClient
) -> None:
    async def said(status: int, **fields: Any) -> str:
        answer = await live.post(EDITS, json=wanted(**fields))
        assert answer.status_code == status
        return str(answer.json()["error"]["message"])

    assert "64x96 pixels and the first picture 96x64" in await said(
        400, mask_base64=text(mask((64, 96)))
    )
    assert "transparent where the picture is to change" in await said(
        400, mask_base64=text(mask(mode="L"))
    )
    assert "POST /v1/images/upscale" in await said(400, model="sketch-upscale")
    assert "capabilities.imageEdit" in await said(400, model="impatient")
    strict = await live.post(EDITS, json=wanted(style="vivid"), headers={"x-strict-params": "true"})
    assert error_of(strict, 400, "validation_failed")["param"] == "style"
    models = (await play.get("/v1/models?modality=image")).json()["data"]
    can = {one["id"]: one["_infery"]["capabilities"] for one in models}
    without = next(slug for slug, able in can.items() if able["imageEdit"] and not able["mask"])
    answer = await play.post(EDITS, json=wanted(model=without, mask_base64=text(mask())))
    assert error_of(answer, 400, "image_not_supported_by_model")["param"] == "mask"


@pytest.mark.usefixtures("unspoiled")
async def test_a_model_takes_so_many_pictures(play: httpx.AsyncClient) -> None:
    models = (await play.get("/v1/models?modality=image")).json()["data"]
    one = next(
        model["id"]
        for model in models
        if model["_infery"]["capabilities"]["imageEdit"]
        and model["_infery"]["capabilities"]["maxReferenceImages"] == 1
    )
    answer = await play.post(EDITS, json=wanted(model=one, images_base64=[text()]))
    assert "takes one picture" in error_of(answer, 400, "validation_failed")["message"]


@pytest.mark.usefixtures("unspoiled")
@pytest.mark.parametrize(
    ("body", "kind", "param"),
    [
        (b"", "application/json", None),
        (b"{", "application/json", None),
        (b"[]", "application/json", None),
        (b"7", "application/json", None),
        (b"[" * 100_000, "application/json", None),
        (b'{"a":' + b"[" * 100_000, "application/json", None),
        (b'{"image":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", None),
        (b"{" + b",".join(b'"%d":1' % at for at in range(50_000)) + b"}", "application/json", None),
        (b'{"model": "sketch-1", "prompt": "\xff"}', "application/json", "prompt"),
        (gzip.compress(json.dumps(wanted()).encode()), "application/json", None),
        (b"", TYPE, None),
        (b"nothing of a form", TYPE, None),
        (form([part("model", b"sketch-1")]), "multipart/form-data", None),
        (form([part("image", PICTURE, "a.png")], end=""), TYPE, None),
        (form([part("image", PICTURE, "a.png")])[:-90], TYPE, None),
        (form([part("image", PICTURE, "a.png"), part("model", b"sketch-1")]), TYPE, "prompt"),
        (form([part("prompt", b"a"), part("image", PICTURE, "a.png")]), TYPE, "model"),
        (form([part("model", b"sketch-1"), part("prompt", b"x")]), TYPE, "image"),
        (form([part("image", PICTURE, "a.png")] * 17), TYPE, "image"),
        (form([part("picture", PICTURE, "a.png")]), TYPE, "picture"),
        (form([part("n", b"1"), part("n", b"2")]), TYPE, "n"),
        (form([part("prompt", b"\xff")]), TYPE, "prompt"),
        (form([part("user", b"x")] * 200), TYPE, None),
    ],
)
async def test_a_broken_body_is_refused(
    live: httpx.AsyncClient, body: bytes, kind: str, param: str | None
) -> None:
    answer = await live.post(EDITS, content=body, headers={"content-type": kind})
    error = error_of(answer, 400, "validation_failed")
    if param is not None or kind != "application/json":
        assert error["param"] in (param, "user")


@pytest.mark.usefixtures("unspoiled")
async def test_what_is_too_large_is_refused(live: httpx.AsyncClient) -> None:
    noise = random.Random(1).randbytes(26 * MIB)
    for answer, param in (
        (await live.post(EDITS, json=wanted(image_base64=text(noise))), "image_base64"),
        (await formed(live, [("image", noise)]), "image"),
        (await live.post(EDITS, json=wanted(user="x" * (2 * MIB))), None),
        (await live.post(EDITS, data=parts(user="x" * (2 * MIB)), files={"image": PICTURE}), None),
    ):
        assert error_of(answer, 413, "file_too_large")["param"] == param


async def endless() -> AsyncIterator[bytes]:
    """200 MiB, should anybody take them."""
    yield b'{"model": "sketch-1", "image_base64": "'
    for _ in range(200):
        yield b"A" * MIB


def of_all(process: psutil.Process) -> int:
    """Memory of a process and those it started, without what files stand behind where known."""
    told = [one.memory_info() for one in (process, *process.children(recursive=True))]
    return sum(one.rss - getattr(one, "shared", 0) for one in told)


async def test_no_body_is_held_in_memory(gateway: Gateway, live: httpx.AsyncClient) -> None:
    await edited(live)
    process = psutil.Process(gateway.server.process.pid)
    most = before = of_all(process)
    data = random.Random(2).randbytes(20 * MIB)
    noise = uri(png(9, 9, b"")[:-12] + data)

    async def watched(post: Any) -> httpx.Response:
        nonlocal most
        task = asyncio.ensure_future(post)
        while not task.done():
            most = max(most, await asyncio.to_thread(of_all, process))
            await asyncio.wait([task], timeout=0.05)
        answer: httpx.Response = task.result()
        return answer

    await watched(
        asyncio.gather(*(live.post(EDITS, json=wanted(image_base64=noise)) for _ in "abc"))
    )
    try:
        answer = await watched(live.post(EDITS, content=endless()))
        error_of(answer, 413, "file_too_large")
    except httpx.WriteError:
        pass  # the server has closed the connection under what was still to come
    assert most - before < 30 * MIB
    assert spooled(gateway) == []


async def test_nobody_unknown_may_send_much(gateway: Gateway) -> None:
    async with line_to(gateway.server) as line:
        head = [
            f"POST {EDITS} HTTP/1.1",
            "host: limner.test",
            "authorization: Bearer inf_nobody",
            f"content-type: {TYPE}",
            f"content-length: {50 * MIB}",
        ]
        await line.send("\r\n".join([*head, "", ""]).encode())
        answer = await line.answer()
    assert (answer.status, answer.json()["error"]["code"]) == (401, "invalid_api_key")
    assert spooled(gateway) == []


@pytest.mark.parametrize("kind", [TYPE, "application/json"])
async def test_who_leaves_in_the_middle_leaves_nothing(gateway: Gateway, kind: str) -> None:
    before = await gateway.holdings()
    begun = f"--{BOUNDARY}\r\n".encode() + part("image", PICTURE + os.urandom(400_000), "a.png")
    async with line_to(gateway.server) as line:
        head = [
            f"POST {EDITS} HTTP/1.1",
            "host: limner.test",
            f"authorization: Bearer {gateway.keys.live}",
            f"content-type: {kind}",
            f"content-length: {2 * MIB}",
        ]
        await line.send("\r\n".join([*head, "", ""]).encode() + begun)
        await until(lambda: sizes(gateway) > [0])
    await until(lambda: spooled(gateway) == [])
    assert await gateway.holdings() == before


def sizes(gateway: Gateway) -> list[int]:
    return [path.stat().st_size for path in spooled(gateway)]


async def until(true: Callable[[], bool]) -> None:
    """Wait, 10 seconds at most."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true")
