"""A month's budget is never passed, whoever spends it, and says what it is spent on."""

import asyncio
import os
import random
from typing import cast

import pytest
from tests.jobs.orders import SECRET, accounts, admission, finish, jobs_on, run, workspace_with
from tests.ledger.books import breaches as books_broken
from tests.ledger.books import rules_broken

from limner import money
from limner.accounts.accounts import Accounts
from limner.accounts.api_key import ApiKey
from limner.accounts.workspace import Workspace
from limner.db import schema
from limner.db.base import Database
from limner.errors import BudgetExceeded, InsufficientCredits
from limner.jobs.bounds import Bounds
from limner.jobs.job import Admission, Ticket
from limner.jobs.jobs import Jobs, NotOurs
from limner.ledger.budgets import Budget, budgets_of
from limner.ledger.ledger import Ledger
from limner.vault import Vault

ONE = money.credits(1)
ROUNDS = int(os.environ.get("LIMNER_TEST_EXAMPLES", "6"))


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    return await workspace_with(database, 1000 * ONE)


async def a_key(
    database: Database, workspace: Workspace, budget: int | None = None, kind: str = "live"
) -> ApiKey:
    made, _ = await accounts(database).create_key(workspace, kind, "key")  # type: ignore[arg-type]  # one of the kinds
    if budget is None:
        return made
    return await accounts(database).limit_key(made.id, {"max_budget_monthly_credits": budget})


def order(workspace: Workspace, key: ApiKey, held: int, *budgets: str) -> Admission:
    return admission(
        workspace, held, key_id=key.id, ledger=key.kind, bounds=Bounds(budgets=budgets)
    )


async def budget_of(database: Database, scope: str) -> Budget:
    (found,) = await budgets_of(database, scope, scope, "live")
    return found


async def broken(database: Database) -> list[str]:
    """What of the rules of money does not hold, and budgets that are passed."""
    found = await books_broken(database) + await rules_broken(database)
    passed = "SELECT scope, charged, held, most FROM budget WHERE charged + held > most"
    return [*found, *(f"passed: {row}" for row in await database.fetch(passed))]


async def storm(jobs: Jobs, wanted: Admission, tries: int) -> list[Ticket]:
    """The tickets of those of many who were let in."""
    results = await asyncio.gather(
        *(jobs.admit(wanted) for _ in range(tries)), return_exceptions=True
    )
    wrong = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(one, BudgetExceeded) for one in wrong), wrong
    return [one for one in results if isinstance(one, Ticket)]


async def test_of_many_at_once_as_many_pass_as_the_budget_pays_for(
    database: Database, workspace: Workspace
) -> None:
    key = await a_key(database, workspace, 10 * ONE)
    tickets = await storm(jobs_on(database), order(workspace, key, 3 * ONE, key.id), 40)
    assert len(tickets) == 3
    budget = await budget_of(database, key.id)
    assert (budget.charged, budget.held) == (0, 9 * ONE)
    assert await broken(database) == []


async def test_two_servers_share_a_budget_and_need_not_have_heard_of_it(
    database: Database, database_url: str, workspace: Workspace
) -> None:
    key = await a_key(database, workspace, 7 * ONE)
    other = await schema.connect(database_url, migrate=False)
    knows, does_not = order(workspace, key, ONE, key.id), order(workspace, key, ONE)
    tickets = await asyncio.gather(
        storm(jobs_on(database), knows, 30), storm(jobs_on(other), does_not, 30)
    )
    assert sum(map(len, tickets)) == 7
    assert await broken(database) == []
    await other.close()


async def test_key_and_workspace_are_both_held_to_theirs(
    database: Database, workspace: Workspace
) -> None:
    await accounts(database).set_workspace(workspace.id, {"max_budget_monthly_credits": 5 * ONE})
    first, second = [await a_key(database, workspace, most) for most in (4 * ONE, None)]
    jobs = jobs_on(database)
    assert len(await storm(jobs, order(workspace, first, ONE, first.id, workspace.id), 9)) == 4
    with pytest.raises(BudgetExceeded, match="of this key is 4"):
        await jobs.admit(order(workspace, first, ONE, first.id, workspace.id))
    assert len(await storm(jobs, order(workspace, second, ONE, workspace.id), 9)) == 1
    with pytest.raises(BudgetExceeded, match="of this workspace is 5"):
        await jobs.admit(order(workspace, second, ONE, workspace.id))
    assert await broken(database) == []


async def test_what_was_not_charged_is_free_again(database: Database, workspace: Workspace) -> None:
    key = await a_key(database, workspace, 10 * ONE)
    jobs, wanted = jobs_on(database), order(workspace, key, 5 * ONE, key.id)
    cheap, failed = await storm(jobs, wanted, 2)
    await finish(jobs, cheap, 2 * ONE)
    await jobs.fail(failed, code="provider_error", message="", outcome="ran")
    budget = await budget_of(database, key.id)
    assert (budget.charged, budget.held) == (2 * ONE, 0)
    (lost,) = await storm(jobs, wanted, 1)
    await run(
        database, "UPDATE hold SET expires_at = 1 WHERE job_id = :job_id", {"job_id": lost.job_id}
    )
    assert (await budget_of(database, key.id)).held == 5 * ONE
    await Ledger(database).expire_holds()
    assert (await budget_of(database, key.id)).held == 0
    assert await broken(database) == []


async def test_a_refusal_says_what_is_spent_and_held_and_when_it_begins_anew(
    database: Database, workspace: Workspace
) -> None:
    key = await a_key(database, workspace, 10 * ONE)
    jobs = jobs_on(database)
    done = await jobs.admit(order(workspace, key, 4 * ONE, key.id))
    await finish(jobs, done, 4 * ONE)
    await jobs.admit(order(workspace, key, 5 * ONE, key.id))
    with pytest.raises(BudgetExceeded) as refused:
        await jobs.admit(order(workspace, key, 2 * ONE, key.id))
    assert (refused.value.status, refused.value.code) == (402, "budget_exceeded")
    budget = await budget_of(database, key.id)
    assert refused.value.message == (
        "this request needs 2 credits, and the monthly budget of this key is 10: 4 are spent and "
        "5 held for work that runs. Nothing was charged; the budget begins anew on "
        f"{budget.resets} (UTC)"
    )
    await jobs.admit(order(workspace, key, 0, key.id))


async def test_a_budget_set_in_mid_month_begins_with_what_the_month_has_cost(
    database: Database, workspace: Workspace
) -> None:
    key, other = await a_key(database, workspace), await a_key(database, workspace)
    jobs = jobs_on(database)
    tickets = [await jobs.admit(order(workspace, one, 3 * ONE)) for one in (key, key, other, key)]
    for ticket in tickets[:3]:
        await finish(jobs, ticket, 2 * ONE)
    on_table = " ON posting" if database.kind == "postgresql" else ""
    await run(database, f"DROP TRIGGER posting_kept{on_table}")
    long_ago = "UPDATE posting SET at = 0 WHERE job_id = :job_id"
    await run(database, long_ago, {"job_id": tickets[0].job_id})
    await accounts(database).limit_key(key.id, {"max_budget_monthly_credits": 9 * ONE})
    await accounts(database).set_workspace(workspace.id, {"max_budget_monthly_credits": 90 * ONE})
    own, everybodys = await budget_of(database, key.id), await budget_of(database, workspace.id)
    assert (own.charged, own.held) == (2 * ONE, 3 * ONE)
    assert (everybodys.charged, everybodys.held) == (4 * ONE, 3 * ONE)
    await finish(jobs, tickets[3], 3 * ONE)
    assert (await budget_of(database, key.id)).held == 0


async def test_a_new_month_begins_with_what_is_held_alone(
    database: Database, workspace: Workspace
) -> None:
    key = await a_key(database, workspace, 10 * ONE)
    jobs = jobs_on(database)
    await finish(jobs, await jobs.admit(order(workspace, key, 6 * ONE, key.id)), 6 * ONE)
    running = await jobs.admit(order(workspace, key, 3 * ONE, key.id))
    await run(database, "UPDATE budget SET period = '2000-01', told = 50")
    budget = await budget_of(database, key.id)
    assert (budget.charged, budget.held, budget.told) == (0, 3 * ONE, 0)
    assert len(await storm(jobs, order(workspace, key, ONE, key.id), 20)) == 7
    await finish(jobs, running, 3 * ONE)
    budget = await budget_of(database, key.id)
    assert (budget.charged, budget.held) == (3 * ONE, 7 * ONE)
    assert budget.period > "2026"


async def test_test_work_counts_in_its_keys_budget_alone(
    database: Database, workspace: Workspace
) -> None:
    await accounts(database).set_workspace(workspace.id, {"max_budget_monthly_credits": ONE})
    key = await a_key(database, workspace, 5 * ONE, kind="test")
    jobs = jobs_on(database)
    assert len(await storm(jobs, order(workspace, key, ONE, key.id), 9)) == 5
    assert (await budget_of(database, workspace.id)).held == 0
    assert (await budget_of(database, key.id)).held == 5 * ONE
    assert await broken(database) == []


async def test_a_budget_taken_away_limits_nothing_and_one_given_back_knows_what_it_missed(
    database: Database, workspace: Workspace
) -> None:
    key = await a_key(database, workspace, ONE)
    jobs, wanted = jobs_on(database), order(workspace, key, ONE, key.id)
    await finish(jobs, await jobs.admit(wanted), ONE)
    await accounts(database).limit_key(key.id, {"max_budget_monthly_credits": None})
    held = await storm(jobs, wanted, 5)
    assert len(held) == 5
    await accounts(database).limit_key(key.id, {"max_budget_monthly_credits": 2 * ONE})
    with pytest.raises(BudgetExceeded):
        await jobs.admit(order(workspace, key, ONE))
    for ticket in held:
        await finish(jobs, ticket, 0)
    budget = await budget_of(database, key.id)
    assert (budget.charged, budget.held) == (ONE, 0)


def test_levels_and_the_day_a_budget_begins_anew() -> None:
    spent = [49, 50, 74, 75, 89, 90, 99, 100, 130]
    budgets = [Budget("key_1", 100, charged, 0, 0, "2026-11") for charged in spent]
    assert [one.level for one in budgets] == [0, 50, 50, 75, 75, 90, 90, 100, 100]
    assert budgets[0].resets == "2026-12-01"
    assert Budget("key_1", 1, 0, 0, 0, "2026-12").resets == "2027-01-01"


class Storm:
    """Whatever can happen to budgets, at once and on two servers, by one seed."""

    def __init__(self, here: Database, there: Database, workspace: Workspace, seed: int) -> None:
        self.chance = random.Random(seed)
        self.databases = (here, there)
        self.jobs = [jobs_on(one) for one in self.databases]
        self.workspace = workspace
        self.tickets: list[tuple[Jobs, Ticket]] = []
        self.let_in = 0

    async def go(self, keys: list[ApiKey], steps: int) -> None:
        await asyncio.gather(*(self.step(self.chance.choice(keys)) for _ in range(steps)))

    async def step(self, key: ApiKey) -> None:
        await asyncio.sleep(self.chance.random() / 50)
        await self.chance.choice((self.spend, self.spend, self.end, self.change))(key)

    async def spend(self, key: ApiKey) -> None:
        jobs = self.chance.choice(self.jobs)
        told = self.chance.choice(((), (key.id,), (self.workspace.id, key.id)))
        held = self.chance.randrange(4) * ONE
        try:
            ticket = await jobs.admit(order(self.workspace, key, held, *told))
        except (BudgetExceeded, InsufficientCredits):
            return
        self.let_in += 1
        self.tickets.append((jobs, ticket))

    async def end(self, _: ApiKey) -> None:
        if not self.tickets:
            return
        jobs, ticket = self.chance.choice(self.tickets)
        how = self.chance.randrange(3)
        try:
            if how == 0:
                await jobs.fail(ticket, code="provider_error", message="", outcome="ran")
            else:
                await finish(jobs, ticket, min(how, ticket.held.total))
        except NotOurs:
            return

    async def change(self, key: ApiKey) -> None:
        database = self.chance.choice(self.databases)
        most = self.chance.choice((None, 0, 3 * ONE, 9 * ONE, 30 * ONE))
        wanted = {"max_budget_monthly_credits": most}
        own: Accounts = Accounts(database, Vault(SECRET))
        if self.chance.random() < 0.3:
            await own.set_workspace(self.workspace.id, wanted)
        else:
            await own.limit_key(key.id, wanted)


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_whatever_happens_at_once_budgets_count_what_is_held_and_charged(
    database: Database, database_url: str, workspace: Workspace, seed: int
) -> None:
    keys = [await a_key(database, workspace, most) for most in (9 * ONE, None)]
    there = await schema.connect(database_url, migrate=False)
    stormy = Storm(database, there, workspace, seed)
    for _ in range(4):
        await stormy.go(keys, 50)
        wrong = [one for one in await broken(database) if not one.startswith("passed")]
        assert wrong == []
    assert stormy.let_in > 0
    await there.close()


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_a_budget_that_nobody_lowers_is_never_passed(
    database: Database, database_url: str, workspace: Workspace, seed: int
) -> None:
    keys = [await a_key(database, workspace, most) for most in (9 * ONE, 25 * ONE)]
    await accounts(database).set_workspace(workspace.id, {"max_budget_monthly_credits": 30 * ONE})
    there = await schema.connect(database_url, migrate=False)
    stormy = Storm(database, there, workspace, seed)
    stormy.change = stormy.spend  # type: ignore[method-assign]  # nobody changes a budget here
    for _ in range(4):
        await stormy.go(keys, 50)
        assert await broken(database) == []
    held = await database.fetch("SELECT MAX(charged + held) FROM budget")
    assert cast(int, held[0][0]) > 0
    await there.close()
