"""The ledger does what a page of arithmetic says, whatever happens to it and in which order."""

import asyncio
import os
from collections.abc import Coroutine
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.jobs.orders import admission, finish, jobs_on, run, workspace_with
from tests.ledger.books import balance_of, breaches
from tests.ledger.reference import Reference

from limner.db import schema
from limner.db.base import Database
from limner.errors import InsufficientCredits
from limner.ids import new_id
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs, NotOurs
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import Source

EXAMPLES = {"sqlite": 25, "postgresql": 12}
STEPS = 30

T = TypeVar("T")
amounts = st.integers(1, 100)
sources = st.sampled_from(("plan", "topup"))


class LedgerMachine(RuleBasedStateMachine):
    jobs = Bundle("jobs")
    operations = Bundle("operations")

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner = runner
        self.database = database
        self.ledger = Ledger(database)
        self.real: Jobs = jobs_on(database)
        self.model = Reference()
        self.lines: list[object] = []
        self.workspace = self.run(workspace_with(database, 0, new_id("w").replace("_", "-")))
        self.revenue, self.losses, self.granted = self.run(self.operator())

    def run(self, work: Coroutine[object, object, T]) -> T:
        return self.runner.run(work)

    async def operator(self) -> tuple[int, ...]:
        accounts = ("revenue", "losses", "grants")
        return tuple([await balance_of(self.database, name, "live") for name in accounts])

    @rule(target=operations, name=st.uuids(), amount=amounts, sign=st.sampled_from((1, 1, 1, -1)),
          source=sources)  # fmt: skip
    def grant(self, name: object, amount: int, sign: int, source: Source) -> str:
        self.move(str(name), sign * amount, source)
        return str(name)

    @rule(operation=operations, amount=amounts, source=sources)
    def grant_again(self, operation: str, amount: int, source: Source) -> None:
        self.move(operation, amount, source)

    def move(self, operation: str, amount: int, source: Source) -> None:
        grant = self.ledger.grant(self.workspace.id, amount, operation, source=source)
        try:
            said = "done" if self.run(grant) else "repeated"
        except InsufficientCredits:
            said = "insufficient"
        assert said == self.model.grant(operation, amount, source)

    @rule(target=jobs, amount=st.integers(0, 60))
    def admit(self, amount: int) -> Ticket | None:
        enough = self.model.free("plan") + self.model.free("topup") >= amount
        try:
            ticket = self.run(self.real.admit(admission(self.workspace, amount)))
        except InsufficientCredits:
            assert not enough
            return None
        assert enough
        self.model.admit(ticket.job_id, amount)
        return ticket

    @rule(ticket=jobs, amount=st.integers(0, 120))
    def settle(self, ticket: Ticket | None, amount: int) -> None:
        if ticket is None:
            return
        state = self.model.holds[ticket.job_id].state
        try:
            self.run(finish(self.real, ticket, amount))
        except NotOurs:
            assert state in ("released", "expired")
        else:
            assert state in ("open", "settled")
        self.model.end(ticket.job_id, "settled", amount)

    @rule(ticket=jobs, lost=st.booleans())
    def release(self, ticket: Ticket | None, lost: bool) -> None:
        if ticket is None:
            return
        ended = self.run(self.fail(ticket, lost))
        if ended and self.model.holds[ticket.job_id].state == "expired" and lost:
            self.model.losses += sum(self.model.holds[ticket.job_id].held.values())
        self.model.end(ticket.job_id, "released", lost=lost)

    async def fail(self, ticket: Ticket, lost: bool) -> bool:
        outcome = "ran" if lost else "known_not_run"
        return await self.real.fail(ticket, code="provider_error", message="", outcome=outcome)

    @rule(ticket=jobs)
    def expire(self, ticket: Ticket | None) -> None:
        if ticket is None:
            return
        of_job = {"job_id": ticket.job_id}
        overdue = "UPDATE hold SET expires_at = 1 WHERE job_id = :job_id AND state = 'open'"
        self.run(run(self.database, overdue, of_job))
        self.run(self.ledger.expire_holds())
        self.model.end(ticket.job_id, "expired")

    @rule(ticket=jobs, amount=st.integers(0, 120))
    def settle_and_release_at_once(self, ticket: Ticket | None, amount: int) -> None:
        if ticket is None:
            return

        async def both() -> list[object]:
            ways = (finish(self.real, ticket, amount), self.fail(ticket, lost=False))
            return list(await asyncio.gather(*ways, return_exceptions=True))

        finished, failed = self.run(both())
        if self.model.holds[ticket.job_id].state == "open":
            assert (finished is None) != (failed is True)
        self.model.end(ticket.job_id, "released" if failed is True else "settled", amount)

    @invariant()
    def the_books_are_as_the_arithmetic_says(self) -> None:
        self.run(self.compare())

    async def compare(self) -> None:
        wallet = await self.ledger.wallet(self.workspace.id, "live")
        assert (wallet.plan, wallet.topup) == tuple(self.model.balance.values())
        assert (wallet.plan_held, wallet.topup_held) == tuple(self.model.held.values())
        holds = await self.database.fetch(
            "SELECT job_id, state, plan_charged, topup_charged FROM hold WHERE workspace_id = :id",
            {"id": self.workspace.id},
        )
        assert {row[0]: row[1:] for row in holds} == {
            job: (hold.state, *hold.charged.values()) for job, hold in self.model.holds.items()
        }
        moved = (self.model.revenue, self.model.losses, -self.model.granted - self.model.losses)
        before = (self.revenue, self.losses, self.granted)
        now = await self.operator()
        assert tuple(map(int.__sub__, now, before)) == moved
        assert await breaches(self.database, self.workspace.id) == []

    @invariant()
    def no_line_ever_changes(self) -> None:
        """I5: what was written before is still there, word for word."""
        postings = self.run(self.ledger.postings(self.workspace.id, "live", 10_000))
        assert set(self.lines) <= set(postings)
        self.lines = list(postings)


def test_the_ledger_is_as_simple_as_it_should_be(database_url: str) -> None:
    with asyncio.Runner() as runner:
        database = runner.run(schema.connect(database_url, migrate=False))

        class OnThisDatabase(LedgerMachine):
            def __init__(self) -> None:
                super().__init__(runner, database)

        examples = int(os.environ.get("LIMNER_TEST_EXAMPLES", EXAMPLES[database.kind]))
        try:
            run_state_machine_as_test(
                OnThisDatabase,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=STEPS,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(database.close())
