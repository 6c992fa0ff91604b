"""What ran when a backup was taken ends as if its server had died: failed, and free of charge.

It went on elsewhere, if it did; no row of the backup knows how. Pictures that expired and files
that were deleted while bytes were copied are let go of here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from limner.backup import store
from limner.backup.manifest import Gone
from limner.db.base import Database, Row, Value
from limner.files import file_store
from limner.files import store as artifact_store
from limner.files.orphans import batched
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


NOBODY_RUNS = Amendment("job", "state", "processing", "lease_until", 0)


def pictures_gone(moment_us: int) -> Amendment:
    """For a backup without pictures: to callers they have expired."""
    return Amendment("artifact", "deleted_at", None, "deleted_at", moment_us)


async def close_running(database: Database) -> int:
    """Fail every job that ran and free its hold; returns how many."""
    return await Keeper(database, Jobs(database, Ledger(database), LEASE_S)).close_stale()


async def let_go(database: Database, gone: Gone) -> None:
    """Let end what ended while the backup was taken."""
    for some in batched(iter(gone.pictures)):
        await database.write(artifact_store.FORGET, {"artifacts": [{"id": one} for one in some]})
    for file_id in gone.files:
        for row in await database.fetch(store.OWNER, {"id": file_id}):
            named: dict[str, Value] = {"id": file_id, "workspace_id": row[0]}
            await database.write(file_store.DELETE, named)
