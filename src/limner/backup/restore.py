"""A restore: into an empty place only, and visible only once all of it is there.

The archive is read to its end before anything is written, so that a damaged one changes nothing.
Until the last step the new data have other names; what a restore that was cut off left under those
is removed by the next one.
"""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec

from limner.backup.archive import Archive, Part, opened
from limner.backup.closing import (
    NO_BLOBS_OF_PICTURES,
    NOBODY_RUNS,
    Amendment,
    Omission,
    close_running,
    let_go,
    pictures_gone,
)
from limner.backup.loading import loading, refuse_used
from limner.backup.manifest import GONE, Gone, Manifest
from limner.backup.place import Place, Staged, refuse_folder, secret_for
from limner.backup.promised import Told
from limner.backup.refusal import damaged, too_new
from limner.backup.store import HUSH
from limner.db import schema
from limner.db.base import Row
from limner.files.blobs import LocalBlobs

BLOB = re.compile(r"(pictures|files)/([a-z]+_[0-9A-Za-z]+)")
TABLE = re.compile(r"tables/([a-z_]+)/[0-9]+\.jsonl\.gz")
LINES = msgspec.json.Decoder(tuple[str | int | None, ...])
SECRET = "secret"


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now; `closed` are jobs that ran when the backup was taken."""

    manifest: Manifest
    closed: int


async def restore(source: Path, place: Place, told: Told, *, hush: bool) -> Restored:
    """Restore a backup. Raises BackupRefused, DatabaseAway, DatabaseFull, OSError.

    With `hush` nobody is told of anything: webhooks are disabled, and what waits is given up.
    """
    with opened(source) as archive:
        manifest = archive.manifest
        if manifest.schema > schema.HEAD:
            raise too_new(manifest.limner)
        refuse_folder(place)
        await refuse_database(place, manifest.schema)
        secret = secret_for(place, manifest.fingerprint, secret_in(archive))
        check(archive, told)
        with Staged(place) as staged:
            put_back(archive, staged, told)
            await fill(archive, staged.database_url, told)
            closed = await end(archive, staged.database_url, hush=hush)
            staged.keep(secret)
    return Restored(manifest, closed)


async def refuse_database(place: Place, revision: str) -> None:
    """Raises BackupRefused for a database that is in use; for SQLite's file see `refuse_folder`."""
    if place.sqlite is not None:
        return
    database = await schema.connect(place.database_url, migrate=False)
    try:
        await refuse_used(database, revision)
    finally:
        await database.close()


def secret_in(archive: Archive) -> str | None:
    """It is the first part, if it is there."""
    part = next(archive.parts())
    return archive.read(part).decode("ascii").strip() if part.name == SECRET else None


def check(archive: Archive, told: Told) -> None:
    """Raises BackupRefused at the first part that is not as it was written, or is not ours."""
    for part in archive.checked():
        known = part.name in (SECRET, GONE) or BLOB.fullmatch(part.name)
        if not (known or TABLE.fullmatch(part.name)):
            raise damaged(f"the part {part.name!r} is none of a backup")
        told("checked", part.offset + part.size, archive.size)


def put_back(archive: Archive, staged: Staged, told: Told) -> None:
    """Every picture and file, durably."""
    stores = {kind: LocalBlobs(staged.blobs(kind)) for kind in ("pictures", "files")}
    for part in archive.parts():
        if found := BLOB.fullmatch(part.name):
            kind, blob_id = found.groups()
            write(archive, part, stores[kind], blob_id)
            told("pictures and files", part.offset + part.size, archive.size)


def write(archive: Archive, part: Part, blobs: LocalBlobs, blob_id: str) -> None:
    blob = blobs.part(blob_id)
    try:
        for piece in archive.pieces(part):
            blob.add(piece)
        blob.keep()
    except BaseException:
        blob.discard()
        raise


async def fill(archive: Archive, url: str, told: Told) -> None:
    """All rows into a schema of their age. Raises BackupRefused, DatabaseAway, DatabaseFull."""
    manifest = archive.manifest
    await schema.migrated(url, manifest.schema)
    amendments: dict[str, Amendment | Omission] = {"job": NOBODY_RUNS}
    if not manifest.has_pictures:
        moment = datetime.fromisoformat(manifest.taken_at).timestamp()
        amendments["artifact"] = pictures_gone(int(moment) * 1_000_000)
        amendments["blob"] = NO_BLOBS_OF_PICTURES
    done, of = 0, sum(manifest.rows.values())
    async with loading(url) as loader:
        for table, columns, rows in batches(archive):
            if table in amendments:
                rows = amendments[table].amended(columns, rows)
            await loader.load(table, columns, rows)
            done += len(rows)
            told("rows", done, of)


def batches(archive: Archive) -> Iterator[tuple[str, Sequence[str], list[Row]]]:
    """Rows of tables, some at a time."""
    for part in archive.parts():
        if found := TABLE.fullmatch(part.name):
            columns, *rows = LINES.decode_lines(gzip.decompress(archive.read(part)))
            yield found[1], cast(Sequence[str], columns), rows


async def end(archive: Archive, url: str, *, hush: bool) -> int:
    """Bring the schema up to date and end what ran; returns how many jobs that were."""
    database = await schema.connect(url)
    try:
        await let_go(database, gone_in(archive))
        closed = await close_running(database)
        if hush:
            await database.write(HUSH, {})
        return closed
    finally:
        await database.close()


def gone_in(archive: Archive) -> Gone:
    for part in archive.parts():
        if part.name == GONE:
            return msgspec.json.decode(archive.read(part), type=Gone)
    return Gone()
