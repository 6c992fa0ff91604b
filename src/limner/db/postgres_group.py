"""A group of writes as one PostgreSQL transaction: each statement is sent once, for all of them.

One round trip carries a statement with the arguments of every write that has it. The first gate
may refuse some writes, which then simply have no part in what follows; a gate behind it comes too
late for that, and the group has to be undone. A statement that no write of the group has a use for
is skipped, and then the gate behind it is the first.
"""

from asyncio import Future
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

from limner.db.base import (
    PARAMETER,
    Params,
    Row,
    Statement,
    Value,
    Values,
    Write,
    Written,
    parameters,
)

NOW = "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT)"
UTC = "statement_timestamp() AT TIME ZONE 'UTC'"
CLOCK = {
    "NOW_US()": NOW,
    "THIS_MONTH()": f"to_char({UTC}, 'YYYY-MM')",
    "MONTH_US()": f"CAST(extract(epoch FROM date_trunc('month', {UTC})) * 1000000 AS BIGINT)",
}


class Waiting(NamedTuple):
    write: Write
    params: Params
    future: Future[Written]


class LateRefusal(Exception):
    """A gate behind the first refused some writes, so what the group did must be undone."""

    def __init__(self, word: str, refused: list[Waiting]) -> None:
        super().__init__(word)
        self.word = word
        self.refused = refused


async def committed(connection: Any, group: list[Waiting]) -> list[Written]:
    """Run a group in one transaction. What it raises has undone the transaction or lost it."""
    await connection.execute(beginning(group))
    try:
        results: dict[int, Written] = {}
        for write in dict.fromkeys(item.write for item in group):
            await over_all(
                connection, write, [item for item in group if item.write is write], results
            )
    except Exception:  # whatever it was, the transaction must not stay open
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT")
    return [results[id(item)] for item in group]


def beginning(group: list[Waiting]) -> str:
    """BEGIN, and a lock for each workspace in the group: in one order, and in one round trip."""
    names = {str(item.params[item.write.locks]) for item in group if item.write.locks}
    keys = sorted({crc32(name.encode()) for name in names})
    return ";".join(["BEGIN", *(f"SELECT pg_advisory_xact_lock({key})" for key in keys)])


async def over_all(
    connection: Any, write: Write, items: list[Waiting], results: dict[int, Written]
) -> None:
    """Run one kind of write for all who wait."""
    rows: dict[int, Row] = {}
    written = False
    for statement in write.statements:
        sets = [(item, values) for item in items for values in statement.runs(item.params)]
        passed = await passing(connection, statement, items, sets, rows)
        refused = [item for item in items if id(item) not in passed]
        if refused and written:
            raise LateRefusal(statement.refusal or "", refused)
        written = written or bool(sets)
        results |= {id(item): Written(refusal=statement.refusal) for item in refused}
        items = [item for item in items if id(item) in passed]
    results |= {id(item): Written(row=rows.get(id(item))) for item in items}


async def passing(
    connection: Any,
    statement: Statement,
    items: list[Waiting],
    sets: list[tuple[Waiting, Values]],
    rows: dict[int, Row],
) -> set[int]:
    """Run a statement for all; the ids of those who pass, and their rows into `rows`."""
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


def arguments(names: Sequence[str], values: Values) -> list[Value]:
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
    place = {name: f"${position}" for position, name in enumerate(names, first)}
    text = PARAMETER.sub(lambda found: place[found[1]], sql)
    for word, meaning in CLOCK.items():
        text = text.replace(word, meaning)
    return text, names
