"""A database whose writes are counted and timed on their way."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Literal, TypeAlias, get_args

from limner.db.base import DatabaseAway, DatabaseFull, Grouping, Params, Write, Written
from limner.metrics.books import Books
from limner.metrics.family import Family
from limner.metrics.tally import Times

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
Result: TypeAlias = Literal["done", "refused", "away", "full", "broken_off"]
RESULTS: tuple[Result, ...] = get_args(Result)
NAME = "limner_database_writes"


@dataclass(slots=True)
class Ends:
    """How the writes of one name ended, and what hears of those that were done."""

    heard: Callable[[Params], None] | None
    done: int = 0
    refused: int = 0
    away: int = 0
    full: int = 0
    broken_off: int = 0


class Writes:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._ends: dict[str, Ends] = {}
        self._seconds = Times(
            "limner_database_write_seconds",
            "From a write to its durable commit, with the wait for its group.",
            bounds=BOUNDS,
        )
        self._row = self._seconds.of()

    def answered(self, name: str, params: Params, refused: bool, seconds: float) -> None:
        ends = self._ends.get(name) or self._of(name)
        self._row.saw(seconds)
        if refused:
            ends.refused += 1
            return
        ends.done += 1
        if ends.heard:
            ends.heard(params)

    def failed(self, name: str, error: BaseException) -> None:
        ends = self._of(name)
        if isinstance(error, DatabaseAway):
            ends.away += 1
        elif isinstance(error, DatabaseFull):
            ends.full += 1
        else:
            ends.broken_off += 1

    def _of(self, name: str) -> Ends:
        ends = self._ends.get(name)
        if ends is None:
            ends = self._ends[name] = Ends(self._books.heard.get(name))
        return ends

    def families(self) -> list[Family]:
        samples = [
            (f"{NAME}_total", {"write": name, "result": result}, float(getattr(ends, result)))
            for name, ends in self._ends.items()
            for result in RESULTS
        ]
        about = "Writes: done, refused, away, full or broken_off."
        return [Family(NAME, "counter", about, samples), self._seconds.family()]


class Heard:
    """Passes everything on; reading is not counted, because it is cheap and frequent."""

    def __init__(self, database: Grouping) -> None:
        self._database = database
        self._write = database.write
        self.books = Books()
        self.writes = Writes(self.books)
        self.kind = database.kind
        self.fetch = database.fetch
        self.report = database.report
        self.close = database.close

    @property
    def commits(self) -> int:
        """Transactions so far; each has a group of writes."""
        return self._database.commits

    async def write(self, write: Write, params: Params) -> Written:
        began = perf_counter()
        try:
            written = await self._write(write, params)
        except BaseException as error:
            self.writes.failed(write.name, error)
            raise
        took = perf_counter() - began
        self.writes.answered(write.name, params, written.refusal is not None, took)
        return written
