"""A picture kept as a file has its bytes for itself: it outlives the picture, on any disk."""

import errno
import os
from pathlib import Path

import pytest
from tests.files.pictures import encoded

from limner.files.artifact import Artifact
from limner.files.blobs import LocalBlobs
from limner.files.file import Quota
from limner.files.shelf import Shelf
from limner.ids import new_id

PNG = encoded()
QUOTA = Quota(file_bytes=1000, files=10, bytes=10_000)


@pytest.fixture
def pictures(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "files")


def stored(pictures: LocalBlobs, position: int = 0) -> Artifact:
    artifact_id = new_id("a")
    pictures.write(artifact_id, PNG)
    return Artifact(
        artifact_id, "imgjob_1", position, len(PNG), "ab" * 32, "image/png", 37, 21, None
    )


@pytest.mark.parametrize("linkable", [True, False])
async def test_a_kept_picture_outlives_the_one_that_expires(
    pictures: LocalBlobs, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch, linkable: bool
) -> None:
    def other_disk(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "cross-device link")

    if not linkable:
        monkeypatch.setattr(os, "link", other_disk)
    artifacts = [stored(pictures, position) for position in range(2)]
    filing = await Shelf(pictures, blobs, QUOTA).prepare(artifacts)
    assert [one["filename"] for one in filing.new_files] == ["imgjob_1-1.png", "imgjob_1-2.png"]
    assert filing.file_ids.keys() == {one.id for one in artifacts}
    for one in artifacts:
        pictures.remove(one.id)
    kept = list(blobs.ids())
    assert kept == sorted(str(one["blob"]) for one in filing.new_files)
    assert [blobs.read(one, 0, 10**6) for one in kept] == [PNG, PNG]
    assert blobs.path(kept[0]).stat().st_nlink == 1


async def test_what_did_not_become_a_file_is_dropped_and_the_picture_stays(
    pictures: LocalBlobs, blobs: LocalBlobs
) -> None:
    shelf, artifact = Shelf(pictures, blobs, QUOTA), stored(pictures)
    await shelf.drop(await shelf.prepare([artifact]))
    assert list(blobs.ids()) == []
    assert pictures.read(artifact.id, 0, 10**6) == PNG


async def test_a_disk_that_takes_only_some_of_them_is_left_with_none(
    pictures: LocalBlobs, blobs: LocalBlobs
) -> None:
    kept, lost = stored(pictures), stored(pictures, 1)
    pictures.remove(lost.id)
    with pytest.raises(OSError, match="No such file"):
        await Shelf(pictures, blobs, QUOTA).prepare([kept, lost])
    assert list(blobs.ids()) == []


async def test_a_store_that_does_not_remove_what_was_dropped_breaks_nothing(
    pictures: LocalBlobs, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(pictures, blobs, QUOTA)
    filing = await shelf.prepare([stored(pictures)])

    def slow_down(blob_id: str) -> None:
        raise OSError("slow down")

    monkeypatch.setattr(blobs, "remove", slow_down)
    await shelf.drop(filing)
    assert len(list(blobs.ids())) == 1
