"""Whatever can happen to a wallet, one thing after another or two at once, on two servers.

After every step the rows must say what a page of arithmetic says. Of two things at once the
arithmetic may have been done in either order, and there must be one that fits: what each was
answered, and every number afterwards.
"""

import asyncio
import copy
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from itertools import product
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.jobs.orders import run, workspace_with
from tests.ledger.books import breaches
from tests.ledger.deeds import OVER, OVERDUE, Deed, Till, Wallet, Wish, told, wishes
from tests.ledger.reference import Reference

from limner.db.base import Database
from limner.ids import new_id

T = TypeVar("T")
HOLDS = """
    SELECT h.job_id, h.state, j.state, h.plan, h.topup, h.plan_charged, h.topup_charged
    FROM hold h JOIN job j ON j.id = h.job_id WHERE h.workspace_id = :id
"""
ACCOUNTS = """
    SELECT account, SUM(amount) FROM (
        SELECT ledger, credit AS account, amount FROM posting
        UNION ALL SELECT ledger, debit, -amount FROM posting) AS moved
    WHERE ledger = 'live' AND account IN ('grants', 'revenue', 'losses') GROUP BY account
"""


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, runner: asyncio.Runner, here: Database, there: Database) -> None:
        super().__init__()
        self.runner, self.database = runner, here
        self.workspace = self.run(workspace_with(here, 0, new_id("w").replace("_", "-")))
        self.tills = [Till(one, self.workspace) for one in (here, there)]
        self.models = [Reference()]
        """What the rows may be: one but for a moment."""
        self.wallet = Wallet(self.workspace)
        self.lines: set[object] = set()
        self.happened: deque[tuple[Sequence[Wish], list[str]]] = deque(maxlen=4)
        self.began = self.run(self.accounts())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def model(self) -> Reference:
        return self.models[0]

    @rule(wish=wishes)
    def alone(self, wish: Wish) -> None:
        self.do(wish)

    @rule(first=wishes, second=wishes)
    def at_once(self, first: Wish, second: Wish) -> None:
        self.do(first, second)

    def do(self, *several: Wish) -> None:
        """Let wishes come true at once, and work out every order in which they may have."""
        deeds = [
            deed
            for at, wish in enumerate(several)
            if (deed := self.wallet.deed(wish, at, self.model))
        ]
        if not deeds:
            return
        for deed in deeds:
            self.run(self.prepare(deed))
        said = self.run(self.together(deeds))
        self.happened.append((several, said))
        self.models = [
            model
            for ways in product(*(deed.models for deed in deeds))
            for order in (1, -1)[: len(deeds)]
            if (model := self.worked_out(ways, said, order))
        ]
        assert self.models, f"the arithmetic says otherwise: {self.happened}"

    async def prepare(self, deed: Deed) -> None:
        if deed.before == OVERDUE:
            await run(self.database, OVERDUE, {"job_id": deed.job_id})
        elif deed.before:
            await run(self.database, OVER, {"id": self.workspace.id})
            self.model.due = bool(self.model.plan)

    async def together(self, deeds: Sequence[Deed]) -> list[str]:
        pairs = zip(deeds, self.tills, strict=False)
        return list(await asyncio.gather(*(told(deed.real(till)) for deed, till in pairs)))

    def worked_out(
        self, ways: Sequence[Callable[[Reference], str]], said: list[str], order: int
    ) -> Reference | None:
        """The arithmetic in one order; None when somebody was answered otherwise."""
        model = copy.deepcopy(self.model)
        answers = [way(model) for way in ways[::order]]
        return model if answers[::order] == said else None

    @invariant()
    def the_rows_say_what_the_arithmetic_says(self) -> None:
        rows = self.run(self.rows())
        fitting = [model for model in self.models if self.worded(model) == rows]
        arithmetic = [self.worded(model) for model in self.models]
        assert fitting, f"{rows}, but {arithmetic} after {self.happened}"
        self.models = fitting[:1]
        assert self.run(breaches(self.database, self.workspace.id)) == []

    @invariant()
    def no_line_ever_changes(self) -> None:
        """I5: what was written before is still there, word for word."""
        lines = self.run(self.tills[0].ledger.postings(self.workspace.id, "live", 10_000))
        assert self.lines <= set(lines)
        self.lines = set(lines)

    def worded(self, model: Reference) -> tuple[object, ...]:
        """The arithmetic as rows would say it."""
        states = {"settled": "completed", "released": "failed"}
        holds = {
            self.wallet.tickets[job].job_id: (
                hold.state,
                states.get(hold.state, "processing" if hold.runs else "failed"),
                *hold.held.values(),
                *hold.charge.by.values(),
            )
            for job, hold in model.holds.items()
        }
        wallet = [model.balance["plan"], model.held["plan"]]
        wallet += [model.balance["topup"], model.held["topup"]]
        return wallet, holds, model.accounts, model.plan

    async def rows(self) -> tuple[object, ...]:
        wallet = await self.tills[0].ledger.wallet(self.workspace.id, "live")
        rows = await self.database.fetch(HOLDS, {"id": self.workspace.id})
        now = await self.accounts()
        moved = {account: amount - self.began[account] for account, amount in now.items()}
        amounts = [wallet.plan, wallet.plan_held, wallet.topup, wallet.topup_held]
        plan = (await self.tills[0].plans.standing(self.workspace.id)).plan
        return amounts, {str(row[0]): tuple(row[1:]) for row in rows}, moved, plan or ""

    async def accounts(self) -> dict[str, int]:
        rows = await self.database.fetch(ACCOUNTS)
        return {"grants": 0, "revenue": 0, "losses": 0} | {
            str(row[0]): int(row[1] or 0) for row in rows
        }
