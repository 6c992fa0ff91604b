"""A write is a named list of statements that takes effect as a whole or not at all.

Both backends collect the writes that wait and commit them as one group, which makes a durable
commit nearly free under load. A statement with a `refusal` is a gate: when it returns no row the
write is refused with that word and leaves nothing behind, while the rest of its group goes on. So a
hold that must be refused is an answer, not an error that would undo its neighbours.

SQL is the common part of SQLite and PostgreSQL, with `:name` parameters. `NOW_US()` is the
database's clock in microseconds: leases and expiries never compare the clocks of two machines.
Because a group may run statement by statement over all its writes, the statements of a write must
not read what the write's earlier statements wrote.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

Value: TypeAlias = str | int | None
Row: TypeAlias = tuple[Value, ...]
Params: TypeAlias = Mapping[str, Value | Sequence[Mapping[str, Value]]]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `each` names a list among the parameters, to run it once for every item."""

    sql: str
    refusal: str | None = None
    each: str | None = None

    def runs(self, params: Params) -> list[dict[str, Value]]:
        """The parameter sets to run with: one, or one for each item of the list."""
        own = {name: value for name, value in params.items() if is_value(value)}
        if self.each is None:
            return [own]
        items = params[self.each]
        assert not is_value(items)
        return [own | dict(item) for item in items]


@dataclass(frozen=True, slots=True)
class Write:
    name: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write: the last gate's row, or the word it was refused with."""

    row: Row | None = None
    refusal: str | None = None


class DatabaseAway(Exception):
    """The database could not be reached or was lost; a write may or may not have happened."""


class DatabaseFull(Exception):
    """The database refused a write for want of space; nothing was written."""


class Database(Protocol):
    """What limner needs of a database."""

    kind: str

    async def fetch(self, sql: str, params: Mapping[str, Value] | None = None) -> list[Row]:
        """The rows of a short query. Raises DatabaseAway."""
        ...

    async def write(self, write: Write, params: Params) -> Written:
        """Durable when it returns. Raises DatabaseAway, DatabaseFull."""
        ...

    async def close(self) -> None: ...


def is_value(value: object) -> bool:
    return value is None or isinstance(value, str | int)


PARAMETER = re.compile(r"(?<!:):([a-z_0-9]+)")


def parameters(sql: str) -> tuple[str, ...]:
    """The names a statement uses, each once, in order of first use."""
    return tuple(dict.fromkeys(PARAMETER.findall(sql)))
