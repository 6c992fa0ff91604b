"""Pictures that say of themselves how they were made, from a real server to who reads them."""

import io
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import c2pa
import httpx
import pytest
from PIL import Image
from tests.api.streams import streaming
from tests.databases import FreshUrl
from tests.servers import Server, a_key, administer, serving
from tests.signing.certificates import installed_in

from limner.accounts.api_key import Kind
from limner.app import Limner
from limner.settings import Settings

PATH = "/v1/images/generations"
WANTED: dict[str, Any] = {"model": "sketch-1", "prompt": "a private cat", "size": "64x64"}


@pytest.fixture(scope="module")
def server(sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("signing")
    signer = installed_in(folder)
    settings = Settings(
        data_dir=folder / "data",
        database_url=sqlite_url(),
        c2pa_chain=str(signer.chain),
        c2pa_key=str(signer.key),
        mark_ai=True,
    )
    with serving(settings) as server:
        yield server


@asynccontextmanager
async def client(
    server: Server, name: str, *, test: bool = False, **options: bool
) -> AsyncIterator[httpx.AsyncClient]:
    kind: Kind = "test" if test else "live"
    key = await a_key(server.settings, kind, credits=10**9, workspace=name)

    async def work(limner: Limner) -> None:
        owner = await limner.services.accounts.workspace(name)
        await limner.services.accounts.set_workspace(owner.id, options)

    await administer(server.settings, work)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as one:
        yield one


async def drawn(one: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    answer = await one.post(PATH, json=WANTED | {"response_format": "b64_json"} | more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told | {"job_id": answer.headers["x-job-id"]}


def manifest(picture: bytes, content_type: str = "image/png") -> dict[str, Any]:
    """As the official reader has it; all it may miss is trust."""
    told = json.loads(c2pa.Reader(content_type, io.BytesIO(picture)).json())
    assert [one["code"] for one in told["validation_status"]] == ["signingCredential.untrusted"]
    active: dict[str, Any] = told["manifests"][told["active_manifest"]]
    return active


def created(said: dict[str, Any]) -> dict[str, Any]:
    """How it came to be."""
    by_label = {one["label"]: one["data"] for one in said["assertions"]}
    (action,) = by_label["c2pa.actions.v2"]["actions"]
    assert action["action"] == "c2pa.created"
    told: dict[str, Any] = action
    return told


def source_in(picture: bytes) -> str | None:
    """What the XMP says, as Pillow finds it."""
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    text = packet.decode() if isinstance(packet, bytes) else packet
    return text.partition("/digitalsourcetype/")[2].partition('"')[0] or None


async def test_a_signed_picture_is_the_same_as_link_base64_stream_and_file(server: Server) -> None:
    async with client(server, "signed whole", sign_pictures=True) as one:
        told = await drawn(one, store=True)
        (item,) = told["data"]
        about = item
        picture = b64decode(item["b64_json"])
        assert about["content_credentials"] == "added"
        assert about["sha256"] == sha256(picture).hexdigest()
        assert (await one.get(f"/v1/files/{about['file_id']}/content")).content == picture
        job = (await one.get(f"/v1/images/jobs/{told['job_id']}")).json()
        (kept,) = job["data"]
        assert (kept["content_credentials"], kept["sha256"]) == ("added", about["sha256"])
        assert (await one.get(kept["url"])).content == picture
        said = manifest(picture)
        assert said["claim_generator_info"][0]["name"] == "limner"
        action = created(said)
        assert action["digitalSourceType"].endswith("/algorithmicMedia")
        assert action["parameters"] == {"limner.model": "sketch-1", "limner.provider": "limner"}
        assert b"private cat" not in picture
        assert source_in(picture) == "algorithmicMedia"


async def test_a_stream_has_the_signed_bytes_too(server: Server) -> None:
    async with client(server, "signed stream", sign_pictures=True) as one:
        asked = WANTED | {"response_format": "b64_json"}
        key = one.headers["authorization"].removeprefix("Bearer ")
        async with streaming(server, key, asked) as stream:
            frames = await stream.all()
        (item,) = frames[-1]["data"]
        picture = b64decode(item["b64_json"])
        assert (item["content_credentials"], item["sha256"]) == (
            "added",
            sha256(picture).hexdigest(),
        )
        assert manifest(picture)["claim_generator_info"][0]["name"] == "limner"


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "avif"])
async def test_every_format_is_signed(server: Server, form: str) -> None:
    async with client(server, "signed forms", sign_pictures=True) as one:
        told = await drawn(one, output_format=form)
        (item,) = told["data"]
        assert item["content_credentials"] == "added"
        manifest(b64decode(item["b64_json"]), f"image/{form}")


async def test_a_simulated_picture_does_not_pass_for_the_models_own(server: Server) -> None:
    async with client(server, "signed play", test=True, sign_pictures=True) as one:
        told = await drawn(one, model="gpt-image-2", size="1024x1024")
        picture = b64decode(told["data"][0]["b64_json"])
        action = created(manifest(picture))
        assert action["softwareAgent"] == {"name": "gpt-image-2 (simulated)"}
        assert action["digitalSourceType"].endswith("/algorithmicMedia")


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
async def test_pictures_are_marked_where_the_workspace_does_not_want_otherwise(
    server: Server, form: str
) -> None:
    async with client(server, f"marked {form}") as one:
        told = await drawn(one, output_format=form)
        assert source_in(b64decode(told["data"][0]["b64_json"])) == "algorithmicMedia"
        assert told["data"][0]["content_credentials"] == "absent"
    async with client(server, f"not marked {form}", mark_ai=False) as one:
        told = await drawn(one, output_format=form)
        assert source_in(b64decode(told["data"][0]["b64_json"])) is None


async def test_a_picture_that_cannot_be_marked_is_delivered_and_says_so(server: Server) -> None:
    async with client(server, "marked avif") as one:
        told = await drawn(one, output_format="avif")
        words = "picture 1 does not say that a machine made it: limner writes no metadata into avif"
        assert words in told["warnings"]


async def test_a_picture_that_cannot_be_signed_is_delivered_and_says_so(
    sqlite_url: FreshUrl, tmp_path: Path
) -> None:
    signer = installed_in(tmp_path)
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=sqlite_url(),
        c2pa_chain=str(signer.chain),
        c2pa_key=str(signer.key),
        sign_pictures=True,
    )
    with serving(settings) as server:
        signer.key.unlink()
        async with client(server, "unsigned") as one:
            told = await drawn(one)
            assert told["data"][0]["content_credentials"] == "absent"
            assert told["warnings"][-1] == "picture 1 could not be signed; it has no credentials"
