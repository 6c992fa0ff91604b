"""What the operator bore: work a provider may want money for, and that nobody was charged for.

Nobody's balance has it. A loss is found by when it was booked, together with the job that made it.
"""

from dataclasses import dataclass
from typing import cast

from limner.db.base import Database, Row, Value
from limner.errors import InvalidParams
from limner.ledger.wallet import LedgerName

OF_TIME = """
    FROM posting p LEFT JOIN job j ON j.id = p.job_id
    WHERE p.kind = 'loss' AND p.ledger = CAST(:ledger AS TEXT)
      AND p.at >= CAST(:start AS BIGINT) AND p.at < CAST(:end AS BIGINT)
"""
SUMS = f"""
    SELECT j.model, j.provider, COUNT(*), CAST(SUM(p.amount) AS BIGINT) {OF_TIME}
    GROUP BY j.model, j.provider ORDER BY 4 DESC, 1, 2
"""
PAGE = f"""
    SELECT p.at, p.amount, p.job_id, j.request_id, j.workspace_id, j.model, j.provider,
           j.provider_request_id, j.error_code, j.error_message, j.outcome
    {OF_TIME}
      AND p.at <= CAST(:until AS BIGINT)
      AND (p.at < CAST(:until AS BIGINT) OR p.operation < :below)
    ORDER BY p.at DESC, p.operation DESC LIMIT CAST(:most AS BIGINT)
"""
"""Losses before the moment `until`, or of that moment and with a name below `below`."""
PLACE = "SELECT at, operation FROM posting WHERE operation = :operation"


@dataclass(frozen=True, slots=True)
class Time:
    """From `start_us` on and before `end_us`, on one ledger."""

    ledger: LedgerName
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Loss:
    """Times are unix microseconds, amounts micro-credits. `outcome` says whether the work ran."""

    at: int
    amount: int
    job_id: str
    request_id: str
    workspace_id: str
    model: str
    provider: str
    provider_request_id: str | None
    error_code: str | None
    error_message: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class LossSum:
    """The losses with a model at a provider."""

    model: str
    provider: str
    count: int
    amount: int


class Losses:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def sums(self, time: Time) -> list[LossSum]:
        """By model and provider, the dearest first."""
        rows = await self._database.report(SUMS, params_of(time))
        return [LossSum(*cast(tuple[str, str, int, int], row)) for row in rows]

    async def page(
        self, time: Time, most: int, after: str | None = None
    ) -> tuple[list[Loss], bool]:
        """Losses, newest first, and whether there are more; `after` is the job of an earlier one.

        Raises InvalidParams for a job without a loss.
        """
        until, below = time.end_us, ""
        if after is not None:
            until, below = await self._place(after)
        params = params_of(time) | {"until": until, "below": below, "most": most + 1}
        rows = await self._database.report(PAGE, params)
        return [loss_of(row) for row in rows[:most]], len(rows) > most

    async def _place(self, job_id: str) -> tuple[int, str]:
        rows = await self._database.fetch(PLACE, {"operation": f"loss/{job_id}"})
        if not rows:
            raise InvalidParams("after must be the id of a job with a loss", param="after")
        return cast(tuple[int, str], rows[0])


def params_of(time: Time) -> dict[str, Value]:
    return {"ledger": time.ledger, "start": time.start_us, "end": time.end_us}


def loss_of(row: Row) -> Loss:
    """A row of `PAGE`."""
    return Loss(
        *cast(
            tuple[
                int, int, str, str, str, str, str, str | None, str | None, str | None, str | None
            ],
            row,
        )
    )  # fmt: skip
