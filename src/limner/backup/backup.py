"""A backup: every table as of one moment, then the pictures and files its rows promise."""

import gzip
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Literal, cast

import msgspec

from limner import __version__
from limner.backup import store
from limner.backup.archive import ArchiveWriter
from limner.backup.manifest import FORMAT, GONE, Gone, Manifest
from limner.backup.promised import FILES, PICTURES, Promises, Tally, Told, copied
from limner.backup.refusal import BackupRefused
from limner.backup.snapshot import Snapshot, first, snapshot, tables
from limner.db import schema
from limner.db.base import Database
from limner.durable import flush_folder
from limner.files.places import Stores

QUICKLY = 1
"""Level of compression: a third of the time of the usual one, and nearly as small."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to take a backup of, and where to.

    `secret` goes into the archive; `fingerprint` is that of the server's, wherever it is kept.
    """

    database_url: str
    data_dir: Path
    blobs: Stores
    secret: str | None
    fingerprint: str | None
    with_pictures: bool
    target: Path


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was taken; `wrong` names blobs that are not as their rows say."""

    archive: str
    bytes: int
    manifest: Manifest
    wrong: list[str]


async def backup(wanted: Wanted, told: Told) -> Taken:
    """Take a backup. Raises BackupRefused, DatabaseAway, OSError, with nothing left behind."""
    database = await schema.connect(wanted.database_url, migrate=False)
    try:
        if await schema.version(database) is None:
            raise BackupRefused("the database is empty: no server has worked with it", "no_data")
        with kept(wanted.target) as out:
            return await taken(wanted, database, out, told)
    finally:
        await database.close()


@contextmanager
def kept(target: Path) -> Iterator[BinaryIO]:
    """A file that only its owner may read, and that has its name only once it is whole."""
    part = target.with_name(f"{target.name}.part")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        raise BackupRefused(
            f"{part} is there already: another backup is being written, or one was cut off. If "
            "none is being written, delete it",
            "archive_exists",
        ) from None
    try:
        with open(descriptor, "w+b") as out:
            yield out
        os.rename(part, target)
        flush_folder(target.parent)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(target)  # what cannot be written names no file by itself
        raise


async def taken(wanted: Wanted, database: Database, out: BinaryIO, told: Told) -> Taken:
    folder = str(wanted.target.parent)
    with ExitStack() as stack:
        kinds = (PICTURES, FILES) if wanted.with_pictures else (FILES,)
        notes = [Promises(kind, stack.enter_context(TemporaryFile(dir=folder))) for kind in kinds]
        moment_us = cast(int, (await database.fetch(store.MOMENT))[0][0])
        moment = moment_us // 1_000_000
        async with snapshot(wanted.database_url) as shot:
            revision, fingerprint = await checked(shot, wanted)
            writer = stack.enter_context(ArchiveWriter(out, folder, moment))
            if wanted.secret is not None:
                writer.add("secret", f"{wanted.secret}\n".encode())
            rows = await dumped(shot, writer, told)
            originals = "original_as" in (await tables(shot))["artifact"]
            for promises in notes:
                await promises.note(shot, moment_us, shared="blob" in rows, originals=originals)
        stores = {PICTURES: wanted.blobs.pictures, FILES: wanted.blobs.files}
        tallies = {PICTURES: Tally(), FILES: Tally()}
        for promises in notes:
            blobs = stores[promises.kind]
            tallies[promises.kind] = await copied(promises, blobs, database, writer, told)
        gone = Gone(tallies[PICTURES].gone, tallies[FILES].gone)
        writer.add(GONE, msgspec.json.encode(gone))
        manifest = Manifest(
            format=FORMAT,
            limner=__version__,
            schema=revision,
            database=cast(Literal["sqlite", "postgresql"], shot.kind),
            taken_at=datetime.fromtimestamp(moment, UTC).isoformat(),
            fingerprint=fingerprint,
            has_secret=wanted.secret is not None,
            has_pictures=wanted.with_pictures,
            rows=rows,
            pictures=tallies[PICTURES].stored(),
            files=tallies[FILES].stored(),
            sums=writer.sums(),
        )
        writer.seal(manifest)
    wrong = tallies[PICTURES].wrong + tallies[FILES].wrong
    return Taken(str(wanted.target), os.fstat(out.fileno()).st_size, manifest, wrong)


async def checked(shot: Snapshot, wanted: Wanted) -> tuple[str, str | None]:
    """Schema and fingerprint of the database. Raises BackupRefused for what is not ours to read."""
    revision = str(await first(shot, store.VERSION))
    if revision > schema.HEAD:
        raise BackupRefused(
            f"the database has schema {revision}, which a newer limner made; this one knows "
            f"{schema.HEAD} and older. Take the backup with the limner that serves it",
            "schema_too_new",
        )
    fingerprint: str | None = await first(shot, store.FINGERPRINT)
    if fingerprint and wanted.fingerprint and fingerprint != wanted.fingerprint:
        raise BackupRefused(
            f"the server's secret and its database do not belong together: is "
            f"{wanted.data_dir} the data folder of this server? Name it with --data",
            "wrong_secret",
        )
    return revision, fingerprint


async def dumped(shot: Snapshot, writer: ArchiveWriter, told: Told) -> dict[str, int]:
    """Write every table in parts; how many rows each has."""
    known = await tables(shot)
    numbers = {table: int(await first(shot, store.count(table))) for table in known}
    done, of = 0, sum(numbers.values())
    for table, columns in known.items():
        part = 0
        async for rows in shot.batches(store.everything(table, columns)):
            text = msgspec.json.Encoder().encode_lines([columns, *rows])
            writer.add(f"tables/{table}/{part:06}.jsonl.gz", gzip.compress(text, QUICKLY, mtime=0))
            part, done = part + 1, done + len(rows)
            told("rows", done, of)
    return numbers
