"""What ran when a backup was taken ends as if its server had died: failed, and free of charge.

It went on elsewhere, if it did; no row of the backup knows how. Pictures that expired and files
that were deleted while bytes were copied are let go of here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from limner.backup import store
from limner.backup.manifest import Gone
from limner.db.base import Database, Row, Value, Write
from limner.files import file_store
from limner.files import store as artifact_store
from limner.jobs.jobs import Jobs
from limner.jobs.keeper import Keeper
from limner.ledger.ledger import Ledger

LEASE_S = 30.0


@dataclass(frozen=True, slots=True)
class Amendment:
    """Where a row of `table` has `value` in `column`, its `other` becomes `becomes`."""

    table: str
    column: str
    value: Value
    other: str
    becomes: Value

    def amended(self, columns: Sequence[str], rows: list[Row]) -> list[Row]:
        where, what = columns.index(self.column), columns.index(self.other)
        return [
            (*row[:what], self.becomes, *row[what + 1 :]) if row[where] == self.value else row
            for row in rows
        ]


@dataclass(frozen=True, slots=True)
class Omission:
    """Rows of a table with `value` in `column` are left out."""

    column: str
    value: Value

    def amended(self, columns: Sequence[str], rows: list[Row]) -> list[Row]:
        where = columns.index(self.column)
        return [row for row in rows if row[where] != self.value]


NOBODY_RUNS = Amendment("job", "state", "processing", "lease_until", 0)


def pictures_gone(moment_us: int) -> Amendment:
    """For a backup without pictures: to callers they have expired."""
    return Amendment("artifact", "deleted_at", None, "deleted_at", moment_us)


NO_BLOBS_OF_PICTURES = Omission("space", "pictures")


async def close_running(database: Database) -> int:
    """Fail every job that ran and free its hold; returns how many."""
    return await Keeper(database, Jobs(database, Ledger(database), LEASE_S)).close_stale()


async def let_go(database: Database, gone: Gone) -> None:
    """Let end what ended while the backup was taken."""
    await end_all(database, store.PICTURE_ROWS, artifact_store.FORGET, frozenset(gone.pictures))
    await end_all(database, store.FILE_ROWS, file_store.DELETE, frozenset(gone.files))


async def end_all(database: Database, rows_of: str, end: Write, gone: frozenset[str]) -> None:
    """End every row that has a blob which is gone. Older archives name files by their ids."""
    after = ""
    while gone and (rows := await database.fetch(rows_of, {"after": after})):
        after = cast(str, rows[-1][0])
        ended = [row for row in rows if not gone.isdisjoint((row[0], *row[2:]))]
        for row_id, workspace_id, *_ in ended:
            await database.write(end, {"id": row_id, "workspace_id": workspace_id})
