"""A blob is whole and flushed before anybody hears of it, or it is not there at all."""

import errno
import os
import resource
import time
from pathlib import Path

import pytest

from limner.files.blobs import STALE_S, LocalBlobs
from limner.ids import new_id

NO_ROOM = OSError(errno.ENOSPC, "no space left on device")


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "data" / "blobs")


def left_over(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_was_written_is_read_back_whole_or_in_parts(blobs: LocalBlobs) -> None:
    blob_id = new_id("a")
    blobs.write(blob_id, b"0123456789")
    assert blobs.read(blob_id, 0, 10) == b"0123456789"
    assert blobs.read(blob_id, 3, 4) == b"3456"
    assert blobs.read(blob_id, 8, 100) == b"89"
    assert blobs.read(blob_id, 50, 1) == b""


def test_bytes_are_flushed_before_they_get_a_name_and_the_name_before_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    blob_id = new_id("a")
    target = blobs.path(blob_id)
    steps: list[tuple[str, bool]] = []
    fsync = os.fsync

    def recorded(descriptor: int) -> None:
        fsync(descriptor)
        steps.append((os.readlink(f"/proc/self/fd/{descriptor}"), target.exists()))

    monkeypatch.setattr(os, "fsync", recorded)
    blobs.write(blob_id, b"bytes")
    root = str(tmp_path / "blobs")
    assert steps == [
        (root, False),
        (f"{root}/tmp/{blob_id}.part", False),
        (str(target.parent), True),
    ]
    steps.clear()
    again = new_id("a")
    blobs.write(again, b"bytes")
    assert [path for path, _ in steps] == [f"{root}/tmp/{again}.part", str(target.parent)]


@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_flush_that_fails_leaves_nothing_behind(
    blobs: LocalBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    calls = 0

    def failing(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == which:
            raise NO_ROOM

    blob_id = new_id("a")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="no space"):
            blobs.write(blob_id, b"bytes")
    assert left_over(tmp_path) == []
    blobs.write(blob_id, b"other bytes")
    assert blobs.read(blob_id, 0, 100) == b"other bytes"


def test_a_file_the_system_cuts_short_leaves_no_half(blobs: LocalBlobs, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            blobs.write(new_id("a"), bytes(300_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert left_over(tmp_path) == []


def test_removing_what_is_gone_is_no_error(blobs: LocalBlobs) -> None:
    blob_id = new_id("a")
    blobs.write(blob_id, b"bytes")
    blobs.remove(blob_id)
    blobs.remove(blob_id)
    with pytest.raises(FileNotFoundError):
        blobs.read(blob_id, 0, 1)


def test_all_ids_come_in_order(blobs: LocalBlobs) -> None:
    ids = [f"a_0{day}ABC{number:021}" for day in range(1, 4) for number in range(5)]
    for one in reversed(ids):
        blobs.write(one, b"x")
    assert list(blobs.ids()) == ids


def test_a_writer_that_died_leaves_a_part_which_is_swept_after_an_hour(
    blobs: LocalBlobs, tmp_path: Path
) -> None:
    old, fresh = (tmp_path / "data" / "blobs" / "tmp" / f"{age}.part" for age in ("old", "fresh"))
    for part in (old, fresh):
        part.write_bytes(b"half")
    long_ago = time.time() - STALE_S - 1
    os.utime(old, (long_ago, long_ago))
    blobs.sweep_temporary()
    assert left_over(tmp_path) == [fresh]
    assert list(blobs.ids()) == []
