"""Blobs that rows promise, into the archive while the server goes on.

Some expire or are deleted meanwhile. Their row says so by then, for it is gone before its blob; so
a blob that is not there is lost only if its row still is.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import UnsupportedOperation
from typing import BinaryIO, Literal, TypeAlias

import msgspec

from limner.backup import store
from limner.backup.archive import ArchiveWriter
from limner.backup.manifest import Stored
from limner.backup.snapshot import Snapshot
from limner.db.base import Database
from limner.files.blobs import BlobStore, leave_no_cache

MOST_NAMED = 20


Told: TypeAlias = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is, and of how much."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`own` is the column with the name that bytes are written under.

    `promised` selects names of blobs, bytes and SHA-256; `stays` one row, while somebody has one.
    """

    name: Literal["pictures", "files"]
    own: str
    promised: str
    stays: str

    def blob(self, shared: bool) -> str:
        """What a row's blob is called; before schema 0008 no two rows shared one."""
        return f"COALESCE(stored_as, {self.own})" if shared else self.own


PICTURES = Kind("pictures", "id", store.PICTURES, store.PICTURE_STAYS)
FILES = Kind("files", "blob", store.FILES, store.FILE_STAYS)


class Promise(msgspec.Struct, frozen=True, array_like=True):
    """A blob as the rows that have it say."""

    blob: str
    bytes: int
    sha256: str


class Promises:
    """The blobs of one kind, noted in a file of their own: there may be millions."""

    def __init__(self, kind: Kind, notes: BinaryIO) -> None:
        self.kind = kind
        self.shared = True
        self.number = 0
        self._notes = notes

    async def note(
        self, shot: Snapshot, moment_us: int, *, shared: bool, originals: bool = False
    ) -> None:
        """`originals`: whether the schema knows pictures that others were made from."""
        self.shared, name = shared, self.kind.blob(shared)
        promised = self.kind.promised
        if originals and self.kind == PICTURES:
            promised = store.WITH_ORIGINALS
        async for rows in shot.batches(promised.format(name=name, moment=moment_us)):
            self._notes.write(msgspec.json.Encoder().encode_lines(rows))
            self.number += len(rows)

    def __iter__(self) -> Iterator[Promise]:
        self._notes.seek(0)
        decoder = msgspec.json.Decoder(Promise)
        return map(decoder.decode, self._notes)


@dataclass(slots=True)
class Tally:
    """What became of the blobs of one kind."""

    number: int = 0
    bytes: int = 0
    gone: list[str] = field(default_factory=list)
    """Names of those whose last row ended while the backup was taken."""
    lost: int = 0
    damaged: int = 0
    wrong: list[str] = field(default_factory=list)
    """The first that are lost or damaged, by name."""

    def name(self, blob: str) -> None:
        if len(self.wrong) < MOST_NAMED:
            self.wrong.append(blob)

    def stored(self) -> Stored:
        return Stored(self.number, self.bytes, len(self.gone), self.lost, self.damaged)


async def copied(
    promises: Promises, blobs: BlobStore, database: Database, writer: ArchiveWriter, told: Told
) -> Tally:
    """Copy every blob that is there; say of every other one why it is not. Raises OSError."""
    tally, kind = Tally(), promises.kind
    for done, one in enumerate(promises, 1):
        if not copy(one, blobs, kind, writer, tally):
            await explain(one, promises, database, tally)
        told(kind.name, done, promises.number)
    return tally


def copy(one: Promise, blobs: BlobStore, kind: Kind, writer: ArchiveWriter, tally: Tally) -> bool:
    """Whether it is there to be copied."""
    try:
        with blobs.open(one.blob) as blob:
            size = blobs.size(one.blob)
            digest = writer.copy(f"{kind.name}/{one.blob}", blob, size)
            with suppress(UnsupportedOperation):  # an object store's is no file of this machine
                leave_no_cache(blob.fileno())
    except FileNotFoundError:
        return False
    tally.number += 1
    tally.bytes += size
    if (size, digest) != (one.bytes, one.sha256):
        tally.damaged += 1
        tally.name(one.blob)
    return True


async def explain(one: Promise, promises: Promises, database: Database, tally: Tally) -> None:
    stays = (promises.kind.stays, *((store.SHARED,) if promises.shared else ()))
    if any([await database.fetch(sql, {"blob": one.blob}) for sql in stays]):
        tally.lost += 1
        tally.name(one.blob)
    else:
        tally.gone.append(one.blob)
