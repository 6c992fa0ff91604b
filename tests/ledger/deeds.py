"""What can be done to a wallet: by a server, and by the arithmetic it is held against."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hypothesis import strategies as st
from tests.jobs.orders import admission, finish, jobs_on
from tests.ledger.reference import Reference, Source

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.errors import Conflict, InsufficientCredits, InvalidParams
from limner.jobs.job import Ticket
from limner.jobs.jobs import NotOurs
from limner.ledger.corrections import Corrected
from limner.ledger.ledger import Ledger
from limner.plan_terms import PlanTerms
from limner.plans.plans import Plans

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


@dataclass
class Wallet:
    """Whose wallet it is, and which jobs there are so far."""

    workspace: Workspace
    tickets: dict[str, Ticket] = field(default_factory=dict)

    def deed(self, wish: Wish, at: int, model: Reference) -> Deed | None:
        """None for a wish about something of which there is none yet."""
        jobs, gifts = sorted(self.tickets), sorted(model.gifts)
        if wish.kind in ("settle", "fail", "expire", "refund"):
            return self.of_job(wish, jobs[-1 - wish.which % len(jobs)]) if jobs else None
        if wish.kind == "correct":
            return self.correct(wish, gifts[-1 - wish.which % len(gifts)]) if gifts else None
        if wish.kind == "admit":
            return self.admit(wish, f"job {len(jobs):03}.{at}", model)
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

    def admit(self, wish: Wish, job: str, now: Reference) -> Deed:
        async def real(till: Till) -> str:
            wanted = admission(self.workspace, wish.amount)
            self.tickets[job] = await jobs_on(till.database).admit(wanted)
            return "done"

        seen = now.all_free()
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


def moved(corrected: Corrected) -> Literal["done", "repeated"]:
    return "done" if corrected.moved else "repeated"
