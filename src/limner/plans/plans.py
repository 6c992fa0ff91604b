"""Puts workspaces on plans, and renews the credits of a plan when its month is over.

A month that nobody was there to renew is not made up for: the server that comes back gives the
credits of the month that runs. Which plans there are is configuration; a workspace whose plan is
not among them any more keeps what it has and is given nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, cast

import structlog

from limner import money
from limner.db.base import Database, Params, Row, Value, Values
from limner.errors import InvalidParams, NotFound
from limner.plan_terms import PlanTerms
from limner.plans import store
from limner.plans.months import months_gone, months_later
from limner.webhooks.outbox import event_params

log = structlog.get_logger()

MICROSECONDS = 1_000_000
Moves: TypeAlias = dict[str, Value | Sequence[Values]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Which plan a workspace is on; times are unix microseconds."""

    plan: str | None = None
    since: int | None = None
    renews_at: int | None = None
    terms: PlanTerms | None = None
    """None where it is on no plan, or on one that is not configured."""

    def expiring(self, free: int) -> int:
        """How much of the plan's free credits ends with the month, if it stays unused."""
        return max(0, free - self.terms.keeps) if self.terms else 0


class Due(NamedTuple):
    """A month that is over, as it was read at a moment of the database's clock."""

    workspace_id: str
    plan: str
    since: int
    renews_at: int
    now: int

    @property
    def begun(self) -> int:
        """When the month began that runs now."""
        return max(self.renews_at, months_later(self.since, months_gone(self.since, self.now)))

    @property
    def next(self) -> int:
        return months_later(self.since, months_gone(self.since, self.now) + 1)


class Plans:
    def __init__(self, database: Database, terms: Mapping[str, PlanTerms]) -> None:
        self._database = database
        self.terms = terms
        self._told: set[str] = set()

    def check(self, name: str | None) -> None:
        """Raises InvalidParams for a plan that is not configured."""
        if name is not None and name not in self.terms:
            known = ", ".join(sorted(self.terms)) or "none"
            raise InvalidParams(
                f"there is no plan {name[:80]!r}; configured are: {known}. Plans stand in "
                "limner.toml as [plans.NAME]",
                param="plan",
            )

    async def standing(self, workspace_id: str) -> Standing:
        """Raises NotFound."""
        plan, since, renews_at, _ = await self._read(workspace_id)
        return Standing(plan, since, renews_at, self.terms.get(plan or ""))

    async def _read(self, workspace_id: str) -> tuple[str | None, int | None, int | None, int]:
        rows = await self._database.fetch(store.STANDING, {"workspace_id": workspace_id})
        if not rows:
            raise NotFound(f"there is no workspace {workspace_id!r}")
        return cast(tuple[str | None, int | None, int | None, int], rows[0])

    async def put(self, workspace_id: str, name: str | None) -> bool:
        """Put a workspace on a plan, or with None on none; False when it was there already.

        The first month of the new plan begins at once, and what is free of the old plan's credits
        expires or stays as its rollover says. Raises InvalidParams, NotFound.
        """
        self.check(name)
        while True:
            before, before_since, before_renews, now = await self._read(workspace_id)
            if before == name:
                return False
            params = self._changing(workspace_id, before, name, now)
            params |= {"before": before or "", "before_since": before_since or 0}
            params |= {"before_renews": before_renews or 0}
            refusal = (await self._database.write(store.CHANGE, params)).refusal
            if refusal is None:
                return True
            if refusal == "full":
                raise InvalidParams("the wallet has no room for this plan's credits", param="plan")

    def _changing(self, workspace_id: str, before: str | None, name: str | None, now: int) -> Moves:
        return {
            **self._moves(workspace_id, before, name, now),
            "since": None if name is None else now,
            "renews": None if name is None else months_later(now, 1),
            "month_start": month_of(workspace_id, now),
        }

    def _moves(self, workspace_id: str, before: str | None, name: str | None, begun: int) -> Moves:
        """What leaves and enters the wallet when a month begins."""
        old, new = self.terms.get(before or ""), self.terms.get(name or "")
        given = new.monthly if new else 0
        month: Values = {"month": month_of(workspace_id, begun), "amount": given}
        return {
            "workspace_id": workspace_id,
            "plan": name,
            "old_plan": before,
            # Without a rule nothing expires.
            "keeps": old.keeps if old else money.FULLEST,
            "expiry": f"live/{workspace_id}/expire/{begun}",
            "months": [month] if new else [],
            "given": given,
            "fullest": money.FULLEST,
        }

    async def renew(self) -> int:
        """Begin every month that is due, by the database's clock; returns how many were."""
        renewed = 0
        place: Values = {"after": 0, "after_id": ""}
        while rows := await self._database.fetch(store.DUE, place):
            due = [due_of(row) for row in rows]
            renewed += sum(await asyncio.gather(*(self._renew(one) for one in due)))
            place = {"after": due[-1].renews_at, "after_id": due[-1].workspace_id}
        return renewed

    async def _renew(self, due: Due) -> bool:
        terms = self.terms.get(due.plan)
        if terms is None:
            self._tell_unknown(due)
            return False
        written = await self._database.write(store.RENEW, self._renewing(due, terms))
        if written.refusal in ("given", "full"):
            log.warning("plan_not_renewed", workspace_id=due.workspace_id, reason=written.refusal)
        if written.refusal is None:
            log.info("plan_renewed", workspace_id=due.workspace_id, plan=due.plan)
        return written.refusal is None

    def _renewing(self, due: Due, terms: PlanTerms) -> Params:
        told = {
            "workspace_id": due.workspace_id,
            "plan": due.plan,
            "credits": money.wire(terms.monthly),
            "renews": due.next // MICROSECONDS,
        }
        return {
            **event_params("credits.renewed", told),
            **self._moves(due.workspace_id, due.plan, due.plan, due.begun),
            "ledger": "live",
            "since": due.since,
            "due": due.renews_at,
            "renews": due.next,
        }

    def _tell_unknown(self, due: Due) -> None:
        """Say once that a plan is not configured; it is found again at every sweep."""
        if due.plan not in self._told:
            self._told.add(due.plan)
            log.warning("plan_unknown", plan=due.plan, workspace_id=due.workspace_id)

    async def used(self) -> dict[str, int]:
        """How many workspaces are on each plan that any is on."""
        return dict(cast(list[tuple[str, int]], await self._database.fetch(store.USED)))


def month_of(workspace_id: str, begun: int) -> str:
    """The operation that gives the credits of a month: it has one name, so it happens once."""
    return f"live/{workspace_id}/plan/{begun}"


def due_of(row: Row) -> Due:
    return Due(*cast(tuple[str, str, int, int, int], row))
