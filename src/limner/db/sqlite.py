"""SQLite through apsw: one writer thread takes whatever waits and commits it as one group.

WAL with `synchronous=FULL`: what was answered survives a power cut. The event loop reads through a
connection of its own; WAL readers wait for nobody, and a look-up by key takes microseconds.
"""

import asyncio
import errno
import queue
import threading
from pathlib import Path
from typing import NamedTuple

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
from limner.db.sqlite_group import Result, committed, rows_of

GROUP = 256
"""Writes in one commit, at most: keeps the wait of the first below a few milliseconds."""

WRITER_BUSY_MS = 10_000
READER_BUSY_MS = 1_000
"""The event loop stands still while a reader waits, which happens only after another's crash."""

STATEMENTS = 300
"""apsw keeps so many of the last runs prepared; a group of 16 runs statements 200 times."""

LOST = (
    apsw.IOError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.ProtocolError,
    apsw.ConnectionClosedError,
)


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
        self._writer: apsw.Connection | None = writing(path)
        self._coming: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
        self._queue: queue.SimpleQueue[list[Waiting] | None] = queue.SimpleQueue()
        self._closed = False
        self._left: list[Waiting] = []
        self._ended = False
        self.commits = 0
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
        coming = self._coming.setdefault(loop, [])
        coming.append(Waiting(write, params, future, loop))
        if len(coming) == 1:
            # All that this turn of the loop still writes goes along, and wakes the thread once.
            loop.call_soon(self._hand_over, loop)
        return await future

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        if coming := self._coming.pop(loop, None):
            self._queue.put(coming)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            for loop in tuple(self._coming):
                self._hand_over(loop)
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._reader.close()

    def _work(self) -> None:
        while group := self._next():
            answer(group, self._committed(group))
        if self._writer is not None:
            self._writer.close()

    def _next(self) -> list[Waiting]:
        """What waits, a group at most; nothing when there will never be more."""
        while not self._ended and len(self._left) < GROUP:
            try:
                coming = self._queue.get(block=not self._left)
            except queue.Empty:
                break
            self._ended = coming is None
            self._left += coming or ()
        group, self._left = self._left[:GROUP], self._left[GROUP:]
        return group

    def _committed(self, group: list[Waiting]) -> list[Result]:
        try:
            if self._writer is None:
                self._writer = writing(self._path)
            results = committed(self._writer, group)
            self.commits += 1
            return results
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
        connection = apsw.Connection(str(path), statementcachesize=STATEMENTS)
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


def writing(path: Path) -> apsw.Connection:
    """A connection whose undo copies of pages stay in memory, where they would fill a file."""
    connection = connected(path, WRITER_BUSY_MS)
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def translated(error: Exception, connection: apsw.Connection | None) -> Exception:
    no_room = connection is not None and connection.system_errno == errno.ENOSPC
    if isinstance(error, apsw.FullError) or (no_room and isinstance(error, apsw.IOError)):
        return DatabaseFull(str(error))
    return DatabaseAway(str(error)) if isinstance(error, (*LOST, apsw.ReadOnlyError)) else error
