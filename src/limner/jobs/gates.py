"""What a request must pass to be admitted, and what it is told when it does not.

All of it is looked at first, so that most refusals cost no transaction. The same gates stand in
`ADMIT`, where they are exact: who was refused there looks again, and is told what he sees.
"""

from typing import NamedTuple

from limner import money
from limner.db.base import Database, Params, Value
from limner.errors import ConcurrentRunLimitReached, InsufficientCredits, paused
from limner.jobs import store
from limner.jobs.job import Admission
from limner.jobs.window import Window
from limner.ledger.budgets import Budget, budgets_of, refuse_beyond
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import Split, split_for


class Passed(NamedTuple):
    """How to take the credits, and which budgets they count in."""

    split: Split
    budgets: tuple[str, ...]

    def params(self, admission: Admission) -> Params:
        return self.split._asdict() | {
            "most_running": admission.bounds.most_running,
            "known_budgets": len(self.budgets),
            "budgets": [{"scope": scope} for scope in self.budgets],
        }


class Gates:
    def __init__(self, database: Database, ledger: Ledger, window: Window) -> None:
        self._database = database
        self._ledger = ledger
        self._window = window

    async def passed(self, admission: Admission, refusal: str | None = None) -> Passed:
        """Raises what the request is refused with.

        `refusal` is the word with which it was refused a moment ago, to look there again.
        """
        self._window.refuse_blocked(admission.bounds)
        if refusal == "rate" and (limited := await self._window.refusal(admission.bounds)):
            raise limited
        await self._refuse_busy(admission)
        known = admission.bounds.budgets if refusal is None else None
        budgets = await self._budgets(admission, known)
        return Passed(await self._split(admission), budgets)

    async def _refuse_busy(self, admission: Admission) -> None:
        most = admission.bounds.most_running
        if most is None:
            return
        rows = await self._database.fetch(store.RUNNING, {"key_id": admission.key_id})
        if number(rows[0][0]) >= most:
            raise ConcurrentRunLimitReached(
                f"Concurrency limit: {most} at the same time for this key, and so many run; "
                "nothing was charged. Wait for one of them to end"
            )

    async def _budgets(
        self, admission: Admission, known: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        """The scopes whose budgets have room. None of them known means none to look at."""
        if known == ():
            return ()
        found = await budgets_of(
            self._database, admission.key_id, admission.workspace_id, admission.ledger
        )
        for budget in found:
            refuse_beyond(budget, admission.held, owner_of(budget, admission))
        return tuple(budget.scope for budget in found)

    async def _split(self, admission: Admission) -> Split:
        wallet = await self._ledger.wallet(admission.workspace_id, admission.ledger)
        split = split_for(wallet.free, admission.held)
        if split is None:
            error = InsufficientCredits(
                f"this request needs {money.shown(admission.held)} credits and "
                f"{money.at_least(wallet.free.total)} are available; nothing was charged. "
                "Ask for less, or have credits added (`limner credits add`)"
            )
            raise error if wallet.balance else paused(error)
        return split


def owner_of(budget: Budget, admission: Admission) -> str:
    return "this key" if budget.scope == admission.key_id else "this workspace"


def number(value: Value) -> int:
    assert isinstance(value, int)
    return value
