"""A database whose writes are counted and timed on their way."""

import time
from typing import Literal, TypeAlias

from limner.db.base import Database, DatabaseAway, DatabaseFull, Params, Write, Written
from limner.metrics.books import Books
from limner.metrics.family import Family
from limner.metrics.tally import Count, Times

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
Result: TypeAlias = Literal["done", "refused", "away", "full", "broken_off"]


class Writes:
    def __init__(self) -> None:
        self.ended = Count(
            "limner_database_writes",
            "Writes: done, refused, away, full or broken_off.",
            "write",
            "result",
        )
        self.seconds = Times(
            "limner_database_write_seconds",
            "From a write to its durable commit, with the wait for its group.",
            bounds=BOUNDS,
        )

    def families(self) -> list[Family]:
        return [self.ended.family(), self.seconds.family()]


class Heard:
    """Passes everything on; reading is not counted, because it is cheap and frequent."""

    def __init__(self, database: Database, writes: Writes, books: Books) -> None:
        self._database, self._writes, self._books = database, writes, books
        self.kind = database.kind
        self.fetch = database.fetch
        self.report = database.report
        self.close = database.close

    async def write(self, write: Write, params: Params) -> Written:
        began = time.perf_counter()
        result: Result = "broken_off"
        try:
            written = await self._database.write(write, params)
            result = "refused" if written.refusal else "done"
        except (DatabaseAway, DatabaseFull) as error:
            result = "full" if isinstance(error, DatabaseFull) else "away"
            raise
        finally:
            self._writes.ended.add(write.name, result)
        self._writes.seconds.saw(time.perf_counter() - began)
        if result == "done":
            self._books.took(write.name, params)
        return written
