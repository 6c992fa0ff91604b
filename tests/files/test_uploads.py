"""Files come whole or not at all, are counted exactly, and leave nothing behind when they go."""

import asyncio
import hashlib
import os
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.clocks import Hands
from tests.files.pictures import encoded
from tests.jobs.orders import run, workspace_with

from limner.db import schema
from limner.db.base import Database
from limner.errors import (
    BodyTooLarge,
    FileQuotaExceeded,
    InvalidParams,
    LimnerError,
    NotFound,
    StorageQuotaExceeded,
    StorageUnavailable,
    UnsupportedMime,
    UploadInProgress,
)
from limner.files import file_store
from limner.files.blobs import STALE_S, LocalBlobs
from limner.files.file import File, Quota, Usage
from limner.files.files import Files
from limner.files.orphans import ORPHAN_S
from limner.files.spool import CHUNK
from limner.files.uploads import Upload, Uploads

PNG = encoded()
OTHER = encoded(mode="L")
QUOTA = Quota(file_bytes=2_000_000, files=20, bytes=5_000_000)


class House:
    """The files of a process on a database, and a workspace that may have some."""

    def __init__(self, database: Database, folder: Path, workspace_id: str, clock: Hands) -> None:
        self.blobs = LocalBlobs(folder)
        self.folder = folder
        self.database = database
        self.files = Files(database, self.blobs, clock)
        self.workspace_id = workspace_id
        self.clock = clock
        self.limited(QUOTA)

    def limited(self, quota: Quota) -> None:
        self.uploads = Uploads(self.database, self.blobs, self.files, quota)

    async def begin(self, key: str | None = None) -> Upload:
        begun = await self.uploads.begin(self.workspace_id, key)
        assert isinstance(begun, Upload)
        return begun

    async def upload(
        self, data: bytes = PNG, key: str | None = None, purpose: str = "user_data"
    ) -> File:
        """As the edge does it."""
        begun = await self.uploads.begin(self.workspace_id, key)
        if isinstance(begun, File):
            return begun
        try:
            await self.uploads.add(begun, data)
            return await self.uploads.store(begun, filename="a.png", declared="", purpose=purpose)
        except BaseException:
            await self.uploads.abandon(begun)
            raise

    async def read(self, file: File) -> bytes:
        async with aclosing(self.files.read(file, 0, file.bytes)) as chunks:
            return b"".join([chunk async for chunk in chunks])

    async def usage(self) -> Usage:
        return await self.files.usage(self.workspace_id)

    async def listed(self) -> list[str]:
        page, _ = await self.files.page(
            self.workspace_id, purpose=None, after=None, order="desc", most=100
        )
        return [file.id for file in page]

    def on_disk(self) -> Sequence[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    workspace = await workspace_with(database, 0)
    return House(database, tmp_path / "files", workspace.id, Hands())


async def test_a_file_is_kept_as_it_came_and_counted(house: House) -> None:
    data = PNG + bytes(3 * CHUNK)
    begun = await house.begin()
    for start in range(0, len(data), 70_000):
        await house.uploads.add(begun, data[start : start + 70_000])
    file = await house.uploads.store(
        begun, filename="../room.png", declared="image/png", purpose="vision"
    )
    assert await house.files.get(house.workspace_id, file.id) == file
    assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (file.filename, file.content_type, file.purpose) == ("room.png", "image/png", "vision")
    assert await house.read(file) == data
    assert await house.usage() == Usage(1, len(data))


async def test_nothing_of_an_upload_is_held_in_memory_but_a_piece(house: House) -> None:
    begun = await house.begin()
    for _ in range(6):
        await house.uploads.add(begun, bytes(CHUNK // 4))
    (part,) = house.on_disk()
    assert part.stat().st_size >= CHUNK
    await house.uploads.abandon(begun)


async def test_an_upload_that_is_broken_off_leaves_nothing(house: House) -> None:
    begun = await house.begin("k")
    await house.uploads.add(begun, bytes(CHUNK))
    await house.uploads.abandon(begun)
    assert house.on_disk() == []
    assert await house.listed() == []
    assert await house.usage() == Usage(0, 0)
    assert (await house.upload(key="k")).bytes == len(PNG)


@pytest.mark.parametrize(
    ("data", "purpose", "error"),
    [
        (b"", "user_data", InvalidParams),
        (b"\0\1\2", "user_data", UnsupportedMime),
        (b"words", "vision", UnsupportedMime),
        (bytes(QUOTA.file_bytes + 1), "user_data", BodyTooLarge),
    ],
)
async def test_what_is_refused_leaves_nothing_and_its_key_is_free(
    house: House, data: bytes, purpose: str, error: type[LimnerError]
) -> None:
    with pytest.raises(error):
        await house.upload(data, "k", purpose)
    assert house.on_disk() == []
    assert await house.usage() == Usage(0, 0)
    await house.upload(key="k")


async def test_a_key_leads_to_its_first_file_and_nothing_more_is_stored(house: House) -> None:
    first = await house.upload(key="k")
    assert await house.upload(b"other words", key="k") == first
    assert await house.usage() == Usage(1, len(PNG))
    assert len(house.on_disk()) == 1
    assert (await house.upload(key="other")).id != first.id


async def test_a_key_belongs_to_its_workspace(house: House, database: Database) -> None:
    first = await house.upload(key="k")
    other = await workspace_with(database, 0, "other")
    house.workspace_id = other.id
    assert (await house.upload(key="k")).id != first.id


async def test_a_key_whose_file_is_still_coming_is_refused_for_now(house: House) -> None:
    begun = await house.begin("k")
    with pytest.raises(UploadInProgress) as refused:
        await house.begin("k")
    assert refused.value.retryable is True
    await house.uploads.add(begun, PNG)
    file = await house.uploads.store(begun, filename="a", declared="", purpose="vision")
    assert await house.upload(key="k") == file


async def test_many_senders_of_one_key_make_one_file(house: House) -> None:
    results = await asyncio.gather(
        *(house.upload(key="k") for _ in range(12)), return_exceptions=True
    )
    files = {one.id for one in results if isinstance(one, File)}
    assert len(files) == 1
    assert all(isinstance(one, File | UploadInProgress) for one in results)
    assert await house.usage() == Usage(1, len(PNG))


async def test_a_key_is_forgotten_after_a_day(house: House, database: Database) -> None:
    first = await house.upload(key="k")
    await run(database, "UPDATE upload SET until = NOW_US() - 1 WHERE key = 'k'")
    assert (await house.upload(key="k")).id != first.id
    await run(database, "UPDATE upload SET until = NOW_US() - 1")
    await house.files.sweep()
    assert await database.fetch("SELECT 1 FROM upload") == []


async def test_an_upload_that_outlives_its_key_stores_nothing(
    house: House, database: Database
) -> None:
    slow = await house.begin("k")
    await run(database, "UPDATE upload SET until = NOW_US() - 1")
    quick = await house.upload(key="k")
    await house.uploads.add(slow, PNG)
    with pytest.raises(UploadInProgress):
        await house.uploads.store(slow, filename="a", declared="", purpose="vision")
    await house.uploads.abandon(slow)
    assert await house.listed() == [quick.id]
    assert await house.usage() == Usage(1, len(PNG))
    assert len(house.on_disk()) == 1
    assert await house.upload(key="k") == quick


@pytest.mark.parametrize(
    ("quota", "kept", "error"),
    [
        (Quota(10_000, 5, 10**9), 5, FileQuotaExceeded),
        (Quota(10_000, 100, 7 * len(PNG) + 10), 7, StorageQuotaExceeded),
        (Quota(10_000, 100, len(PNG) - 1), 0, StorageQuotaExceeded),
    ],
)
async def test_a_quota_is_exact_however_many_uploads_end_at_once(
    database_url: str,
    tmp_path: Path,
    quota: Quota,
    kept: int,
    error: type[LimnerError],
) -> None:
    databases = [await schema.connect(database_url, migrate=False) for _ in range(2)]
    workspace = await workspace_with(databases[0], 0)
    houses = [House(one, tmp_path / "files", workspace.id, Hands()) for one in databases]
    for house in houses:
        house.limited(quota)
    results = await asyncio.gather(
        *(houses[number % 2].upload(PNG[:-1] + bytes([number])) for number in range(24)),
        return_exceptions=True,
    )
    refused = [one for one in results if not isinstance(one, File)]
    assert [type(one) for one in refused] == [error] * (24 - kept)
    assert await houses[0].usage() == Usage(kept, kept * len(PNG))
    assert len(houses[0].on_disk()) == kept
    for one in databases:
        await one.close()


async def test_a_deleted_file_is_gone_at_once_and_its_room_is_free(house: House) -> None:
    house.limited(Quota(10**6, 1, 10**6))
    file = await house.upload(key="k")
    with pytest.raises(FileQuotaExceeded):
        await house.upload()
    await house.files.delete(house.workspace_id, file.id)
    assert house.on_disk() == []
    assert await house.usage() == Usage(0, 0)
    for gone in (house.files.get, house.files.delete):
        with pytest.raises(NotFound):
            await gone(house.workspace_id, file.id)
    assert (await house.upload(key="k")).id != file.id


async def test_two_who_delete_one_file_free_its_room_once(house: House) -> None:
    file = await house.upload()
    await house.upload(b"words")
    results = await asyncio.gather(
        *(house.files.delete(house.workspace_id, file.id) for _ in range(5)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["NoneType", *["NotFound"] * 4]
    assert await house.usage() == Usage(1, len(b"words"))


async def test_a_reader_gets_the_whole_file_though_it_is_deleted_meanwhile(house: House) -> None:
    data = PNG + bytes(4 * CHUNK)
    file = await house.upload(data)
    async with aclosing(house.files.read(file, 0, file.bytes)) as chunks:
        first = await anext(chunks)
        await house.files.delete(house.workspace_id, file.id)
        assert first + b"".join([chunk async for chunk in chunks]) == data
    with pytest.raises(NotFound):
        await house.read(file)


async def test_the_blob_of_a_deleted_file_is_swept_when_a_crash_left_it(
    house: House, database: Database
) -> None:
    gone, kept = await house.upload(), await house.upload(OTHER)
    await database.write(file_store.DELETE, {"id": gone.id, "workspace_id": house.workspace_id})
    assert len(house.on_disk()) == 2
    assert await house.files.sweep() == 1
    assert [path.name for path in house.on_disk()] == [kept.blob]
    assert await database.fetch("SELECT id FROM file") == [(kept.id,)]
    assert await house.files.sweep() == 0


async def test_a_file_that_is_sent_twice_is_stored_once_and_counted_twice(
    house: House, database: Database
) -> None:
    first, second = await house.upload(), await house.upload()
    assert (first.id != second.id, first.blob) == (True, second.blob)
    assert [path.name for path in house.on_disk()] == [first.blob]
    assert await house.usage() == Usage(2, 2 * len(PNG))
    await house.files.delete(house.workspace_id, first.id)
    assert await house.read(second) == PNG
    await house.files.delete(house.workspace_id, second.id)
    assert (house.on_disk(), await database.fetch("SELECT name FROM blob")) == ([], [])


async def test_a_blob_that_a_crash_left_without_a_row_is_swept_and_no_other(house: House) -> None:
    kept = await house.upload()
    house.blobs.write("f_01KA7M3W8Y5D2F4H6J8K0M2N4P", b"left behind")
    assert await house.files.sweep_orphans() == 0
    house.clock.now += ORPHAN_S
    late = await house.upload(OTHER)
    assert await house.files.sweep_orphans() == 1
    house.clock.now += 10 * ORPHAN_S
    assert await house.files.sweep_orphans() == 0
    assert {path.name for path in house.on_disk()} == {kept.blob, late.blob}
    assert await house.read(kept) == PNG


async def test_half_an_upload_that_a_crash_left_is_swept_after_an_hour(house: House) -> None:
    begun = await house.begin()
    await house.uploads.add(begun, bytes(CHUNK))
    (part,) = house.on_disk()
    await house.files.sweep_orphans()
    assert house.on_disk() == [part]
    long_ago = time.time() - STALE_S - 1
    os.utime(part, (long_ago, long_ago))
    await house.files.sweep_orphans()
    assert house.on_disk() == []
    await house.uploads.abandon(begun)


async def test_a_disk_that_takes_no_more_is_told_and_nothing_is_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(StorageUnavailable):
            await house.upload(key="k")
    assert house.on_disk() == []
    assert await house.usage() == Usage(0, 0)
    await house.upload(key="k")


async def test_pages_give_every_file_once_in_either_order(house: House, database: Database) -> None:
    ids = [(await house.upload()).id for _ in range(7)]
    await run(database, "UPDATE file SET created_at = 5 WHERE id <> :id", {"id": ids[0]})
    for order in ("asc", "desc"):
        seen: list[str] = []
        more, after = True, None
        while more:
            page, more = await house.files.page(
                house.workspace_id,
                purpose=None,
                after=after,
                order="asc" if order == "asc" else "desc",
                most=3,
            )
            seen += [file.id for file in page]
            after = seen[-1]
        assert sorted(seen) == sorted(ids)
        assert len(seen) == 7
        assert ids[0] == (seen[-1] if order == "asc" else seen[0])


async def test_a_page_goes_on_behind_a_file_that_was_deleted(house: House) -> None:
    oldest, middle, _ = [await house.upload() for _ in range(3)]
    await house.files.delete(house.workspace_id, middle.id)
    page, more = await house.files.page(
        house.workspace_id, purpose=None, after=middle.id, order="desc", most=5
    )
    assert ([file.id for file in page], more) == ([oldest.id], False)


async def test_another_workspace_finds_none_of_it(house: House, database: Database) -> None:
    file = await house.upload()
    other = (await workspace_with(database, 0, "other")).id
    with pytest.raises(NotFound):
        await house.files.get(other, file.id)
    with pytest.raises(NotFound):
        await house.files.delete(other, file.id)
    with pytest.raises(InvalidParams):
        await house.files.page(other, purpose=None, after=file.id, order="desc", most=5)
    assert await house.files.usage(other) == Usage(0, 0)
    assert await house.read(file) == PNG


async def test_a_store_that_removes_nothing_spoils_no_answer_and_a_sweep_makes_up_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_down(blob_id: str) -> None:
        raise OSError("slow down")

    first = await house.upload()
    with monkeypatch.context() as patch:
        patch.setattr(house.blobs, "remove", slow_down)
        again = await house.upload()
        house.limited(Quota(file_bytes=2_000_000, files=3, bytes=2 * len(PNG) + 1))
        with pytest.raises(StorageQuotaExceeded):
            await house.upload(OTHER)
    assert again.blob == first.blob
    assert await house.usage() == Usage(2, 2 * len(PNG))
    await house.files.sweep_orphans()
    house.clock.now += ORPHAN_S
    assert await house.files.sweep_orphans() == 2
    assert await house.read(again) == PNG
