"""SQLite through apsw: one writer thread takes whatever waits and commits it as one group.

WAL with `synchronous=FULL`: what was answered survives a power cut. The event loop reads through a
connection of its own; WAL readers wait for nobody, and a look-up by key takes microseconds.
"""

import asyncio
import errno
import queue
import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import apsw

from limner.db.base import (
    REPORTS,
    DatabaseAway,
    DatabaseFull,
    Params,
    Row,
    Values,
    Write,
    Written,
)

GROUP = 256
"""Writes in one commit, at most: keeps the wait of the first below a few milliseconds."""

WRITER_BUSY_MS = 10_000
READER_BUSY_MS = 1_000
"""The event loop stands still while a reader waits, which happens only after another's crash."""

NOW = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
"""Counts in milliseconds, which is fine enough for leases."""
CLOCK = {
    "NOW_US()": NOW,
    "THIS_MONTH()": "strftime('%Y-%m', 'now')",
    "MONTH_US()": "CAST(unixepoch('now', 'start of month') * 1000000 AS INTEGER)",
}

Result: TypeAlias = Written | Exception
LOST = (
    apsw.IOError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.ProtocolError,
    apsw.ConnectionClosedError,
)
ENDS_THE_GROUP = (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.CorruptError, apsw.NoMemError)


class Waiting(NamedTuple):
    write: Write
    params: Params
    future: asyncio.Future[Written]
    loop: asyncio.AbstractEventLoop


class SQLite:
    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        """Raises DatabaseAway when the file cannot be opened or takes no write-ahead log."""
        self._path = path
        self._reader = connected(path, READER_BUSY_MS)
        self._reader.execute("PRAGMA query_only=ON")
        self._writer: apsw.Connection | None = connected(path, WRITER_BUSY_MS)
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._reports = asyncio.Semaphore(REPORTS)
        self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def fetch(self, sql: str, params: Values | None = None) -> list[Row]:
        try:
            return rows_of(self._reader, sql, params or {})
        except LOST as error:
            raise DatabaseAway(str(error)) from error

    async def report(self, sql: str, params: Values | None = None) -> list[Row]:
        if self._closed:
            raise DatabaseAway("the database is closed")
        async with self._reports:
            return await asyncio.to_thread(reported, self._path, sql, params or {})

    async def write(self, write: Write, params: Params) -> Written:
        if self._closed:
            raise DatabaseAway("the database is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Written] = loop.create_future()
        self._queue.put(Waiting(write, params, future, loop))
        return await future

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._reader.close()

    def _work(self) -> None:
        last = False
        while not last:
            first = self._queue.get()
            if first is None:
                break
            group, last = self._gathered(first)
            answer(group, self._committed(group))
        if self._writer is not None:
            self._writer.close()

    def _gathered(self, first: Waiting) -> tuple[list[Waiting], bool]:
        """What waits besides the first, and whether nothing will come after it."""
        group = [first]
        while len(group) < GROUP:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                break
            if more is None:
                return group, True
            group.append(more)
        return group, False

    def _committed(self, group: list[Waiting]) -> list[Result]:
        try:
            if self._writer is None:
                self._writer = connected(self._path, WRITER_BUSY_MS)
            return in_one(self._writer, group)
        except Exception as error:  # the writer must outlive every fault of one group
            result = translated(error, self._writer)
            self._roll_back()
            return [result] * len(group)

    def _roll_back(self) -> None:
        """Undo what is open, with a new connection if need be."""
        try:
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except apsw.Error:
            self._writer = None


def in_one(connection: apsw.Connection, group: list[Waiting]) -> list[Result]:
    connection.execute("BEGIN IMMEDIATE")
    results = [attempted(connection, item) for item in group]
    connection.execute("COMMIT")
    return results


def attempted(connection: apsw.Connection, item: Waiting) -> Result:
    """Run one write inside the group; what fails is undone alone.

    Errors that end the whole transaction (disk full, I/O) are raised for the group.
    """
    connection.execute("SAVEPOINT one")
    try:
        result = run(connection, item.write, item.params)
    except ENDS_THE_GROUP:
        raise
    except Exception as error:  # the one who asked gets it; the rest of the group goes on
        connection.execute("ROLLBACK TO one")
        connection.execute("RELEASE one")
        return error
    if result.refusal:
        connection.execute("ROLLBACK TO one")
    connection.execute("RELEASE one")
    return result


def run(connection: apsw.Connection, write: Write, params: Params) -> Written:
    row: Row | None = None
    for statement in write.statements:
        for values in statement.runs(params):
            rows = rows_of(connection, statement.sql, values)
            if statement.refusal is None:
                continue
            if not rows:
                return Written(refusal=statement.refusal)
            row = rows[0]
    return Written(row=row)


def rows_of(connection: apsw.Connection, sql: str, values: Values) -> list[Row]:
    return list(connection.execute(compiled(sql), values))


def reported(path: Path, sql: str, values: Values) -> list[Row]:
    """Rows read through a connection of their own, which is closed whoever still waits for them."""
    connection = connected(path, WRITER_BUSY_MS)
    try:
        connection.execute("PRAGMA query_only=ON")
        return rows_of(connection, sql, values)
    except LOST as error:
        raise DatabaseAway(str(error)) from error
    finally:
        connection.close()


def answer(group: list[Waiting], results: list[Result]) -> None:
    """Wake those who wait, with one call per event loop rather than one per write."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Written], Result]]] = {}
    for item, result in zip(group, results, strict=True):
        by_loop.setdefault(item.loop, []).append((item.future, result))
    for loop, pairs in by_loop.items():
        try:
            loop.call_soon_threadsafe(wake, pairs)
        except RuntimeError:  # that loop was closed, so nobody waits there any more
            continue


def wake(pairs: list[tuple[asyncio.Future[Written], Result]]) -> None:
    for future, result in pairs:
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)


def connected(path: Path, busy_ms: int) -> apsw.Connection:
    """A connection that is durable, keeps foreign keys and fires triggers even for REPLACE."""
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(busy_ms)
        mode = connection.execute("PRAGMA journal_mode=WAL").get
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA recursive_triggers=ON")
    except apsw.Error as error:
        raise DatabaseAway(f"{path}: {error}") from error
    if mode != "wal":
        raise DatabaseAway(f"{path}: this file system takes no write-ahead log ({mode})")
    return connection


def translated(error: Exception, connection: apsw.Connection | None) -> Exception:
    no_room = connection is not None and connection.system_errno == errno.ENOSPC
    if isinstance(error, apsw.FullError) or (no_room and isinstance(error, apsw.IOError)):
        return DatabaseFull(str(error))
    return DatabaseAway(str(error)) if isinstance(error, (*LOST, apsw.ReadOnlyError)) else error


@lru_cache(maxsize=256)
def compiled(sql: str) -> str:
    """The statement with the clock filled in; SQLite knows `:name` parameters itself."""
    for word, meaning in CLOCK.items():
        sql = sql.replace(word, meaning)
    return sql
