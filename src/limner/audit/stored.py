"""Rows against blobs: everything that was promised is on the disk, and nothing else stays there."""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from limner.audit.rule import Breach
from limner.db.base import Database, Row
from limner.files import store as artifact_store
from limner.files.blobs import BlobStore
from limner.files.orphans import OURS

PAGE = 20_000
CHUNK = 1024 * 1024
SWEPT_AFTER_S = 600
"""By when a blob without a row has been swept."""
STALE_AFTER_S = 3600
"""By when what a writer left behind has been removed."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of blob: the rows that promise it, by their ids, and the rule for one that is lost.

    `promised` selects id, name of the blob, bytes and SHA-256 behind `:after`, at most `:most`.
    `known` selects which of the names between `:first` and `:last` have a row.
    """

    name: str
    number: str
    says: str
    promised: str
    known: str


PICTURES = Kind(
    "pictures",
    "I12",
    "a completed job's pictures are stored as its rows say",
    """SELECT id, COALESCE(stored_as, id), bytes, sha256 FROM artifact
       WHERE id > :after AND deleted_at IS NULL AND expires_at > NOW_US()
       ORDER BY id LIMIT CAST(:most AS BIGINT)""",
    artifact_store.BETWEEN,
)
ORIGINALS = Kind(
    "pictures",
    "I12",
    "the signed picture that another was made from is stored as its row says",
    """SELECT id, original_as, original_bytes, original_sha256 FROM artifact
       WHERE id > :after AND deleted_at IS NULL AND expires_at > NOW_US()
         AND original_as IS NOT NULL
       ORDER BY id LIMIT CAST(:most AS BIGINT)""",
    artifact_store.BETWEEN,
)
FILES = Kind(
    "files",
    "I15",
    "a file is stored as its row says",
    """SELECT id, COALESCE(stored_as, blob), bytes, sha256 FROM file
       WHERE id > :after AND deleted_at IS NULL
       ORDER BY id LIMIT CAST(:most AS BIGINT)""",
    """SELECT name FROM blob WHERE name BETWEEN :first AND :last
       UNION ALL
       SELECT blob FROM file
       WHERE blob BETWEEN :first AND :last AND stored_as IS NULL AND deleted_at IS NULL""",
)


async def lost(
    database: Database, kind: Kind, blobs: BlobStore, *, read_bytes: bool
) -> AsyncGenerator[Breach, None]:
    """What a row promises and the store does not have, or has otherwise."""
    after = ""
    while rows := await database.fetch(kind.promised, {"after": after, "most": PAGE}):
        after = str(rows[-1][0])
        wrong = await asyncio.to_thread(wrongly_stored, blobs, rows, read_bytes)
        for row_id in await still_promised(database, kind, wrong):
            yield Breach(kind.number, kind.says, row_id)


async def still_promised(database: Database, kind: Kind, wrong: Sequence[str]) -> list[str]:
    """Those whose rows are there: one that expired while we looked broke no promise."""
    found = []
    for name in wrong:
        if await database.fetch(kind.known, {"first": name, "last": name}):
            found.append(name)
    return found


def wrongly_stored(blobs: BlobStore, rows: Sequence[Row], read_bytes: bool) -> list[str]:
    def wrong(row: Row) -> bool:
        _, name, size, digest = cast(tuple[str, str, int, str], row)
        return not stored_as(blobs, name, size) or (read_bytes and digest_of(blobs, name) != digest)

    if blobs.asked_at_once == 1:
        answers: Iterable[bool] = map(wrong, rows)
    else:
        with ThreadPoolExecutor(blobs.asked_at_once) as threads:
            answers = list(threads.map(wrong, rows))
    return [str(row[1]) for row, found in zip(rows, answers, strict=True) if found]


def stored_as(blobs: BlobStore, name: str, size: int) -> bool:
    try:
        return blobs.size(name) == size
    except FileNotFoundError:
        return False


def digest_of(blobs: BlobStore, name: str) -> str:
    digest = hashlib.sha256()
    with suppress(FileNotFoundError), blobs.open(name) as blob:
        while chunk := blob.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


async def left_over(
    database: Database, kind: Kind, blobs: BlobStore
) -> AsyncGenerator[Breach, None]:
    """Blobs no row speaks of, and what writers left behind, once the sweep should have had them."""
    names = old_names(blobs)
    while batch := await asyncio.to_thread(lambda: list(islice(names, PAGE))):
        ends = {"first": min(batch), "last": max(batch)}
        known = {row[0] for row in await database.fetch(kind.known, ends)}
        for name in batch:
            if name not in known:
                yield Breach("I15", "no old blob is without a row", name)
    for path in await asyncio.to_thread(old_parts, blobs.temporary):
        yield Breach("I17", "no temporary file is old", path.name)


def old_names(blobs: BlobStore) -> Iterator[str]:
    """Names limner gave to blobs that are older than a sweep takes, in the order of folders."""
    limit = time.time() - SWEPT_AFTER_S
    old = (one.blob_id for one in blobs.found() if one.modified < limit)
    return (name for name in old if OURS.fullmatch(name))


def old_parts(temporary: Path) -> list[Path]:
    return older_than(STALE_AFTER_S, temporary.glob("*"))


def older_than(seconds: float, paths: Iterable[Path]) -> list[Path]:
    limit = time.time() - seconds
    return [path for path in paths if path.stat().st_mtime < limit]
