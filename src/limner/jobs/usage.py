"""What was used: requests, pictures and credits, added up over a time.

A request counts at the moment it ended, which is when it is charged, and a refund when it was made.
So the sum over a time is the sum of what the ledger charged in it, and what a report of the past
says never changes.
"""

import datetime
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from limner.db.base import Database, Row, Value
from limner.errors import InvalidParams
from limner.jobs import usage_store as store
from limner.ledger.wallet import LedgerName

MOST_LINES = 10_000
A_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Used:
    """Whose usage is meant, and of which time: from `start_us` on and before `end_us`."""

    ledger: LedgerName
    start_us: int
    end_us: int
    workspace_id: str | None = None
    """None is all of them."""
    key_id: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """`charged` and `refunded` are in micro-credits; a refund changes no charge."""

    requests: int = 0
    pictures: int = 0
    charged: int = 0
    failed: int = 0
    refunded: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            self.requests + other.requests,
            self.pictures + other.pictures,
            self.charged + other.charged,
            self.failed + other.failed,
            self.refunded + other.refunded,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """The sum of all that has these names: a model, a key, a day, a workspace."""

    names: dict[str, str]
    sum: Sum


@dataclass(frozen=True, slots=True)
class Ended:
    """One request as it ended; times are unix microseconds."""

    ended_at: int
    job_id: str
    model: str
    key_id: str
    tokens_in: int | None
    tokens_out: int | None
    charged: int
    request_id: str
    created_at: int
    tries: int


class Usage:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def lines(self, used: Used, by: Sequence[str]) -> list[Line]:
        """One line for each combination of `by`: days in order, then the dearest first.

        Raises InvalidParams when there are too many to be read by anybody.
        """
        query = store.lines(by, narrowed(used))
        rows = await self._database.report(query, params(used) | {"most": MOST_LINES + 1})
        if len(rows) > MOST_LINES:
            raise InvalidParams(
                f"this has more than {MOST_LINES:,} lines; ask for a shorter time or group by less",
                param="group_by",
            )
        refunds = await self._database.report(store.refunds(by, narrowed(used)), params(used))
        merged = merge([line_of(row, by) for row in rows], [refund_of(row, by) for row in refunds])
        return sorted(merged, key=place)

    async def ended(self, used: Used) -> AsyncGenerator[list[Ended], None]:
        """Every request of a workspace that ended in a time, oldest first, page by page."""
        query = store.ended(narrowed(used))
        place: dict[str, Value] = {"after_id": "", "most": A_PAGE}
        while True:
            rows = await self._database.report(query, params(used) | place)
            page = [ended_of(row) for row in rows]
            if page:
                yield page
            if len(page) < A_PAGE:
                return
            place |= {"start": page[-1].ended_at, "after_id": page[-1].job_id}


def narrowed(used: Used) -> list[str]:
    return [name for name in store.NARROWED if getattr(used, name) is not None]


def params(used: Used) -> dict[str, Value]:
    own = {name: getattr(used, name) for name in narrowed(used)}
    return own | {"ledger": used.ledger, "start": used.start_us, "end": used.end_us}


def line_of(row: Row, by: Sequence[str]) -> Line:
    return Line(names_of(row, by), Sum(*cast(tuple[int, ...], row[len(by) :])))


def refund_of(row: Row, by: Sequence[str]) -> Line:
    return Line(names_of(row, by), Sum(refunded=cast(int, row[len(by)])))


def names_of(row: Row, by: Sequence[str]) -> dict[str, str]:
    return {
        name: day_of(cast(int, value)) if name == "day" else cast(str, value)
        for name, value in zip(by, row[: len(by)], strict=True)
    }


def merge(lines: Iterable[Line], more: Iterable[Line]) -> list[Line]:
    """Lines of the same names added up."""
    merged = {tuple(line.names.values()): line for line in lines}
    for one in more:
        key = tuple(one.names.values())
        known = merged.get(key)
        merged[key] = Line(one.names, known.sum + one.sum) if known else one
    return list(merged.values())


def day_of(number: int) -> str:
    """Days since 1970 as `2026-11-25`."""
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()


def place(line: Line) -> tuple[str, int, tuple[str, ...]]:
    return line.names.get("day", ""), -line.sum.charged, tuple(line.names.values())


def total(lines: Iterable[Line]) -> Sum:
    return sum((line.sum for line in lines), Sum())


def ended_of(row: Row) -> Ended:
    """A row of `usage_store.ended`."""
    return Ended(*cast(tuple[int, str, str, str, int | None, int | None, int, str, int, int], row))
