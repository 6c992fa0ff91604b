"""A group of writes as one SQLite transaction.

It runs statement by statement, without savepoints: they would copy every page a write changes.
Where one write fails or is refused late, the group begins again and each has a savepoint.
"""

from collections.abc import Sequence
from typing import TypeAlias

import apsw

from limner.db.base import Params, Row, Values, Write, Written
from limner.db.dialect import Dialect
from limner.db.group import Asked, Returned, Step, steps

NOW = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
"""Counts in milliseconds, which is fine enough for leases."""
DIALECT = Dialect(
    "?",
    {
        "NOW_US()": NOW,
        "THIS_MONTH()": "strftime('%Y-%m', 'now')",
        "MONTH_US()": "CAST(unixepoch('now', 'start of month') * 1000000 AS INTEGER)",
    },
)

Result: TypeAlias = Written | Exception
ENDS_THE_GROUP = (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.CorruptError, apsw.NoMemError)


def committed(connection: apsw.Connection, group: Sequence[Asked]) -> list[Result]:
    """What became of each write. What this raises ends the group, whose transaction may be open."""
    connection.execute("BEGIN IMMEDIATE")
    results: list[Result] = []
    try:
        results += together(connection, group)
    except ENDS_THE_GROUP:
        raise
    except Exception:  # which of them is guilty is found by running each alone
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        results += [alone(connection, item) for item in group]
    connection.execute("COMMIT")
    return results


def together(connection: apsw.Connection, group: Sequence[Asked]) -> list[Written]:
    running = steps(group)
    try:
        step = next(running)
        while True:
            step = running.send(returned(connection, step))
    except StopIteration as ended:
        written: list[Written] = ended.value
        return written


def returned(connection: apsw.Connection, step: Step) -> Returned:
    """Run a statement with all its sets of values."""
    statement, sets = step
    if statement.refusal is None:
        text = DIALECT.plain(statement.sql)
        for _ in connection.executemany(text.sql, map(text.arguments, sets)):
            pass
        return {}
    text = DIALECT.tagged(statement.sql)
    tagged = ((number, *text.arguments(values)) for number, values in enumerate(sets))
    return {row[0]: row[1:] for row in connection.executemany(text.sql, tagged)}


def alone(connection: apsw.Connection, item: Asked) -> Result:
    """Run one write inside the group; what fails is undone by itself."""
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
    text = DIALECT.plain(sql)
    return list(connection.execute(text.sql, text.arguments(values)))
