"""All bytes that rows promise, from one store to another, while a server goes on.

Running it again copies what has come since. Nothing is removed from where it was.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, cast

from limner.db.base import Database
from limner.files.blobs import BlobStore
from limner.files.places import Stores

AT_ONCE = 8
PAGE = 2_000
PIECE = 1024 * 1024
PROMISED = """
    SELECT {name}, MIN(bytes), MIN(sha256) FROM {table}
    WHERE deleted_at IS NULL AND {name} > :after GROUP BY 1 ORDER BY 1 LIMIT {page}
"""
WITH_ORIGINALS = """(
        SELECT COALESCE(stored_as, id) AS blob, bytes, sha256, deleted_at FROM artifact
        UNION ALL
        SELECT original_as, original_bytes, original_sha256, deleted_at FROM artifact
        WHERE original_as IS NOT NULL
    ) one"""
PICTURES = PROMISED.format(name="blob", table=WITH_ORIGINALS, page=PAGE)
FILES = PROMISED.format(name="COALESCE(stored_as, blob)", table="file", page=PAGE)
COUNT = f"""
    SELECT (SELECT COUNT(DISTINCT blob) FROM {WITH_ORIGINALS} WHERE deleted_at IS NULL)
         + (SELECT COUNT(DISTINCT COALESCE(stored_as, blob)) FROM file WHERE deleted_at IS NULL)
"""

Told: TypeAlias = Callable[[str, int, int], None]


class Promise(NamedTuple):
    blob: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Moved:
    """What became of the blobs; `wrong` are missing, or not as their rows say, where they were."""

    copied: int = 0
    bytes: int = 0
    there: int = 0
    """Those the target had already."""
    wrong: list[str] = field(default_factory=list)


async def copy_all(database: Database, source: Stores, target: Stores, told: Told) -> Moved:
    """Copy what the target does not have. Raises OSError, DatabaseAway; may be run again."""
    moved, done = Moved(), 0
    of = cast(int, (await database.fetch(COUNT))[0][0])
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for sql, one, other in zip((PICTURES, FILES), source, target, strict=True):
            async for promises in pages(database, sql):
                copying = (in_thread(threads, copied, each, one, other) for each in promises)
                for promise, became in zip(promises, await asyncio.gather(*copying), strict=True):
                    count(moved, promise, became)
                done += len(promises)
                told("copied", done, max(of, done))
    return moved


async def pages(database: Database, sql: str) -> AsyncGenerator[list[Promise], None]:
    after = ""
    while rows := await database.report(sql, {"after": after}):
        after = cast(str, rows[-1][0])
        yield [Promise(*cast(tuple[str, int, str], row)) for row in rows]


async def in_thread(
    threads: ThreadPoolExecutor,
    copy: Callable[[Promise, BlobStore, BlobStore], str],
    promise: Promise,
    source: BlobStore,
    target: BlobStore,
) -> str:
    return await asyncio.get_running_loop().run_in_executor(threads, copy, promise, source, target)


def copied(promise: Promise, source: BlobStore, target: BlobStore) -> str:
    """`copied`, `there` or `wrong`."""
    if has(target, promise):
        return "there"
    part, digest, size = target.part(promise.blob), hashlib.sha256(), 0
    try:
        with source.open(promise.blob) as blob:
            while piece := blob.read(PIECE):
                part.add(piece)
                digest.update(piece)
                size += len(piece)
        if (size, digest.hexdigest()) != (promise.bytes, promise.sha256):
            part.discard()
            return "wrong"
        part.keep()
    except FileNotFoundError:
        part.discard()
        return "wrong"
    except BaseException:
        part.discard()
        raise
    return "copied"


def has(target: BlobStore, promise: Promise) -> bool:
    try:
        return target.size(promise.blob) == promise.bytes
    except FileNotFoundError:
        return False


def count(moved: Moved, promise: Promise, became: str) -> None:
    match became:
        case "copied":
            moved.copied += 1
            moved.bytes += promise.bytes
        case "there":
            moved.there += 1
        case _:
            moved.wrong.append(promise.blob)
