"""PostgreSQL through asyncpg: what waits goes out as one transaction, statement by statement.

Each statement is sent once with the arguments of every write in the group, in one round trip. When
a group fails or a later gate refuses one of its writes, the group is undone and those writes are
run again, each in a transaction of its own, so that only the guilty one fails.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

import asyncpg

from limner.db.base import (
    DatabaseAway,
    DatabaseFull,
    Params,
    Row,
    Statement,
    Value,
    Write,
    Written,
    parameters,
)

GROUP = 256
READERS = 8
NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, TimeoutError)
RESTARTING = (
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)


class Waiting(NamedTuple):
    write: Write
    params: Params
    future: asyncio.Future[Written]


class LateRefusal(Exception):
    """A gate behind the first refused some writes, so what the group did must be undone."""

    def __init__(self, refused: Sequence[Waiting]) -> None:
        super().__init__(f"{len(refused)} writes of a group were refused late")
        self.refused = set(map(id, refused))


class Postgres:
    kind = "postgresql"

    def __init__(self, pool: Any, url: str) -> None:
        self._pool = pool
        self._url = url
        self._connection: Any = None
        self._waiting: list[Waiting] = []
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._work(), name="postgres-writer")

    @classmethod
    async def connect(cls, url: str) -> "Postgres":
        """Raises DatabaseAway when no server answers."""
        try:
            pool = await asyncpg.create_pool(url, min_size=1, max_size=READERS, timeout=5)
        except (*LOST, *RESTARTING, asyncpg.PostgresError) as error:
            raise DatabaseAway(str(error)) from error
        return cls(pool, url)

    async def fetch(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        text, names = compiled(sql)
        try:
            rows = await self._pool.fetch(text, *arguments(names, params or {}), timeout=10)
        except (*LOST, *RESTARTING) as error:
            raise DatabaseAway(str(error)) from error
        return [tuple(row) for row in rows]

    async def write(self, write: Write, params: Params) -> Written:
        if self._task.done():
            raise DatabaseAway("the database is closed")
        future: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(write, params, future))
        self._more.set()
        return await future

    async def close(self) -> None:
        while self._waiting:
            await asyncio.sleep(0.01)
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._connection is not None:
            await self._connection.close(timeout=5)
        await self._pool.close()

    async def _work(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                await self._commit(sorted(group, key=lock_order))

    async def _commit(self, group: list[Waiting]) -> None:
        """Answer every write of a group, whatever happens."""
        try:
            connection = await self._connected()
            settle(group, await in_one(connection, group))
        except LateRefusal as late:
            await self._one_by_one([item for item in group if id(item) in late.refused])
            await self._commit([item for item in group if id(item) not in late.refused])
        except (*LOST, *RESTARTING) as error:
            self._drop()
            fail(group, DatabaseAway(str(error) or type(error).__name__))
        except Exception as error:  # the writer must outlive every fault of one group
            if len(group) == 1:
                fail(group, translated(error))
            else:
                await self._one_by_one(group)

    async def _one_by_one(self, group: list[Waiting]) -> None:
        for item in group:
            try:
                settle([item], [await alone(await self._connected(), item)])
            except (*LOST, *RESTARTING) as error:
                self._drop()
                fail([item], DatabaseAway(str(error) or type(error).__name__))
            except Exception as error:  # as above
                fail([item], translated(error))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _connected(self) -> Any:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url, timeout=5, command_timeout=30)
        return self._connection


async def in_one(connection: Any, group: list[Waiting]) -> list[Written]:
    """Run a group in one transaction; raises LateRefusal when it has to be undone."""
    results: dict[int, Written] = {}
    async with connection.transaction():
        for write in dict.fromkeys(item.write for item in group):
            items = [item for item in group if item.write is write]
            await over_all(connection, write, items, results)
    return [results[id(item)] for item in group]


async def over_all(
    connection: Any, write: Write, items: list[Waiting], results: dict[int, Written]
) -> None:
    """Run one kind of write for all who wait, each statement in a single round trip."""
    rows: dict[int, Row] = {}
    for position, statement in enumerate(write.statements):
        passed = await passing(connection, statement, items, rows)
        refused = [item for item in items if id(item) not in passed]
        if refused and position > 0:
            raise LateRefusal(refused)
        results |= {id(item): Written(refusal=statement.refusal) for item in refused}
        items = [item for item in items if id(item) in passed]
    results |= {id(item): Written(row=rows.get(id(item))) for item in items}


async def passing(
    connection: Any, statement: Statement, items: list[Waiting], rows: dict[int, Row]
) -> set[int]:
    """Run a statement for all; the ids of those who pass, and their rows into `rows`."""
    sets = [(item, values) for item in items for values in statement.runs(item.params)]
    everybody = {id(item) for item in items}
    if not sets:
        return everybody
    if statement.refusal is None:
        text, names = compiled(statement.sql)
        await connection.executemany(text, [arguments(names, values) for _, values in sets])
        return everybody
    text, names = tagged(statement.sql)
    tagged_sets = [[index, *arguments(names, values)] for index, (_, values) in enumerate(sets)]
    found = {row[0]: tuple(row)[1:] for row in await connection.fetchmany(text, tagged_sets)}
    rows |= {id(sets[index][0]): row for index, row in found.items()}
    return everybody - {id(item) for index, (item, _) in enumerate(sets) if index not in found}


async def alone(connection: Any, item: Waiting) -> Written:
    """Run one write in a transaction of its own."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        result = await steps(connection, item)
    except BaseException:
        if not connection.is_closed():
            await transaction.rollback()
        raise
    await (transaction.rollback() if result.refusal else transaction.commit())
    return result


async def steps(connection: Any, item: Waiting) -> Written:
    row: Row | None = None
    for statement in item.write.statements:
        text, names = compiled(statement.sql)
        for values in statement.runs(item.params):
            found = await connection.fetchrow(text, *arguments(names, values))
            if statement.refusal is None:
                continue
            if found is None:
                return Written(refusal=statement.refusal)
            row = tuple(found)
    return Written(row=row)


def settle(group: list[Waiting], results: Sequence[Written]) -> None:
    for item, result in zip(group, results, strict=True):
        if not item.future.done():
            item.future.set_result(result)


def fail(group: list[Waiting], error: Exception) -> None:
    for item in group:
        if not item.future.done():
            item.future.set_exception(error)


def lock_order(item: Waiting) -> tuple[str, str]:
    """Processes that lock wallets in the same order do not lock each other out."""
    return item.write.name, str(item.params.get("workspace_id", ""))


def translated(error: Exception) -> Exception:
    return DatabaseFull(str(error)) if isinstance(error, asyncpg.DiskFullError) else error


def arguments(names: Sequence[str], values: Mapping[str, Value]) -> list[Value]:
    return [values[name] for name in names]


@lru_cache(maxsize=256)
def compiled(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1` parameters, and the names they stand for."""
    return numbered(sql, first=1)


@lru_cache(maxsize=256)
def tagged(sql: str) -> tuple[str, tuple[str, ...]]:
    """As `compiled`, but every row returned begins with `$1`, which tells whose row it is."""
    text, names = numbered(sql, first=2)
    head, _, returned = text.rpartition("RETURNING ")
    assert head, f"a gate must end in RETURNING: {sql}"
    return f"{head}RETURNING CAST($1 AS BIGINT), {returned}", names


def numbered(sql: str, first: int) -> tuple[str, tuple[str, ...]]:
    names = parameters(sql)
    text = sql.replace("NOW_US()", NOW)
    for position, name in sorted(enumerate(names), key=lambda pair: -len(pair[1])):
        text = text.replace(f":{name}", f"${position + first}")
    return text, names
