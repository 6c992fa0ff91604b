"""Whatever can happen to a wallet, one thing after another or two at once, on two servers.

After every step the rows must say what a page of arithmetic says. Of two things at once the
arithmetic may have been done in either order, and there must be one that fits: what each was
answered, and every number afterwards.
"""

import asyncio
import copy
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.jobs.orders import admission, finish, jobs_on, run, workspace_with
from tests.ledger.books import breaches
from tests.ledger.reference import Reference, Source

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.errors import Conflict, InsufficientCredits, InvalidParams
from limner.ids import new_id
from limner.jobs.job import Ticket
from limner.jobs.jobs import NotOurs
from limner.ledger.corrections import Corrected
from limner.ledger.ledger import Ledger
from limner.plan_terms import PlanTerms
from limner.plans.plans import Plans

T = TypeVar("T")
KINDS = (
    *("grant", "grant", "admit", "admit", "admit", "settle", "settle", "fail", "expire"),
    *("refund", "refund", "correct", "month", "put"),
)
PLANS = {
    "small": PlanTerms(credits=0.00003),
    "kept": PlanTerms(credits=0.00005, rollover=0.00002),
    "hoard": PlanTerms(credits=0.00004, rollover="all"),
}
OVERDUE = "UPDATE hold SET expires_at = 1 WHERE job_id = :job_id AND state = 'open'"
OVER = """
    UPDATE workspace
    SET plan_renews_at = NOW_US(), plan_since = plan_since - CAST(157784760000000 AS BIGINT)
    WHERE id = :id AND plan IS NOT NULL
"""
"""A plan that began five years earlier, and whose month is over: the audit counts its months."""
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


class Wish(NamedTuple):
    """Something that somebody wants to do; the numbers say to what of what there is."""

    kind: str
    which: int
    amount: int
    name: int
    source: Source
    whole: bool
    """Of a refund or correction: all that is left. Of a failure: that something was lost."""


wishes = st.builds(
    Wish,
    st.sampled_from(KINDS),
    st.integers(0, 6),
    st.integers(0, 90),
    st.integers(0, 15),
    st.sampled_from(("plan", "topup")),
    st.booleans(),
)


@dataclass(frozen=True)
class Till:
    """One server's way to the books."""

    database: Database
    workspace: Workspace

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.database)

    @property
    def plans(self) -> Plans:
        return Plans(self.database, PLANS)


@dataclass(frozen=True)
class Deed:
    """A wish come true, for a till and for the arithmetic."""

    real: Callable[[Till], Awaitable[str]]
    model: Callable[[Reference], str]
    before: str = ""
    """What must be so in the rows first."""
    job_id: str = ""
    otherwise: Callable[[Reference], str] | None = None
    """What else it may have done, when something else happened meanwhile."""

    @property
    def models(self) -> list[Callable[[Reference], str]]:
        return [self.model, *([self.otherwise] if self.otherwise else [])]


async def told(real: Awaitable[str]) -> str:
    """What somebody is answered, in the arithmetic's words."""
    try:
        return await real
    except InsufficientCredits:
        return "insufficient"
    except InvalidParams:
        return "invalid"
    except Conflict:
        return "conflict"
    except NotOurs:
        return "over"


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, runner: asyncio.Runner, here: Database, there: Database) -> None:
        super().__init__()
        self.runner, self.database = runner, here
        self.workspace = self.run(workspace_with(here, 0, new_id("w").replace("_", "-")))
        self.tills = [Till(one, self.workspace) for one in (here, there)]
        self.models = [Reference()]
        """What the rows may be: one but for a moment."""
        self.tickets: dict[str, Ticket] = {}
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
        deeds = [deed for at, wish in enumerate(several) if (deed := self.deed(wish, at))]
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

    def deed(self, wish: Wish, at: int) -> Deed | None:
        """None for a wish about something of which there is none yet."""
        jobs, gifts = sorted(self.tickets), sorted(self.model.gifts)
        if wish.kind in ("settle", "fail", "expire", "refund"):
            return self.of_job(wish, jobs[-1 - wish.which % len(jobs)]) if jobs else None
        if wish.kind == "correct":
            return self.correct(wish, gifts[-1 - wish.which % len(gifts)]) if gifts else None
        if wish.kind == "admit":
            return self.admit(wish, f"job {len(jobs):03}.{at}")
        if wish.kind == "grant":
            return self.grant(wish)
        return self.month() if wish.kind == "month" else self.put(wish)

    def grant(self, wish: Wish) -> Deed:
        amount = -wish.amount if wish.whole and wish.which == 0 else wish.amount
        amount, name = amount or 1, f"grant {wish.name}"

        async def real(till: Till) -> str:
            done = await till.ledger.grant(self.workspace.id, amount, name, source=wish.source)
            return "done" if done else "repeated"

        return Deed(real, lambda model: model.grant(name, amount, wish.source))

    def admit(self, wish: Wish, job: str) -> Deed:
        async def real(till: Till) -> str:
            wanted = admission(self.workspace, wish.amount)
            self.tickets[job] = await jobs_on(till.database).admit(wanted)
            return "done"

        seen = self.model.all_free()
        return Deed(
            real,
            lambda model: model.admit(job, wish.amount),
            otherwise=lambda model: model.admit(job, wish.amount, seen),
        )

    def of_job(self, wish: Wish, job: str) -> Deed:
        ticket = self.tickets[job]
        amount = None if wish.whole else wish.amount
        name = f"refund {wish.name}"

        async def settle(till: Till) -> str:
            await finish(jobs_on(till.database), ticket, wish.amount)
            return "done"

        async def fail(till: Till) -> str:
            outcome = "ran" if wish.whole else "known_not_run"
            jobs = jobs_on(till.database)
            ended = await jobs.fail(ticket, code="provider_error", message="", outcome=outcome)
            return "done" if ended else "over"

        async def expire(till: Till) -> str:
            await till.ledger.expire_holds()
            return "done"

        async def refund(till: Till) -> str:
            own = self.workspace.id
            return moved(await till.ledger.refund(own, ticket.job_id, name, amount=amount))

        return {
            "settle": Deed(settle, lambda model: model.settle(job, wish.amount)),
            "fail": Deed(fail, lambda model: model.fail(job, lost=wish.whole)),
            "expire": Deed(expire, lambda model: model.expire(job), OVERDUE, ticket.job_id),
            "refund": Deed(refund, lambda model: model.refund(name, job, amount)),
        }[wish.kind]

    def correct(self, wish: Wish, gift: str) -> Deed:
        amount, name = None if wish.whole else wish.amount, f"correction {wish.name}"
        operation = f"live/{self.workspace.id}/{gift}"

        async def real(till: Till) -> str:
            own = self.workspace.id
            return moved(await till.ledger.correct(own, operation, name, amount=amount))

        return Deed(real, lambda model: model.correct(name, gift, amount))

    def month(self) -> Deed:
        async def real(till: Till) -> str:
            return "done" if await till.plans.renew() else "nothing"

        return Deed(real, lambda model: model.month(), OVER)

    def put(self, wish: Wish) -> Deed:
        name = (*PLANS, "")[wish.name % 4]
        terms = PLANS.get(name)

        async def real(till: Till) -> str:
            changed = await till.plans.put(self.workspace.id, name or None)
            return "done" if changed else "repeated"

        keeps, monthly = (terms.keeps, terms.monthly) if terms else (0, 0)
        return Deed(real, lambda model: model.put(name, keeps, monthly))

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
            self.tickets[job].job_id: (
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


def moved(corrected: Corrected) -> Literal["done", "repeated"]:
    return "done" if corrected.moved else "repeated"
