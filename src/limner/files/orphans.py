"""Blobs that no row speaks of, as left by whoever died between writing the two."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from limner.clock import Clock, monotonic
from limner.db.base import Database
from limner.files.blob_store import KNOWN
from limner.files.blobs import BlobStore

BATCH = 500
ORPHAN_S = 290.0
"""A blob may have to wait as long for its row, should the database be away."""
OURS = re.compile(r"[a-z]+_[0-9A-Z]{26}")
"""A name that `new_id` gives. Whatever else lies there is somebody else's."""


class Orphans:
    """Finds and removes them. `known` selects, between `:first` and `:last`, what has a row."""

    def __init__(
        self, database: Database, blobs: BlobStore, known: str, clock: Clock = monotonic
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._known = known
        self._clock = clock
        self._suspects: dict[str, float] = {}

    async def sweep(self) -> int:
        """Remove what had no row on two sweeps that are `ORPHAN_S` apart; returns how many.

        No file's age is asked, because a clock that jumps must not make a fresh blob old.
        """
        now, seen = self._clock(), self._suspects
        suspects: dict[str, float] = {}
        removed = 0
        for ids in await asyncio.to_thread(lambda: list(batched(ours(self._blobs)))):
            orphans = await self._orphans(ids)
            doomed = [one for one in orphans if now - seen.get(one, now) >= ORPHAN_S]
            suspects |= {one: seen.get(one, now) for one in orphans if one not in doomed}
            await asyncio.to_thread(remove_all, self._blobs, doomed)
            removed += len(doomed)
        # Only now, so that a store which fails half-way does not begin everybody's time anew.
        self._suspects = suspects
        await asyncio.to_thread(self._blobs.sweep_temporary)
        return removed

    async def _orphans(self, ids: Sequence[str]) -> list[str]:
        """Those of some blobs that no row speaks of.

        They come folder by folder, so that the first need not be the least.
        """
        ends = {"first": min(ids), "last": max(ids)}
        rows = await self._database.fetch(self._known, ends)
        known = {row[0] for row in rows}
        return [one for one in ids if one not in known]


async def remove_free(database: Database, blobs: BlobStore, names: Sequence[str]) -> None:
    """Remove those blobs that nobody has any more.

    A name is never given twice, so one that is free stays so.
    """
    had = await asyncio.gather(*(database.fetch(KNOWN, {"name": name}) for name in names))
    free = [name for name, rows in zip(names, had, strict=True) if not rows]
    await asyncio.to_thread(remove_all, blobs, free)


async def let_go(blobs: BlobStore, names: Sequence[str]) -> None:
    """Remove what has no row and will get none; what a store does not remove, a sweep does."""
    with suppress(OSError):
        await asyncio.to_thread(remove_all, blobs, names)


def remove_all(blobs: BlobStore, ids: Sequence[str]) -> None:
    for one in ids:
        blobs.remove(one)


def ours(blobs: BlobStore) -> Iterator[str]:
    return (one for one in blobs.ids() if OURS.fullmatch(one))


def batched(ids: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(ids, BATCH)):
        yield batch
