"""An archive: any tar can open it, and whatever was changed in it is found by its name."""

import os
import tarfile
from pathlib import Path

import pytest
from tests.backup.house import House, place, restored

from limner.backup import manifest as manifests
from limner.backup.archive import BLOCK, opened
from limner.backup.manifest import ROOM
from limner.backup.refusal import BackupRefused


@pytest.fixture
async def archive(house: House) -> Path:
    return Path((await house.backup()).archive)


async def refusal(archive: Path) -> BackupRefused:
    """What a restore says; asserts that it left nothing."""
    folder = archive.with_name("new")
    with pytest.raises(BackupRefused) as refused:
        await restored(archive, place(folder))
    assert not folder.exists()
    return refused.value


def change(path: Path, offset: int) -> None:
    """One bit is not what it was."""
    with open(path, "r+b") as file:
        file.seek(offset)
        (before,) = file.read(1)
        file.seek(offset)
        file.write(bytes([before ^ 1]))


def exchange(path: Path, old: str, new: str) -> None:
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode()))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_any_tar_can_open_it_and_only_its_owner_may(archive: Path) -> None:
    assert os.stat(archive).st_mode & 0o777 == 0o600
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        sums = tar.extractfile("SHA256SUMS")
        assert sums is not None
        listed = [line.split()[1].decode() for line in sums]
    assert names[:2] == ["manifest.json", "manifest.sha256"]
    assert [*names[:2], *listed, "SHA256SUMS"] == names
    assert {name.partition("/")[0] for name in listed} == {
        "tables",
        "pictures",
        "files",
        "gone.json",
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_part_that_was_changed_is_named(archive: Path) -> None:
    with opened(archive) as source:
        places = {part.name: part.offset for part in source.parts()}
        sums = source.manifest.sums
    places |= {"manifest.json": BLOCK + 20, "SHA256SUMS": sums.offset}
    assert len(places) > 10
    for name, offset in places.items():
        change(archive, offset)
        refused = await refusal(archive)
        assert (refused.code, name in str(refused)) == ("archive_damaged", True), name
        change(archive, offset)
    assert (await restored(archive, place(archive.with_name("new")))).closed == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_that_is_cut_off_is_refused(archive: Path) -> None:
    whole = os.stat(archive).st_size
    for size in (whole - 2048, whole // 2, BLOCK + ROOM - 1, 100, 0):
        os.truncate(archive, size)
        assert (await refusal(archive)).code in ("no_archive", "archive_damaged")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_part_that_is_none_of_a_backup_is_refused(archive: Path) -> None:
    with opened(archive) as source:
        (picture,) = [part for part in source.parts() if part.name.startswith("pictures/")]
    exchange(archive, picture.name, f"pictures/../{picture.name[12:]}")
    assert "is not as it was written" in str(await refusal(archive))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_backup_is_refused(house: House) -> None:
    other = house.folder / "other"
    other.write_bytes(b"words" * 10_000)
    assert (await refusal(other)).code == "no_archive"
    with tarfile.open(other, "w") as tar:
        tar.add(house.pictures, "pictures")
    assert (await refusal(other)).code == "no_archive"


def test_the_manifest_of_a_later_format_names_the_limner_that_is_needed() -> None:
    text = b'{"format": 2, "limner": "7.5.0", "unknown": true}'
    with pytest.raises(BackupRefused, match=r"limner 7\.5\.0.*too old"):
        manifests.read(text)
