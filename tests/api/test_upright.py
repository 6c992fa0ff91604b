"""What a provider gets of a picture that was sent: upright, and without metadata where wished."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image
from tests.api.edits import EDITS, mask, text, wanted
from tests.databases import FreshUrl
from tests.servers import Server, a_key, administer, serving
from tests.standins.openai import OpenAIStandIn
from tests.standins.openai_edits import edit_asked

from limner.app import Limner
from limner.settings import Settings

PLACE = "4 Privet Drive"
MODEL = "gpt-image-2-5-flare"
WIDE, HIGH = (96, 64), (64, 96)
TURNED = "the picture was turned upright, and its metadata left out"
BARE = "the metadata of the picture was left out"


def photograph(orientation: int = 1, kind: str = "JPEG", told: str = PLACE) -> bytes:
    """Red on its left, blue on its right, as it lies in the file."""
    image = Image.new("RGB", WIDE, "red")
    image.paste("blue", (48, 0, *WIDE))
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112], exif[0x010E] = orientation, told
    image.save(out, kind, exif=exif.tobytes())
    return out.getvalue()


async def edited(client: httpx.AsyncClient, data: bytes, **more: object) -> httpx.Response:
    fields = wanted(image_base64=text(data), prompt="in sepia", response_format="b64_json")
    return await client.post(EDITS, json=fields | more)


async def test_a_photograph_that_lies_is_edited_upright(live: httpx.AsyncClient) -> None:
    for orientation, size in ((1, "96x64"), (3, "96x64"), (6, "64x96"), (8, "64x96")):
        answer = await edited(live, photograph(orientation))
        assert answer.status_code == 200, answer.text
        assert answer.json()["size"] == size
        told = answer.headers.get("x-limner-warnings", "")
        assert (TURNED in told) == (orientation != 1)


@pytest.mark.parametrize("size", [WIDE, HIGH], ids=["as it lies", "as it is shown"])
async def test_a_mask_may_be_of_either_form(live: httpx.AsyncClient, size: tuple[int, int]) -> None:
    answer = await edited(live, photograph(6), mask_base64=text(mask(size)), prompt="a red kite")
    assert answer.status_code == 200, answer.text
    assert answer.json()["size"] == "64x96"
    wrong = await edited(live, photograph(6), mask_base64=text(mask((64, 64))))
    assert wrong.status_code == 400
    assert wrong.json()["error"]["param"] == "mask"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_that_cannot_be_turned_is_refused_for_free(
    live: httpx.AsyncClient, kind: str
) -> None:
    data = photograph(6, kind)
    at = {"JPEG": b"\xff\xc4", "PNG": b"IDAT", "WEBP": b"VP8 "}[kind]
    place = data.index(at) + 12
    broken = data[:place] + bytes(60) + data[place + 60 :]
    answer = await edited(live, broken)
    if answer.status_code == 200:  # some damage can be lived with
        assert TURNED in answer.headers["x-limner-warnings"]
    else:
        assert answer.json()["error"]["code"] == "unsupported_mime"


@asynccontextmanager
async def sending(
    server: Server, name: str, strip: bool | None
) -> AsyncIterator[httpx.AsyncClient]:
    key = await a_key(server.settings, "live", credits=10**9, workspace=name)

    async def work(limner: Limner) -> None:
        owner = await limner.services.accounts.workspace(name)
        await limner.services.accounts.set_workspace(owner.id, {"strip_metadata": strip})

    await administer(server.settings, work)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as one:
        yield one


async def known(limner: Limner, provider: OpenAIStandIn) -> None:
    base, key = provider.base_url, "sk-standin"
    await limner.configs.add("openai", "openai", base_url=base, api_key=key)


@pytest.fixture
async def provider() -> AsyncIterator[OpenAIStandIn]:
    async with OpenAIStandIn() as standin:
        yield standin


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_provider_gets_what_was_sent_or_what_is_left_of_it(
    provider: OpenAIStandIn, kind: str, sqlite_url: FreshUrl, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=sqlite_url(), strip_metadata=True)
    await administer(settings, lambda limner: known(limner, provider))
    plain, lying = photograph(1, kind), photograph(6, kind)
    with serving(settings) as server:
        for strip, data, warned in (
            (False, plain, ""),
            (None, plain, BARE),
            (True, plain, BARE),
            (False, lying, TURNED),
        ):
            async with sending(server, f"{kind} {strip}", strip) as client:
                answer = await edited(client, data, model=MODEL, seed=None)
            assert answer.status_code == 200, answer.text
            assert warned in answer.headers.get("x-limner-warnings", "")
            sent = edit_asked(provider.requests[-1])[1].files[0].data
            assert (sent == data) == (not warned)
            assert (PLACE.encode() in sent) == (not warned)
            with Image.open(io.BytesIO(sent)) as seen, Image.open(io.BytesIO(data)) as was:
                assert (seen.format, seen.size) == (kind, HIGH if data is lying else WIDE)
                if data is plain:
                    assert seen.tobytes() == was.tobytes()
