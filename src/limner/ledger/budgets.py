"""Budgets as people know them: so much in a month, so much of it gone, and when it begins anew."""

import datetime
from dataclasses import dataclass
from typing import cast

from limner import money
from limner.db.base import Database, Row, Value, Values
from limner.errors import BudgetExceeded, paused
from limner.ledger import budget_store as store
from limner.ledger.wallet import LedgerName

LEVELS = (100, 90, 75, 50)
"""Percent of a budget that somebody wants to hear of when they are spent."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Amounts in micro-credits; `period` is the month they are of, as in `2026-11`."""

    scope: str
    """The id of a key or a workspace."""
    most: int
    charged: int
    held: int
    told: int
    period: str

    @property
    def level(self) -> int:
        """The highest of `LEVELS` that is spent, else 0."""
        return next((one for one in LEVELS if self.charged * 100 >= self.most * one), 0)

    @property
    def resets(self) -> str:
        """The first day of the next month."""
        year, month = map(int, self.period.split("-"))
        return datetime.date(year + month // 12, month % 12 + 1, 1).isoformat()


async def budgets_of(
    database: Database, key_id: str, workspace_id: str, ledger: LedgerName
) -> list[Budget]:
    """The budgets that a request of a key counts in."""
    scope = workspace_id if ledger == "live" else None
    rows = await database.fetch(store.BUDGETS, {"key_id": key_id, "workspace_scope": scope})
    return [budget_of(row) for row in rows]


def budget_of(row: Row) -> Budget:
    return Budget(*cast(tuple[str, int, int, int, int, str], row))


def refuse_beyond(budget: Budget, amount: int, owner: str) -> None:
    """Raises BudgetExceeded, saying what is spent, what is held and when it begins anew."""
    if not amount or budget.charged + budget.held + amount <= budget.most:
        return
    error = BudgetExceeded(
        f"this request needs {money.shown(amount)} credits, and the monthly budget of {owner} is "
        f"{money.shown(budget.most)}: {money.shown(budget.charged)} are spent and "
        f"{money.shown(budget.held)} held for work that runs. Nothing was charged; the budget "
        f"begins anew on {budget.resets} (UTC)"
    )
    raise paused(error) if budget.charged >= budget.most else error


def budget_params(
    scope: str, workspace_id: str, ledger: str, most: int | None
) -> dict[str, Value | list[Values]]:
    """What `SET_BUDGET` and `DROP_BUDGET` run with."""
    named: Values = {"scope": scope, "workspace_id": workspace_id, "ledger": ledger, "most": most}
    return {
        "set_budgets": [] if most is None else [named],
        "dropped_budgets": [named] if most is None else [],
    }
