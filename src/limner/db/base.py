"""A write is a named list of statements that takes effect as a whole or not at all.

Both backends collect the writes that wait and commit them as one group, which makes a durable
commit nearly free under load. A statement with a `refusal` is a gate: when it returns no row the
write is refused with that word and leaves nothing behind, while the rest of its group goes on. So a
hold that must be refused is an answer, not an error that would undo its neighbours.

SQL is the common part of SQLite and PostgreSQL, with `:name` parameters. `NOW_US()` is the
database's clock in microseconds: leases and expiries never compare the clocks of two machines.
By the same clock `THIS_MONTH()` is the calendar month of UTC, as in `2026-11`, and `MONTH_US()` the
moment it began.
Because a group runs statement by statement over all its writes, the statements of a write must not
read what the write's earlier statements wrote, but for what every order leaves the same, such as
the name of a row that is there once all have inserted it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, cast

Value: TypeAlias = str | int | None
Values: TypeAlias = Mapping[str, Value]
Row: TypeAlias = tuple[Value, ...]
Params: TypeAlias = Mapping[str, Value | Sequence[Values]]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `each` names a list among the parameters, to run it once for every item."""

    sql: str
    refusal: str | None = None
    each: str | None = None

    def runs(self, params: Params) -> list[Values]:
        """The values to run with: once, or once for each item of the list."""
        own = cast(Values, params)  # the lists among them are never named in SQL
        if self.each is None:
            return [own]
        return [{**own, **item} for item in cast(Sequence[Values], params[self.each])]


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """`locks` names the parameter whose value stands for every row the write touches.

    Servers that share a PostgreSQL take turns at such a value, always in the same order, so that
    their groups cannot lock each other out.
    """

    name: str
    statements: tuple[Statement, ...]
    locks: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: the last gate's row, or the word it was refused with."""

    row: Row | None = None
    refusal: str | None = None


REPORTS = 2
"""How many reports a process reads at a time."""


class DatabaseAway(Exception):
    """The database could not be reached or was lost; a write may or may not have happened."""


class DatabaseFull(Exception):
    """The database refused a write for want of space; nothing was written."""


class Database(Protocol):
    """What limner needs of a database."""

    kind: str

    async def fetch(self, sql: str, params: Values | None = None) -> list[Row]:
        """The rows of a short query. Raises DatabaseAway."""
        ...

    async def report(self, sql: str, params: Values | None = None) -> list[Row]:
        """The rows of a query that may take seconds, while all else goes on.

        Few of them run at a time; the others wait. Raises DatabaseAway.
        """
        ...

    async def write(self, write: Write, params: Params) -> Written:
        """Durable when it returns. Raises DatabaseAway, DatabaseFull."""
        ...

    async def close(self) -> None:
        """Commit what waits, then let go."""
        ...


class Grouping(Database, Protocol):
    """A database of ours, which counts the groups that it commits."""

    commits: int


PARAMETER = re.compile(r"(?<!:):([a-z_0-9]+)")


def parameters(sql: str) -> tuple[str, ...]:
    """The names a statement uses, each once, in order of first use."""
    return tuple(dict.fromkeys(PARAMETER.findall(sql)))
