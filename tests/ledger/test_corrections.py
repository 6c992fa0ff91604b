"""Refunds and corrections: new lines that name others, give back what those moved, and no more."""

import asyncio

import pytest
from tests.jobs.orders import accounts, admission, finish, jobs_on, workspace_with
from tests.ledger.books import breaches

from limner import money
from limner.accounts.workspace import Workspace
from limner.audit.money_rules import MONEY_RULES
from limner.db import schema
from limner.db.base import Database
from limner.errors import Conflict, InsufficientCredits, InvalidParams, NotFound
from limner.ledger.budgets import budgets_of
from limner.ledger.corrections import Corrected
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import Wallet

ONE = money.credits(1)


async def charged(database: Database, workspace: Workspace, amount: int) -> str:
    """The id of a job that was paid for."""
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, amount))
    await finish(jobs, ticket, amount)
    return ticket.job_id


async def broken(database: Database) -> list[str]:
    found = await breaches(database)
    for rule in MONEY_RULES:
        found += [f"{rule.says}: {row}" for row in await database.fetch(rule.breakers)]
    return found


async def corrections(database: Database) -> list[tuple[object, ...]]:
    return await database.fetch(  # type: ignore[return-value]  # rows are tuples
        "SELECT kind, debit, credit, amount, corrects FROM posting WHERE corrects IS NOT NULL "
        "ORDER BY amount DESC"
    )


async def test_a_refund_goes_back_to_where_the_charge_came_from_bought_credits_first(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 10)
    ledger = Ledger(database)
    await ledger.grant(workspace.id, 3, "plan", source="plan")
    job_id = await charged(database, workspace, 8)
    assert await ledger.wallet(workspace.id, "live") == Wallet(0, 0, 5, 0)
    done = await ledger.refund(workspace.id, job_id, "blurred", amount=6, note="blurred")
    assert (done.moved, done.amount, done.back) == (6, 8, 6)
    assert await ledger.wallet(workspace.id, "live") == Wallet(1, 0, 10, 0)
    own, settled = workspace.id, f"settle/{job_id}"
    assert await corrections(database) == [
        ("refund", "revenue", f"{own}/topup", 5, f"{settled}/topup"),
        ("refund", "revenue", f"{own}/plan", 1, f"{settled}/plan"),
    ]
    rest = await ledger.refund(workspace.id, job_id, "all of it")
    assert (rest.moved, rest.back) == (2, 8)
    assert await ledger.wallet(workspace.id, "live") == Wallet(3, 0, 10, 0)
    assert await broken(database) == []


async def test_a_refund_of_a_name_is_made_once_whatever_it_says_later(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    ledger = Ledger(database)
    job_id = await charged(database, workspace, 8)
    await ledger.refund(workspace.id, job_id, "r", amount=3)
    for amount in (3, 5, None, 99):
        again = await ledger.refund(workspace.id, job_id, "r", amount=amount)
        assert (again.moved, again.back) == (0, 3)
    await ledger.refund(workspace.id, job_id, "all")
    assert (await ledger.refund(workspace.id, job_id, "all")).moved == 0
    assert (await ledger.wallet(workspace.id, "live")).balance == 10


@pytest.mark.parametrize("amount", [0, -1, 9, money.LARGEST * 1000])
async def test_an_amount_that_cannot_go_back_is_refused_and_nothing_written(
    database: Database, amount: int
) -> None:
    workspace = await workspace_with(database, 10)
    job_id = await charged(database, workspace, 8)
    with pytest.raises(InvalidParams) as refused:
        await Ledger(database).refund(workspace.id, job_id, "r", amount=amount)
    start = f"live/{workspace.id}/start"
    with pytest.raises(InvalidParams):
        await Ledger(database).correct(
            workspace.id, start, "c", amount=amount if amount < 9 else 11
        )
    assert refused.value.param == "credits"
    assert await corrections(database) == []


async def test_what_is_no_charge_cannot_be_given_back(database: Database) -> None:
    workspace, other = [await workspace_with(database, 10, name) for name in ("one", "other")]
    ledger, jobs = Ledger(database), jobs_on(database)
    running = await jobs.admit(admission(workspace, 4))
    with pytest.raises(Conflict, match="still runs"):
        await ledger.refund(workspace.id, running.job_id, "r")
    await jobs.fail(running, code="provider_error", message="", outcome="ran")
    with pytest.raises(InvalidParams, match="was charged nothing"):
        await ledger.refund(workspace.id, running.job_id, "r")
    theirs = await charged(database, other, 4)
    for job_id in (theirs, "imgjob_nobody", f"{theirs}/topup"):
        with pytest.raises(NotFound):
            await ledger.refund(workspace.id, job_id, "r")
    with pytest.raises(NotFound):
        await ledger.refund(other.id, theirs, "r", ledger="test")
    assert await corrections(database) == []


async def test_of_many_refunds_at_once_on_two_servers_no_more_than_the_charge_goes_back(
    database: Database, database_url: str
) -> None:
    workspace = await workspace_with(database, 30)
    await Ledger(database).grant(workspace.id, 7, "plan", source="plan")
    job_id = await charged(database, workspace, 20)
    there = await schema.connect(database_url, migrate=False)
    results = await asyncio.gather(
        *(
            Ledger(one).refund(workspace.id, job_id, f"r{number}", amount=3)
            for one in (database, there)
            for number in range(8)
        ),
        return_exceptions=True,
    )
    await there.close()
    moved = [one.moved for one in results if isinstance(one, Corrected)]
    refused = [one for one in results if not isinstance(one, Corrected)]
    assert all(isinstance(one, InvalidParams) for one in refused), refused
    assert sum(moved) == 18
    wallet = await Ledger(database).wallet(workspace.id, "live")
    assert wallet.balance == 35
    assert await broken(database) == []


async def test_a_gift_is_taken_back_as_long_as_it_is_free(database: Database) -> None:
    workspace = await workspace_with(database, 0)
    ledger = Ledger(database)
    await ledger.grant(workspace.id, 10 * ONE, "grant/invoice-7", kind="topup")
    await jobs_on(database).admit(admission(workspace, 6 * ONE))
    with pytest.raises(InsufficientCredits, match="not free to take back"):
        await ledger.correct(workspace.id, "invoice-7", "mistake")
    done = await ledger.correct(workspace.id, "invoice-7", "mistake", amount=3 * ONE)
    assert (done.moved, done.amount, done.back) == (3 * ONE, 10 * ONE, 3 * ONE)
    assert (await ledger.correct(workspace.id, "invoice-7", "mistake")).moved == 0
    named = f"live/{workspace.id}/grant/invoice-7"
    assert await corrections(database) == [
        ("correct", f"{workspace.id}/topup", "grants", 3 * ONE, named)
    ]
    await ledger.grant(workspace.id, 50 * ONE, "more")
    assert (await ledger.correct(workspace.id, named, "the rest")).moved == 7 * ONE
    with pytest.raises(InvalidParams, match="gave 10 credits, of which 0 can still go back"):
        await ledger.correct(workspace.id, named, "once more")
    assert await broken(database) == []


async def test_only_what_was_given_can_be_taken_back(database: Database) -> None:
    workspace, other = [await workspace_with(database, 10, name) for name in ("one", "other")]
    ledger = Ledger(database)
    job_id = await charged(database, workspace, 4)
    await ledger.grant(workspace.id, -2, "taken")
    taken = f"live/{workspace.id}/taken"
    for operation in (f"settle/{job_id}/topup", taken):
        with pytest.raises(InvalidParams, match="only what was added"):
            await ledger.correct(workspace.id, operation, "c")
    refunded = await ledger.refund(workspace.id, job_id, "r")
    with pytest.raises(InvalidParams, match="only what was added"):
        await ledger.correct(workspace.id, refunded.operation, "c")
    for operation in ("nothing", f"live/{other.id}/start", ""):
        with pytest.raises(NotFound):
            await ledger.correct(workspace.id, operation, "c")
    assert await broken(database) == []


async def test_corrections_at_once_take_back_no_more_than_was_given(database: Database) -> None:
    workspace = await workspace_with(database, 100)
    ledger = Ledger(database)
    await ledger.grant(workspace.id, 10, "gift")
    gift = f"live/{workspace.id}/gift"
    results = await asyncio.gather(
        *(ledger.correct(workspace.id, gift, f"c{number}", amount=4) for number in range(9)),
        return_exceptions=True,
    )
    assert sum(one.moved for one in results if isinstance(one, Corrected)) == 8
    assert (await ledger.wallet(workspace.id, "live")).balance == 102
    assert await broken(database) == []


async def test_a_refund_gives_no_budget_back(database: Database) -> None:
    workspace = await workspace_with(database, 10 * ONE)
    await accounts(database).set_workspace(workspace.id, {"max_budget_monthly_credits": 5 * ONE})
    job_id = await charged(database, workspace, 4 * ONE)
    await Ledger(database).refund(workspace.id, job_id, "r")
    (budget,) = await budgets_of(database, "", workspace.id, "live")
    assert (budget.charged, budget.held) == (4 * ONE, 0)
    assert await broken(database) == []


async def test_test_work_is_given_back_as_play_credits(database: Database) -> None:
    workspace = await workspace_with(database, 0)
    ledger, jobs = Ledger(database), jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4, ledger="test"))
    await finish(jobs, ticket, 4)
    before = (await ledger.wallet(workspace.id, "test")).balance
    await ledger.refund(workspace.id, ticket.job_id, "r", ledger="test")
    assert (await ledger.wallet(workspace.id, "test")).balance == before + 4
    assert (await ledger.wallet(workspace.id, "live")).balance == 0


async def test_a_full_wallet_takes_no_refund(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await workspace_with(database, 60)
    job_id = await charged(database, workspace, 30)
    await Ledger(database).grant(workspace.id, 30, "more")
    monkeypatch.setattr(money, "FULLEST", 80)
    with pytest.raises(InvalidParams, match="holds at most"):
        await Ledger(database).refund(workspace.id, job_id, "r")
    assert await corrections(database) == []
