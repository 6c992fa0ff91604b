"""Watches what is told once when it passes a mark: budgets that are spent, credits that run out.

What was told is marked in the transaction that writes it down, so of many processes one tells it.
"""

from typing import cast

from limner import money
from limner.accounts.limits import Options, read
from limner.db.base import Database, Statement, Value, Write
from limner.ledger import budget_store
from limner.ledger.budgets import Budget, budget_of
from limner.webhooks.outbox import TELL, event_params

TELL_BUDGET = Write("tell_budget", (*budget_store.TELL.statements, TELL), locks="workspace_id")

OWNER = "SELECT workspace_id, kind FROM api_key WHERE id = :id"

LISTENING = """
    SELECT DISTINCT x.workspace_id, x.plan + x.topup, o.options,
           CASE WHEN l.workspace_id IS NULL THEN 0 ELSE 1 END
    FROM webhook w
    JOIN wallet x ON x.workspace_id = w.workspace_id AND x.ledger = 'live'
    JOIN workspace o ON o.id = w.workspace_id
    LEFT JOIN webhook_low l ON l.workspace_id = w.workspace_id
    WHERE w.state = 'enabled' AND w.ledger = 'live'
      AND (w.events = '*' OR w.events LIKE '%credits.low%')
"""
"""Workspaces that want to hear when their credits run out, and what they have left."""

TELL_LOW = Write(
    "tell_low",
    (
        Statement(
            """
            INSERT INTO webhook_low (workspace_id, at) VALUES (:workspace_id, NOW_US())
            ON CONFLICT (workspace_id) DO NOTHING RETURNING workspace_id
            """,
            refusal="told",
        ),
        TELL,
    ),
    locks="workspace_id",
)
NOT_LOW = Write(
    "not_low",
    (Statement("DELETE FROM webhook_low WHERE workspace_id = :workspace_id"),),
    locks="workspace_id",
)


class Watch:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def watch(self) -> None:
        await self.watch_budgets()
        await self.watch_credits()

    async def watch_budgets(self) -> None:
        for row in await self._database.fetch(budget_store.UNTOLD):
            budget = budget_of(row)
            if budget.level > budget.told:
                await self._tell_budget(budget)

    async def _tell_budget(self, budget: Budget) -> None:
        keys = await self._database.fetch(OWNER, {"id": budget.scope})
        workspace_id, ledger = keys[0] if keys else (budget.scope, "live")
        told = {
            "scope": "key" if keys else "workspace",
            "id": budget.scope,
            "percent": budget.level,
            "budget_credits": money.wire(budget.most),
            "credits_used": money.wire(budget.charged),
            "month": budget.period,
            "resets": budget.resets,
        }
        params: dict[str, Value] = {
            **event_params("budget.threshold_reached", told),
            "workspace_id": workspace_id,
            "ledger": ledger,
            "scope": budget.scope,
            "period": budget.period,
            "level": budget.level,
        }
        await self._database.write(TELL_BUDGET, params)

    async def watch_credits(self) -> None:
        for row in await self._database.fetch(LISTENING):
            workspace_id, left, options, told = cast(tuple[str, int, str, int], row)
            least = read(options, Options).credits_low
            low = least is not None and left < least
            if least is not None and low and not told:
                await self._tell_low(workspace_id, left, least)
            elif told and not low:
                await self._database.write(NOT_LOW, {"workspace_id": workspace_id})

    async def _tell_low(self, workspace_id: str, left: int, least: int) -> None:
        told = {
            "workspace_id": workspace_id,
            "credits_left": money.wire(left),
            "threshold_credits": money.wire(least),
        }
        params = event_params("credits.low", told)
        own: dict[str, Value] = {"workspace_id": workspace_id, "ledger": "live"}
        await self._database.write(TELL_LOW, params | own)
