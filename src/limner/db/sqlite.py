"""SQLite through apsw: one writer thread takes whatever waits and commits it as one group.

WAL with `synchronous=FULL`: what was answered survives a power cut. The event loop reads through a
connection of its own; WAL readers wait for nobody, and a look-up by key takes microseconds.
"""

import asyncio
import queue
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import apsw

from limner.db.base import DatabaseAway, DatabaseFull, Params, Row, Value, Write, Written

GROUP = 256
"""Writes in one commit, at most: keeps the wait of the first below a few milliseconds."""

BUSY_MS = 10_000
NOW = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"


class Waiting(NamedTuple):
    write: Write
    params: Params
    future: asyncio.Future[Written]
    loop: asyncio.AbstractEventLoop


class SQLite:
    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = connected(path)
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def fetch(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        try:
            return list(self._reader.execute(compiled(sql), dict(params or {})))
        except (apsw.BusyError, apsw.IOError, apsw.CantOpenError) as error:
            raise DatabaseAway(str(error)) from error

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
        connection = connected(self._path)
        while True:
            first = self._queue.get()
            if first is None:
                break
            group, last = self._gathered(first)
            self._commit(connection, group)
            if last:
                break
        connection.close()

    def _gathered(self, first: Waiting) -> tuple[list[Waiting], bool]:
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

    def _commit(self, connection: apsw.Connection, group: list[Waiting]) -> None:
        results: list[Written | Exception]
        try:
            connection.execute("BEGIN IMMEDIATE")
            results = [attempted(connection, item) for item in group]
            connection.execute("COMMIT")
        except apsw.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            results = [translated(error)] * len(group)
        answer(group, results)


def answer(group: list[Waiting], results: list[Written | Exception]) -> None:
    """Wake those who wait, with one call per event loop rather than one per write."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Written], object]]] = {}
    for item, result in zip(group, results, strict=True):
        by_loop.setdefault(item.loop, []).append((item.future, result))
    for loop, pairs in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(wake, pairs)


def wake(pairs: list[tuple[asyncio.Future[Written], Written | Exception]]) -> None:
    for future, result in pairs:
        if future.done():
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)


def attempted(connection: apsw.Connection, item: Waiting) -> Written | Exception:
    """Run one write inside the group; what fails is undone alone.

    Errors that end the whole transaction (disk full, I/O) are raised for the group.
    """
    connection.execute("SAVEPOINT one")
    try:
        result = run(connection, item.write, item.params)
    except (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.CorruptError):
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
        sql = compiled(statement.sql)
        for values in statement.runs(params):
            rows = list(connection.execute(sql, values))
            if statement.refusal is None:
                continue
            if not rows:
                return Written(refusal=statement.refusal)
            row = rows[0]
    return Written(row=row)


def connected(path: Path) -> apsw.Connection:
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(BUSY_MS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except apsw.Error as error:
        raise DatabaseAway(f"{path}: {error}") from error
    return connection


def translated(error: apsw.Error) -> Exception:
    if isinstance(error, apsw.FullError):
        return DatabaseFull(str(error))
    if isinstance(error, apsw.IOError | apsw.BusyError | apsw.CantOpenError | apsw.ReadOnlyError):
        return DatabaseAway(str(error))
    return error


@lru_cache(maxsize=256)
def compiled(sql: str) -> str:
    """The statement with the clock filled in; SQLite knows `:name` parameters itself."""
    return sql.replace("NOW_US()", NOW)
