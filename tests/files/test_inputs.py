"""Pictures that go in: looked at by their first bytes, kept off the memory, and gone afterwards."""

import asyncio
import base64
import hashlib
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from tests.files.pictures import CASES, IDS, SIZE, encoded

from limner.errors import (
    BodyTooLarge,
    InvalidParams,
    LimnerError,
    NotFound,
    StorageUnavailable,
    UnsupportedMime,
)
from limner.files.artifact import Artifact
from limner.files.blobs import LocalBlobs
from limner.files.file import File
from limner.files.inputs import CHUNK, Batch, InputLimits, Inputs

MOST_BYTES, MOST_PIXELS = 400_000, 50_000_000
PNG = encoded()


@pytest.fixture
def files(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "files")


@pytest.fixture
def pictures(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def batch(files: LocalBlobs, pictures: LocalBlobs) -> Batch:
    return Inputs(files, pictures, InputLimits(MOST_BYTES, MOST_PIXELS)).begin()


def left(files: LocalBlobs) -> list[Path]:
    return list(files.temporary.iterdir())


def text_of(data: bytes) -> memoryview:
    return memoryview(base64.b64encode(data))


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises far more pixels than its bytes could hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(300_000)))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "content_type", "mode", "options"), CASES, ids=IDS)
async def test_each_kind_of_picture_is_known_by_its_bytes(
    batch: Batch, kind: str, content_type: str, mode: str, options: dict[str, Any]
) -> None:
    data = encoded(kind, mode, **options)
    if kind == "AVIF":
        with pytest.raises(UnsupportedMime, match="send it as PNG, JPEG or WebP"):
            await batch.of_bytes("image", data)
        return
    image = await batch.of_bytes("image", data)
    assert (image.content_type, (image.width, image.height)) == (content_type, SIZE)
    assert (image.size, image.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert image.read() == data


async def test_bytes_may_come_in_pieces_or_as_base64(batch: Batch) -> None:
    arriving = batch.arriving("image")
    for start in range(0, len(PNG), 10):
        await arriving.add(PNG[start : start + 10])
    received = await batch.received(arriving)
    in_base64 = await batch.decoded("image_base64", text_of(PNG))
    assert received.sha256 == in_base64.sha256
    assert received.read() == in_base64.read() == PNG


async def test_nothing_of_a_picture_stays_in_memory(batch: Batch) -> None:
    data = PNG[:-12] + bytes(MOST_BYTES - len(PNG)) + PNG[-12:]
    text = text_of(data)
    del data
    tracemalloc.start()
    images = [await batch.decoded("image_base64", text) for _ in range(10)]
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(images) == 10
    assert kept < 100_000
    assert most < 4 * CHUNK


async def test_released_pictures_are_gone_and_others_stay(batch: Batch, files: LocalBlobs) -> None:
    other = batch.__class__(files, files, InputLimits(MOST_BYTES, MOST_PIXELS))
    first = await batch.of_bytes("image", PNG)
    second = await other.of_bytes("image", PNG)
    assert len(left(files)) == 2
    batch.release()
    batch.release()
    assert len(left(files)) == 1
    assert second.read() == PNG
    with pytest.raises(FileNotFoundError):
        first.read()


async def test_a_batch_that_is_gone_takes_nothing_more(batch: Batch, files: LocalBlobs) -> None:
    arriving = batch.arriving("image")
    await arriving.add(PNG)
    batch.release()
    with pytest.raises(StorageUnavailable):
        await arriving.flush()
    assert left(files) == []


async def test_what_is_not_needed_longer_goes_first(batch: Batch, files: LocalBlobs) -> None:
    arriving = batch.arriving("body")
    await batch.of_bytes("image", PNG)
    batch.drop(arriving)
    assert len(left(files)) == 1
    batch.release()
    assert left(files) == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", UnsupportedMime),
        (b"words", UnsupportedMime),
        (b"\x1f\x8b\x08" + bytes(40), UnsupportedMime),
        (PNG[:-20], UnsupportedMime),
        (encoded("JPEG")[:-20], UnsupportedMime),
        (encoded("WEBP")[:-20], UnsupportedMime),
        (bomb(50_000, 50_000), UnsupportedMime),
        (bomb(8_000, 8_000), InvalidParams),
        (bytes(MOST_BYTES + 1), BodyTooLarge),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name(
    batch: Batch, data: bytes, kind: type[LimnerError]
) -> None:
    for given in (batch.of_bytes("image", data), batch.decoded("image", text_of(data))):
        with pytest.raises(kind) as caught:
            await given
        assert type(caught.value) is kind
        assert caught.value.param == "image"
        assert caught.value.message.startswith("image ")


async def test_a_picture_with_a_film_behind_it_is_a_picture(batch: Batch) -> None:
    photo = encoded("JPEG") + b"\x00\x00\x00\x18ftypmp42" + bytes(200_000)
    assert (await batch.of_bytes("image", photo)).content_type == "image/jpeg"


async def test_base64_that_is_none_is_refused(batch: Batch) -> None:
    with pytest.raises(InvalidParams, match="no base64") as caught:
        await batch.decoded("image_base64", memoryview(b"https://example.com/a.png"))
    assert caught.value.param == "image_base64"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_mask_must_be_able_to_be_transparent(batch: Batch, kind: str) -> None:
    with pytest.raises(InvalidParams, match="no alpha channel") as caught:
        await batch.of_bytes("mask", encoded(kind, "L" if kind == "PNG" else "RGB"), mask=True)
    assert caught.value.param == "mask"
    clear = await batch.of_bytes("mask", encoded("PNG", "RGBA"), mask=True)
    assert clear.content_type == "image/png"


def file(data: bytes) -> File:
    sha256 = hashlib.sha256(data).hexdigest()
    return File("file_1", "f_0001", "vision", "a.png", len(data), sha256, "image/png", 0)


def artifact(data: bytes) -> Artifact:
    sha256 = hashlib.sha256(data).hexdigest()
    return Artifact("a_0001", "imgjob_1", 0, len(data), sha256, "image/png", *SIZE, None)


async def test_what_is_stored_already_is_read_where_it_lies(
    batch: Batch, files: LocalBlobs, pictures: LocalBlobs
) -> None:
    files.write("f_0001", PNG)
    pictures.write("a_0001", PNG)
    for image in (
        await batch.of_file("image_file_id", file(PNG)),
        await batch.of_artifact("image_url", artifact(PNG)),
    ):
        assert ((image.width, image.height), image.read()) == (SIZE, PNG)
    assert left(files) == []
    batch.release()
    assert files.read("f_0001", 0, len(PNG)) == PNG


async def test_what_is_deleted_meanwhile_is_not_found(
    batch: Batch, files: LocalBlobs, pictures: LocalBlobs
) -> None:
    files.write("f_0001", PNG)
    image = await batch.of_file("image_file_id", file(PNG))
    files.remove("f_0001")
    with pytest.raises(NotFound):
        await asyncio.to_thread(image.read)
    with pytest.raises(NotFound) as caught:
        await batch.of_file("image_file_id", file(PNG))
    assert caught.value.param == "image_file_id"
    large = File("file_1", "f_1", "vision", "a", MOST_BYTES + 1, "", "image/png", 0)
    with pytest.raises(BodyTooLarge):
        await batch.of_file("image_file_id", large)
