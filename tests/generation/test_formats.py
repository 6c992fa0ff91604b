"""The format a caller gets, whoever makes it: nothing is lost, paid twice or told wrongly."""

import asyncio
import hashlib
import json
import os
import signal
from collections.abc import AsyncIterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pybase64
import pytest
from PIL import Image
from tests.files.manifests import signed
from tests.generation.studios import CATALOG, EACH, Scene, Scripted, a_request, a_scene, place
from tests.sketch.files import file_of, flat, hole
from tests.sketch.test_easels import workers

from limner.darkroom.develop import develop
from limner.darkroom.development import FORMATS, Format, Negative, Print
from limner.db.base import Database
from limner.errors import InvalidParams
from limner.files.artifact import Artifact
from limner.generation.finishing import Develop
from limner.generation.formats import settled
from limner.jobs.feed import Completed
from limner.providers.base import Generated, ImageData
from limner.sketch.easels import Easels

OPAQUE = flat()
SEE_THROUGH = hole((64, 48), (0, 0, 30, 30))


@pytest.fixture
async def easels() -> AsyncIterator[Easels]:
    easels = Easels(1)
    yield easels
    easels.close()


async def here(negative: Negative) -> Print:
    return develop(negative)


async def scene_of(
    database: Database, folder: Path, *pictures: bytes, by: Develop = here, text: bool = False
) -> Scene:
    images = tuple(
        ImageData(memoryview(pybase64.b64encode(one)), "base64")
        if text
        else ImageData(memoryview(one), "raw")
        for one in pictures
    )
    scene = await a_scene(database, folder, place(Scripted([Generated(images)])))
    scene.studio = replace(scene.studio, develop=by)
    return scene


async def drawn(scene: Scene, **wanted: Any) -> Completed:
    done = (await scene.events(a_request(**wanted)))[-1]
    assert isinstance(done, Completed)
    return done


def told(done: Completed) -> dict[str, Any]:
    assert done.admitted is not None
    found: dict[str, Any] = json.loads(done.admitted.parameters)
    return found


async def bytes_of(scene: Scene, artifact: Artifact) -> bytes:
    reading = scene.studio.artifacts.read(artifact, 0, artifact.bytes)
    return b"".join([piece async for piece in reading])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", [False, True])
async def test_every_format_comes_of_a_model_that_knows_none(
    database: Database, tmp_path: Path, form: Format, text: bool
) -> None:
    scene = await scene_of(database, tmp_path, OPAQUE, text=text)
    done = await drawn(scene, output_format=form)
    one = done.pictures[0].artifact
    data = await bytes_of(scene, one)
    assert one.content_type == f"image/{form}"
    assert Image.open(BytesIO(data)).format == form.upper()
    assert hashlib.sha256(data).hexdigest() == one.sha256
    (emulated,) = told(done)["emulated"]
    assert (emulated["name"], emulated["to"]) == ("output_format", form)
    assert not told(done)["ignored"]
    assert not told(done)["adjusted"]
    assert await scene.spent() == EACH


async def test_what_need_not_change_is_not_touched(database: Database, tmp_path: Path) -> None:
    async def never(negative: Negative) -> Print:
        raise AssertionError("a picture was converted")

    scene = await scene_of(database, tmp_path, OPAQUE, by=never)
    for wanted in ({}, {"output_format": "png"}):
        done = await drawn(scene, **wanted)
        assert bytes(done.pictures[0].data) == OPAQUE
    assert await scene.spent() == 2 * EACH


async def test_a_transparent_picture_in_jpeg_is_white_there_and_this_is_said(
    database: Database, tmp_path: Path
) -> None:
    scene = await scene_of(database, tmp_path, SEE_THROUGH)
    done = await drawn(scene, output_format="jpeg")
    assert any("transparent in places" in one for one in done.warnings)
    done = await drawn(scene, output_format="avif")
    assert not any("transparent" in one for one in done.warnings)


async def test_a_signed_original_is_kept_beside_and_goes_with_its_picture(
    database: Database, tmp_path: Path
) -> None:
    manifested = signed(OPAQUE, "image/png")
    scene = await scene_of(database, tmp_path, manifested)
    untouched = (await drawn(scene, output_format="png")).pictures[0].artifact
    assert (untouched.content_credentials, untouched.original) == ("preserved", None)
    done = await drawn(scene, output_format="webp")
    (one,), _ = await scene.studio.artifacts.of_job(done.pictures[0].artifact.job_id)
    assert one.content_credentials == "removed"
    assert one.original is not None
    assert await bytes_of(scene, one.original) == manifested
    assert one.original.sha256 == hashlib.sha256(manifested).hexdigest()
    assert await scene.spent() == 2 * EACH
    await scene.studio.artifacts.delete(one.job_id, scene.caller.workspace_id)
    assert await bytes_of(scene, untouched) == manifested
    await scene.studio.artifacts.delete(untouched.job_id, scene.caller.workspace_id)
    # The blob that nobody asked to share is left to the sweep of orphans.
    assert await scene.database.fetch("SELECT name FROM blob") == []


async def test_what_was_not_signed_leaves_no_second_picture(
    database: Database, tmp_path: Path
) -> None:
    scene = await scene_of(database, tmp_path, OPAQUE)
    one = (await drawn(scene, output_format="webp")).pictures[0].artifact
    assert (one.content_credentials, one.original) == ("absent", None)
    assert len(list(scene.blobs.rglob("a_*"))) == 1


@pytest.mark.parametrize("trouble", [BrokenProcessPool("gone"), TimeoutError(), OSError("full")])
async def test_a_conversion_that_fails_loses_no_picture(
    database: Database, tmp_path: Path, trouble: Exception
) -> None:
    async def fails(negative: Negative) -> Print:
        raise trouble

    scene = await scene_of(database, tmp_path, OPAQUE, by=fails)
    done = await drawn(scene, output_format="webp")
    assert bytes(done.pictures[0].data) == OPAQUE
    assert any("could not be made webp" in one for one in done.warnings)
    (adjusted,) = told(done)["adjusted"]
    assert (adjusted["from"], adjusted["to"], told(done)["emulated"]) == ("webp", "png", [])
    assert await scene.spent() == EACH


async def test_processes_that_are_killed_midway_lose_no_picture(
    database: Database, tmp_path: Path, easels: Easels
) -> None:
    noise = file_of(Image.effect_noise((2500, 2500), 80).convert("RGB"))
    scene = await scene_of(database, tmp_path, noise, by=easels.develop)
    drawing = asyncio.create_task(drawn(scene, output_format="avif"))
    killed: set[int] = set()
    while not drawing.done():
        for pid in set(workers()) - killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
        await asyncio.sleep(0.01)
    done = drawing.result()
    assert len(killed) >= 2
    assert bytes(done.pictures[0].data) == noise
    assert await scene.spent() == EACH


async def test_many_at_once_are_all_converted(
    database: Database, tmp_path: Path, easels: Easels
) -> None:
    scene = await scene_of(database, tmp_path, OPAQUE, by=easels.develop)
    every = await asyncio.gather(*(drawn(scene, output_format="webp") for _ in range(6)))
    assert {one.pictures[0].artifact.content_type for one in every} == {"image/webp"}
    assert len({one.pictures[0].artifact.sha256 for one in every}) == 1
    assert await scene.spent() == 6 * EACH


async def test_strict_requests_may_be_emulated(database: Database, tmp_path: Path) -> None:
    scene = await scene_of(database, tmp_path, OPAQUE)
    done = await drawn(scene, output_format="avif", output_compression=40, strict=True)
    names = [one["name"] for one in told(done)["emulated"]]
    assert names == ["output_format", "output_compression"]


def test_a_provider_is_asked_for_what_it_knows_and_else_for_what_loses_least() -> None:
    flux, gpt = CATALOG.models["flux-2-pro"], CATALOG.models["gpt-image-2"]
    native = settled(flux, "generate", {"output_format": "jpeg"})
    assert (dict(native.own), native.emulated) == ({"output_format": "jpeg"}, ())
    other = settled(flux, "generate", {"output_format": "webp"})
    assert (dict(other.own), other.source) == ({}, "png")
    finer = settled(flux, "generate", {"output_format": "jpeg", "output_compression": 50})
    assert (dict(finer.own), finer.source) == ({}, "png")
    assert finer.finish is not None
    assert (finer.finish.form, finer.finish.quality, finer.finish.anew) == ("jpeg", 50, True)
    whole = settled(gpt, "generate", {"output_format": "webp", "output_compression": 50})
    assert dict(whole.own) == {"output_format": "webp", "output_compression": 50}
    assert whole.emulated == ()


@pytest.mark.parametrize("wrong", ["gif", "PNG", "", 7, True])
def test_a_format_that_nobody_makes_is_refused_by_name(wrong: object) -> None:
    for slug in ("gpt-image-2", "grok-imagine-image"):
        with pytest.raises(InvalidParams, match="png, jpeg, webp, avif") as caught:
            settled(CATALOG.models[slug], "generate", {"output_format": wrong})
        assert caught.value.param == "output_format"
