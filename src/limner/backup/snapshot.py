"""All tables as of one moment, while others write: one read transaction, streamed.

SQLite's write-ahead log grows for as long as it is open, and a PostgreSQL cannot migrate, so it is
closed before the first picture is copied.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import apsw
import asyncpg

from limner.backup import store
from limner.db import postgres, schema, sqlite
from limner.db.base import DatabaseAway, Row

BATCH = 5_000
"""Rows that are in memory at a time."""


class Snapshot(Protocol):
    kind: str

    def batches(self, sql: str) -> AsyncIterator[list[Row]]:
        """The rows of a query, some at a time. Raises DatabaseAway."""
        ...


class SQLiteSnapshot:
    kind = "sqlite"

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def batches(self, sql: str) -> AsyncIterator[list[Row]]:
        try:
            rows = self._connection.execute(sql)
            while batch := list(islice(rows, BATCH)):
                yield batch
        except sqlite.LOST as error:
            raise DatabaseAway(str(error)) from error


class PostgresSnapshot:
    kind = "postgresql"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def batches(self, sql: str) -> AsyncIterator[list[Row]]:
        try:
            cursor = await self._connection.cursor(sql)
            while batch := await cursor.fetch(BATCH):
                yield [tuple(row) for row in batch]
        except (*postgres.LOST, asyncpg.PostgresError) as error:
            raise DatabaseAway(str(error) or type(error).__name__) from error


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[Snapshot]:
    """The database as it is now, for as long as the block lasts. Raises DatabaseAway."""
    opened = of_sqlite(schema.sqlite_path(url)) if schema.is_sqlite(url) else of_postgres(url)
    async with opened as shot:
        yield shot


@asynccontextmanager
async def of_sqlite(path: Path) -> AsyncIterator[Snapshot]:
    connection = sqlite.connected(path, sqlite.WRITER_BUSY_MS)
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        yield SQLiteSnapshot(connection)
    finally:
        connection.close()


@asynccontextmanager
async def of_postgres(url: str) -> AsyncIterator[Snapshot]:
    connection = await postgres.connected(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield PostgresSnapshot(connection)
    finally:
        await postgres.let_go(connection)


async def all_rows(shot: Snapshot, sql: str) -> list[Row]:
    """For what is known to be short."""
    return [row async for batch in shot.batches(sql) for row in batch]


async def first(shot: Snapshot, sql: str) -> Any:
    rows = await all_rows(shot, sql)
    return rows[0][0] if rows else None


async def tables(shot: Snapshot) -> dict[str, list[str]]:
    """The tables there are, in their order, with their columns."""
    columns: dict[str, list[str]] = {}
    for table, column in await all_rows(shot, store.COLUMNS[shot.kind]):
        columns.setdefault(str(table), []).append(str(column))
    return {name: columns[name] for name in store.TABLES if name in columns}
