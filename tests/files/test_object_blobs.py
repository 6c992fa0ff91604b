"""A bucket keeps bytes as a disk does: whole or not at all, and trouble is told as OSError."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.standins.object_store import Kind, ObjectStoreStandIn, object_store

from limner.errors import ConfigError
from limner.files import object_blobs
from limner.files.blobs import BlobStore, LocalBlobs
from limner.files.object_blobs import ObjectBlobs
from limner.files.object_blobs import object_store as opened
from limner.files.places import described, stores, tried
from limner.ids import new_id

DATA = bytes(range(256)) * 100
SAID = "the object store"


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStoreStandIn]:
    with object_store() as standin:
        for name, value in standin.environ().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(object_blobs, "RETRIES", 1)
        monkeypatch.setattr(object_blobs, "REQUEST", "1s")
        monkeypatch.setattr(object_blobs, "PAUSES", (0.1,))
        yield standin


@pytest.fixture(params=["local", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "local":
        return LocalBlobs(tmp_path / "blobs")
    standin: ObjectStoreStandIn = request.getfixturevalue("standin")
    return in_bucket(standin, tmp_path)


def in_bucket(standin: ObjectStoreStandIn, folder: Path, name: str = "blobs") -> ObjectBlobs:
    return ObjectBlobs(opened(f"{standin.store}/{name}"), folder / "tmp")


def left_over(blobs: BlobStore) -> list[Path]:
    return list(blobs.temporary.iterdir())


def test_what_was_written_is_read_back_whole_or_in_parts(blobs: BlobStore) -> None:
    blob_id = new_id("a")
    blobs.write(blob_id, DATA)
    assert blobs.read(blob_id, 0, len(DATA)) == DATA
    assert blobs.read(blob_id, 300, 4) == DATA[300:304]
    assert blobs.read(blob_id, len(DATA) - 2, 100) == DATA[-2:]
    assert blobs.size(blob_id) == len(DATA)
    with blobs.open(blob_id) as blob:
        blob.seek(256)
        assert (blob.read(3), blob.read()) == (DATA[256:259], DATA[259:])


def test_a_blob_comes_in_parts_and_is_there_once_it_is_kept(blobs: BlobStore) -> None:
    blob_id = new_id("f")
    part = blobs.part(blob_id)
    part.add(DATA[:100])
    part.add(DATA[100:])
    assert list(blobs.ids()) == []
    part.keep()
    part.discard()
    assert (blobs.read(blob_id, 0, len(DATA)), left_over(blobs)) == (DATA, [])
    other = blobs.part(new_id("f"))
    other.add(DATA)
    other.discard()
    assert (list(blobs.ids()), left_over(blobs)) == ([blob_id], [])


def test_what_is_not_there_is_told_alike(blobs: BlobStore, tmp_path: Path) -> None:
    blob_id = new_id("a")
    blobs.remove(blob_id)
    for ask in (
        lambda: blobs.size(blob_id),
        lambda: blobs.read(blob_id, 0, 1),
        lambda: blobs.open(blob_id),
        lambda: blobs.at_hand(blob_id, tmp_path / "spare").read_bytes(),
    ):
        with pytest.raises(FileNotFoundError):
            ask()


def test_blobs_are_listed_in_order_with_sizes_and_removed(blobs: BlobStore) -> None:
    names = sorted(new_id("a") for _ in range(5))
    for size, name in enumerate(names, 1):
        blobs.write(name, DATA[:size])
    assert list(blobs.ids()) == names
    assert [one.size for one in blobs.found()] == [1, 2, 3, 4, 5]
    blobs.remove(names[2])
    assert list(blobs.ids()) == names[:2] + names[3:]


def test_a_blob_is_at_hand_as_a_file_of_this_machine(blobs: BlobStore, tmp_path: Path) -> None:
    blob_id = new_id("a")
    blobs.write(blob_id, DATA)
    assert blobs.at_hand(blob_id, tmp_path / "spare").read_bytes() == DATA


def test_the_bytes_of_another_store_are_adopted(
    blobs: BlobStore, standin: ObjectStoreStandIn, tmp_path: Path
) -> None:
    others: tuple[BlobStore, ...] = (
        LocalBlobs(tmp_path / "other"),
        in_bucket(standin, tmp_path, "other"),
    )
    for number, source in enumerate(others):
        theirs, ours = new_id("a"), new_id("f")
        source.write(theirs, DATA[number:])
        blobs.adopt(ours, source, theirs)
        source.remove(theirs)
        assert blobs.read(ours, 0, len(DATA)) == DATA[number:]


@pytest.mark.parametrize("kind", ["slow_down", "lost", "wrong_etag", "error_in_200", "expired"])
def test_a_fault_that_passes_costs_nothing(
    standin: ObjectStoreStandIn, tmp_path: Path, kind: Kind
) -> None:
    """Also where the first try was done and only its answer lost: the second finds its bytes."""
    blobs, blob_id = in_bucket(standin, tmp_path), new_id("a")
    standin.script("PUT", kind)
    blobs.write(blob_id, DATA)
    assert blobs.read(blob_id, 0, len(DATA)) == DATA


@pytest.mark.parametrize("kind", ["expired", "denied", "short", "slow_down"])
def test_what_was_not_stored_whole_is_never_called_stored(
    standin: ObjectStoreStandIn, tmp_path: Path, kind: Kind
) -> None:
    blobs = in_bucket(standin, tmp_path)
    standin.script("PUT", kind, times=9)
    with pytest.raises(OSError, match=SAID):
        blobs.write(new_id("a"), DATA)
    part = blobs.part(new_id("f"))
    part.add(DATA)
    with pytest.raises(OSError, match=SAID):
        part.keep()
    part.discard()
    assert left_over(blobs) == []


def test_a_store_that_is_slow_for_too_long_is_an_error(
    standin: ObjectStoreStandIn, tmp_path: Path
) -> None:
    blobs = in_bucket(standin, tmp_path)
    standin.script("PUT", "hang", times=2, value=1.5)
    with pytest.raises(OSError, match=SAID) as told:
        blobs.write(new_id("a"), DATA)
    assert standin.url not in str(told.value)


def test_a_store_that_is_away_is_an_error_and_says_nothing_of_keys(
    standin: ObjectStoreStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setattr(object_blobs, "RETRIED_FOR", timedelta(seconds=1))
    blobs = in_bucket(standin, tmp_path)
    for ask in (lambda: blobs.write(new_id("a"), DATA), lambda: list(blobs.ids())):
        with pytest.raises(OSError, match=SAID) as told:
            ask()
        assert "standin" not in str(told.value)


def test_the_setting_says_where_bytes_lie(standin: ObjectStoreStandIn, tmp_path: Path) -> None:
    pictures, files = stores(standin.store, tmp_path)
    pictures.write("a_01KA7M3W8Y5D2F4H6J8K0M2N4P", DATA)
    files.write("f_01KA7M3W8Y5D2F4H6J8K0M2N4P", DATA)
    assert standin.keys() == [
        "limner/blobs/01KA7/a_01KA7M3W8Y5D2F4H6J8K0M2N4P",
        "limner/files/01KA7/f_01KA7M3W8Y5D2F4H6J8K0M2N4P",
    ]
    tried(stores(standin.store, tmp_path))
    tried(stores("", tmp_path))
    assert len(standin.keys()) == 2
    assert described("", tmp_path) == str(tmp_path / "blobs")


@pytest.mark.parametrize("url", ["ftp://a/b", "s3://", "bucket", "http://a/b", "az://container"])
def test_a_setting_that_leads_nowhere_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        stores(url, tmp_path)
