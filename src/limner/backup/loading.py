"""Whole tables back into an empty database, in one transaction.

SQLite's file has another name until all is done, so it needs neither journal nor flushes meanwhile.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import apsw
import asyncpg

from limner.backup import store
from limner.backup.refusal import BackupRefused, damaged
from limner.db import postgres, schema, sqlite
from limner.db.base import Database, Row
from limner.durable import flush_file

CACHE_KIB = 64 * 1024
QUICK = f"""
    PRAGMA journal_mode=OFF;
    PRAGMA synchronous=OFF;
    PRAGMA foreign_keys=OFF;
    PRAGMA cache_size=-{CACHE_KIB};
    BEGIN
"""


class Loader(Protocol):
    async def load(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows to a table. Raises BackupRefused for those that do not fit, DatabaseFull."""
        ...


class SQLiteLoader:
    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def load(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        try:
            self._connection.executemany(store.insertion(table, columns), rows)
        except apsw.Error as error:
            raise misfit(table, sqlite.translated(error, self._connection)) from error


class PostgresLoader:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def load(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        try:
            await self._connection.copy_records_to_table(table, records=rows, columns=columns)
        except Exception as error:  # what a value meets in asyncpg has many names
            raise misfit(table, postgres.translated(error)) from error


def misfit(table: str, error: Exception) -> Exception:
    if isinstance(error, apsw.Error | asyncpg.PostgresError | asyncpg.InterfaceError | ValueError):
        return damaged(f"rows of the table {table} do not fit it: {error}")
    return error


@asynccontextmanager
async def loading(url: str) -> AsyncIterator[Loader]:
    """All that is loaded inside the block is in the database behind it, or nothing is."""
    into = into_sqlite(schema.sqlite_path(url)) if schema.is_sqlite(url) else into_postgres(url)
    async with into as loader:
        yield loader


@asynccontextmanager
async def into_sqlite(path: Path) -> AsyncIterator[Loader]:
    connection = apsw.Connection(str(path))
    try:
        connection.execute(QUICK).fetchall()
        yield SQLiteLoader(connection)
        try:
            connection.execute("COMMIT")
            if wrong := connection.execute("PRAGMA foreign_key_check").fetchone():
                raise damaged(f"a row of the table {wrong[0]} speaks of one that is not there")
        except apsw.Error as error:
            raise sqlite.translated(error, connection) from error
    finally:
        connection.close()
    flush_file(path)


@asynccontextmanager
async def into_postgres(url: str) -> AsyncIterator[Loader]:
    connection = await postgres.connected(url, "SET idle_in_transaction_session_timeout = 0")
    try:
        async with connection.transaction():
            yield PostgresLoader(connection)
    finally:
        await postgres.let_go(connection)


async def refuse_used(database: Database, revision: str) -> None:
    """Raises BackupRefused for a database that has rows of a limner, or a schema of a newer one."""
    found = await database.fetch(store.COLUMNS[database.kind])
    there = {str(table) for table, _ in found}
    for table in store.TABLES:
        if table in there and await database.fetch(store.any_row(table)):
            raise BackupRefused(
                f"the database is not empty: its table {table} has rows. A backup is restored "
                "into an empty one only",
                "not_empty",
            )
    if (await schema.version(database) or "") > revision:
        raise BackupRefused(
            f"the database is empty, but has a newer schema than the backup ({revision}). Drop it "
            "and create it anew",
            "not_empty",
        )
