"""A small limner with a picture, a file and money in it, and what becomes of its backups."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from tests.faults.invariants import breaches
from tests.generation.studios import Scene

from limner.backup.archive import opened
from limner.backup.backup import Taken, Wanted, backup
from limner.backup.place import Place
from limner.backup.restore import Restored, batches, restore
from limner.db import schema
from limner.db.base import Row
from limner.files.file import File, Quota
from limner.files.files import Files
from limner.files.places import stores
from limner.files.uploads import Upload, Uploads

QUOTA = Quota(file_bytes=99, files=9, bytes=999)
Told = Callable[[str, int, int], None]


def nobody(doing: str, done: int, of: int) -> None:
    """Hears nothing."""


@dataclass(frozen=True, slots=True)
class House:
    scene: Scene
    url: str
    folder: Path
    """For archives and restored data."""

    @property
    def pictures(self) -> Path:
        return self.scene.blobs

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            database_url=self.url,
            data_dir=self.folder,
            blobs=stores("", self.scene.blobs.parent, make=False),
            secret=None,
            fingerprint=None,
            with_pictures=True,
            target=self.folder / "house.tar",
        )

    @property
    def files(self) -> Files:
        return Files(self.scene.database, self.wanted.blobs.files)

    async def upload(self, words: bytes) -> File:
        uploads = Uploads(self.scene.database, self.wanted.blobs.files, self.files, QUOTA)
        begun = await uploads.begin(self.scene.caller.workspace_id, None)
        assert isinstance(begun, Upload)
        await uploads.add(begun, words)
        return await uploads.store(begun, filename="a", declared="", purpose="user_data")

    async def backup(self, told: Told = nobody, *, pictures: bool = True) -> Taken:
        return await backup(replace(self.wanted, with_pictures=pictures), told)


def place(folder: Path, url: str = "") -> Place:
    return Place(folder, url or f"sqlite:///{folder / 'limner.db'}", secret="")


async def restored(archive: Path, at: Place, *, hush: bool = False) -> Restored:
    return await restore(archive, at, nobody, hush=hush)


async def rows(at: Place, sql: str) -> list[Row]:
    database = await schema.connect(at.database_url, migrate=False)
    try:
        return await database.fetch(sql)
    finally:
        await database.close()


async def broken(at: Place) -> list[str]:
    database = await schema.connect(at.database_url, migrate=False)
    try:
        return await breaches(database, at.data_dir / "blobs")
    finally:
        await database.close()


def content(archive: Path) -> dict[str, list[str]]:
    """All rows of an archive, in an order of their own."""
    found: dict[str, list[str]] = {}
    with opened(archive) as source:
        for table, columns, some in batches(source):
            said = [dict(zip(columns, row, strict=True)) for row in some]
            found.setdefault(table, []).extend(
                msgspec.json.encode(one, order="sorted").decode() for one in said
            )
    return {table: sorted(lines) for table, lines in found.items()}
