"""The files of a workspace: found, listed, read and deleted; see `uploads.py` for how they come.

A blob is durable before its row is written, and a row is gone before its blob. So whatever is cut
off leaves at most a blob without a row, which a sweep removes.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Literal, TypeAlias, cast

from limner.clock import Clock, monotonic
from limner.db.base import Database, Value
from limner.errors import InvalidParams, NotFound
from limner.files import file_store as store
from limner.files.blobs import BlobStore
from limner.files.file import File, Usage, file_of
from limner.files.orphans import Orphans, remove_free
from limner.files.reading import chunks

GONE = "there is no such file"

Order: TypeAlias = Literal["asc", "desc"]


class Files:
    def __init__(self, database: Database, blobs: BlobStore, clock: Clock = monotonic) -> None:
        self._database = database
        self._blobs = blobs
        self._without_row = Orphans(database, blobs, store.BETWEEN, clock)

    async def usage(self, workspace_id: str) -> Usage:
        rows = await self._database.fetch(store.USAGE, {"workspace_id": workspace_id})
        return Usage(*cast(tuple[int, int], rows[0])) if rows else Usage(0, 0)

    async def get(self, workspace_id: str, file_id: str) -> File:
        """Raises NotFound alike for an unknown id and for another workspace's file."""
        named: dict[str, Value] = {"id": file_id, "workspace_id": workspace_id}
        rows = await self._database.fetch(store.FILE, named)
        if not rows:
            raise NotFound(GONE)
        return file_of(rows[0])

    async def page(
        self, workspace_id: str, *, purpose: str | None, after: str | None, order: Order, most: int
    ) -> tuple[list[File], bool]:
        """Files behind `after` in this order, and whether there are more. Raises InvalidParams."""
        after_at = None if after is None else await self._place(workspace_id, after)
        rows = await self._database.fetch(
            store.PAGES[order],
            {
                "workspace_id": workspace_id,
                "purpose": purpose,
                "after_at": after_at,
                "after_id": after,
                "most": most + 1,
            },
        )
        return [file_of(row) for row in rows[:most]], len(rows) > most

    async def _place(self, workspace_id: str, file_id: str) -> int:
        named: dict[str, Value] = {"id": file_id, "workspace_id": workspace_id}
        rows = await self._database.fetch(store.PLACE, named)
        if not rows:
            raise InvalidParams("after must be the id of a file of this workspace", param="after")
        return cast(int, rows[0][0])

    async def read(self, file: File, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to `end`, in chunks, also while the file is deleted.

        Raises NotFound before the first one when the blob has gone.
        """
        try:
            async with aclosing(chunks(self._blobs, file.blob, start, end)) as pieces:
                async for piece in pieces:
                    yield piece
        except FileNotFoundError:
            raise NotFound(GONE) from None

    async def delete(self, workspace_id: str, file_id: str) -> None:
        """Gone at once, its room is free, and its bytes follow. Raises NotFound."""
        named: dict[str, Value] = {"id": file_id, "workspace_id": workspace_id}
        written = await self._database.write(store.DELETE, named)
        if written.row is None:
            raise NotFound(GONE)
        with suppress(OSError):  # then a sweep does it
            await remove_free(self._database, self._blobs, [cast(str, written.row[0])])

    async def sweep(self) -> int:
        """Remove what deleted files left, and keys whose time is over; returns how many files."""
        swept = 0
        while rows := await self._database.fetch(store.DELETED):
            await remove_free(self._database, self._blobs, [cast(str, row[1]) for row in rows])
            await self._database.write(store.FORGET, {"deleted": [{"id": row[0]} for row in rows]})
            swept += len(rows)
        await self._database.write(store.FORGET_KEYS, {})
        return swept

    async def sweep_orphans(self) -> int:
        """Remove uploads no row speaks of, see `Orphans`; returns how many."""
        return await self._without_row.sweep()
