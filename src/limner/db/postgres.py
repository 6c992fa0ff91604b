"""PostgreSQL through asyncpg: what waits goes out as one transaction over one connection.

Whatever does not answer in time is taken for gone, and the next group gets a new connection. When a
group fails for a reason of one of its writes, each of them is run again in a transaction of its
own, so that only the guilty one fails. Where it is known who was refused, the others go first and
together.
"""

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg

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
from limner.db.dialect import Arguments
from limner.db.group import LateRefusal
from limner.db.postgres_group import DIALECT, Waiting, committed
from limner.errors import ConfigError

GROUP = 256
READERS = 8
CONNECT_S = 5.0
ANSWER_S = 10.0
"""No statement of ours needs a second."""
REPORT_S = 60.0
CLASHES = 3
"""How often a write is tried that the server gave up in favour of another's."""
OLDEST = 15

WRITER_SETTINGS = """
    SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '8s';
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'
"""
"""A server that is cut off in mid-transaction must not keep the rows of the others locked."""

LOST = (
    DatabaseAway,
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
)


class Postgres:
    kind = "postgresql"

    def __init__(self, url: str, connection: Any) -> None:
        self._url = url
        self._readers = Readers(url, connection)
        self._reports = asyncio.Semaphore(REPORTS)
        self._connection: Any = None
        self._waiting: list[Waiting] = []
        self._more = asyncio.Event()
        self._closing = False
        self.commits = 0
        self._task = asyncio.create_task(self._work(), name="postgres-writer")

    @classmethod
    async def connect(cls, url: str) -> "Postgres":
        """Raises DatabaseAway when no server answers, ConfigError for one that is too old."""
        connection = await connected(url)
        version = connection.get_server_version()
        if version.major < OLDEST:
            connection.terminate()
            raise ConfigError(
                f"limner needs PostgreSQL {OLDEST} or newer; this server is {version.major}."
                f"{version.minor}. Upgrade it, or leave database_url empty to use SQLite"
            )
        return cls(url, connection)

    async def fetch(self, sql: str, params: Values | None = None) -> list[Row]:
        return await self._read(sql, params or {}, ANSWER_S)

    async def report(self, sql: str, params: Values | None = None) -> list[Row]:
        async with self._reports:
            return await self._read(sql, params or {}, REPORT_S)

    async def _read(self, sql: str, params: Values, seconds: float) -> list[Row]:
        if self._closing:
            raise DatabaseAway("the database is closed")
        text = DIALECT.plain(sql)
        try:
            async with asyncio.timeout(seconds):
                rows = await self._readers.fetch(text.sql, text.arguments(params))
        except Exception as error:  # all of them leave in our own words
            raise translated(error) from error
        return [tuple(row) for row in rows]

    async def write(self, write: Write, params: Params) -> Written:
        if self._closing or self._task.done():
            raise DatabaseAway("the database is closed")
        future: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(write, params, future))
        self._more.set()
        return await future

    async def close(self) -> None:
        self._closing = True
        self._more.set()
        await self._task
        if self._connection is not None:
            await let_go(self._connection)
        await self._readers.close()

    async def _work(self) -> None:
        while self._waiting or not self._closing:
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            if group:
                await self._commit(group)
            else:
                self._more.clear()
                await self._more.wait()

    async def _commit(self, group: list[Waiting], tries: int = CLASHES) -> None:
        """Answer every write of a group, whatever happens: together, or else each alone."""
        try:
            results = await self._attempt(group)
        except Exception as error:  # the writer must outlive every fault of one group
            if is_lost(error):
                fail(group, translated(error))
            elif len(group) > 1:
                for part in parts(group, error):
                    await self._commit(part)
            elif isinstance(error, LateRefusal):
                settle(group, [Written(refusal=error.word)])
            elif isinstance(error, asyncpg.TransactionRollbackError) and tries > 1:
                await self._commit(group, tries - 1)
            else:
                fail(group, translated(error))
        else:
            settle(group, results)

    async def _attempt(self, group: list[Waiting]) -> list[Written]:
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connected(self._url, WRITER_SETTINGS)
        except DatabaseAway as error:
            # Those who came meanwhile would only wait as long, one group after the other.
            waiting, self._waiting = self._waiting, []
            fail(waiting, error)
            raise
        try:
            async with asyncio.timeout(ANSWER_S):
                results = await committed(self._connection, group)
            self.commits += 1
            return results
        except BaseException as error:
            if is_lost(error):
                self._drop()
            raise

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


class Readers:
    """A few connections for queries; one that died is replaced and its query asked again."""

    def __init__(self, url: str, first: Any) -> None:
        self._url = url
        self._idle: list[Any] = [first]
        self._places = asyncio.Semaphore(READERS)

    async def fetch(self, text: str, values: Arguments) -> list[Any]:
        async with self._places:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    try:
                        return await self._ask(connection, text, values)
                    except (asyncpg.InvalidCachedStatementError, *LOST) as error:
                        if isinstance(error, ValueError):  # of the query, not of the connection
                            raise
            return await self._ask(await connected(self._url), text, values)

    async def _ask(self, connection: Any, text: str, values: Arguments) -> list[Any]:
        try:
            rows: list[Any] = await connection.fetch(text, *values)
        except BaseException:
            connection.terminate()
            raise
        self._idle.append(connection)
        return rows

    async def close(self) -> None:
        for connection in self._idle:
            await let_go(connection)


async def connected(url: str, settings: str = "") -> Any:
    """Raises DatabaseAway for whatever stands in the way, ConfigError for a broken url."""
    try:
        async with asyncio.timeout(CONNECT_S):
            connection = await asyncpg.connect(url)
            if settings:
                await connection.execute(settings)
    except ValueError as error:  # asyncpg's own kind, and what reading a URL raises
        raise ConfigError(f"database_url: {error}") from None
    except (*LOST, asyncpg.PostgresError) as error:
        raise DatabaseAway(f"cannot connect: {error or type(error).__name__}") from error
    return connection


async def let_go(connection: Any) -> None:
    with suppress(*LOST, asyncpg.PostgresError):
        await connection.close(timeout=1)


def settle(group: list[Waiting], results: list[Written]) -> None:
    for item, result in zip(group, results, strict=True):
        if not item.future.done():
            item.future.set_result(result)


def fail(group: list[Waiting], error: Exception) -> None:
    for item in group:
        if not item.future.done():
            item.future.set_exception(error)


def parts(group: list[Waiting], error: Exception) -> list[list[Waiting]]:
    """How to try a group again that was undone for the sake of some of it."""
    everybody = range(len(group))
    refused = error.refused if isinstance(error, LateRefusal) else everybody
    others = [group[place] for place in everybody if place not in refused]
    return [*([others] if others else []), *([group[place]] for place in sorted(refused))]


def is_lost(error: BaseException) -> bool:
    """Whether the connection is to blame; a value that fits no column is an InterfaceError too."""
    if isinstance(error, asyncpg.DiskFullError | ValueError):
        return False
    return isinstance(error, LOST) or not isinstance(error, Exception)


def translated(error: Exception) -> Exception:
    if isinstance(error, asyncpg.DiskFullError):
        return DatabaseFull(str(error))
    if isinstance(error, asyncpg.TransactionRollbackError) or is_lost(error):
        return DatabaseAway(str(error) or type(error).__name__)
    return error
