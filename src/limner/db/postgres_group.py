"""A group of writes as one PostgreSQL transaction: a round trip for each of its statements."""

from asyncio import Future
from typing import Any, NamedTuple
from zlib import crc32

from limner.db.base import Params, Write, Written
from limner.db.dialect import Dialect
from limner.db.group import Returned, Step, steps

UTC = "statement_timestamp() AT TIME ZONE 'UTC'"
DIALECT = Dialect(
    "$",
    {
        "NOW_US()": "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT)",
        "THIS_MONTH()": f"to_char({UTC}, 'YYYY-MM')",
        "MONTH_US()": f"CAST(extract(epoch FROM date_trunc('month', {UTC})) * 1000000 AS BIGINT)",
    },
)


class Waiting(NamedTuple):
    write: Write
    params: Params
    future: Future[Written]


async def committed(connection: Any, group: list[Waiting]) -> list[Written]:
    """Run a group in one transaction. What it raises has undone the transaction or lost it."""
    await connection.execute(beginning(group))
    try:
        results = await together(connection, group)
    except Exception:  # whatever it was, the transaction must not stay open
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")
    return results


def beginning(group: list[Waiting]) -> str:
    """BEGIN, and a lock for each workspace in the group: in one order, and in one round trip."""
    names = {str(item.params[item.write.locks]) for item in group if item.write.locks}
    keys = sorted({crc32(name.encode()) for name in names})
    return ";".join(["BEGIN", *(f"SELECT pg_advisory_xact_lock({key})" for key in keys)])


async def together(connection: Any, group: list[Waiting]) -> list[Written]:
    running = steps(group)
    try:
        step = next(running)
        while True:
            step = running.send(await returned(connection, step))
    except StopIteration as ended:
        written: list[Written] = ended.value
        return written


async def returned(connection: Any, step: Step) -> Returned:
    """Run a statement with all its sets of values."""
    statement, sets = step
    if statement.refusal is None:
        text = DIALECT.plain(statement.sql)
        await connection.executemany(text.sql, [text.arguments(values) for values in sets])
        return {}
    text = DIALECT.tagged(statement.sql)
    tagged = [(number, *text.arguments(values)) for number, values in enumerate(sets)]
    rows = (tuple(row) for row in await connection.fetchmany(text.sql, tagged))
    return {row[0]: row[1:] for row in rows}
