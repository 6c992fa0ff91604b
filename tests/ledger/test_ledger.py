"""What people see of the ledger: balances, lines, and why a move was refused."""

import pytest
from tests.jobs.orders import SECRET, admission, finish, jobs_on, workspace_with
from tests.ledger.books import balance_of, breaches

from limner import money
from limner.accounts.accounts import Accounts
from limner.db.base import Database
from limner.errors import InsufficientCredits, InvalidParams, NotFound
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import PLAY_CREDITS, Split, Wallet, split_for
from limner.vault import Vault


async def test_a_new_workspace_has_no_live_credits_and_play_credits_with_a_line_for_them(
    database: Database,
) -> None:
    workspace = await Accounts(database, Vault(SECRET)).create_workspace("studio")
    ledger = Ledger(database)
    assert await ledger.wallet(workspace.id, "live") == Wallet(0, 0, 0, 0)
    assert await ledger.wallet(workspace.id, "test") == Wallet(0, 0, PLAY_CREDITS, 0)
    (line,) = await ledger.postings(workspace.id, "test")
    assert (line.debit, line.credit, line.amount) == (
        "grants",
        f"{workspace.id}/topup",
        PLAY_CREDITS,
    )
    assert await ledger.postings(workspace.id, "live") == []
    assert await breaches(database) == []


async def test_a_grant_is_a_line_and_doing_it_again_changes_nothing(database: Database) -> None:
    workspace = await workspace_with(database, 0)
    ledger = Ledger(database)
    assert await ledger.grant(workspace.id, 5, "january", source="plan", note="thanks")
    assert not await ledger.grant(workspace.id, 5, "january", source="plan")
    assert not await ledger.grant(workspace.id, 999, "january")
    assert await ledger.wallet(workspace.id, "live") == Wallet(5, 0, 0, 0)
    (line,) = await ledger.postings(workspace.id, "live")
    assert (line.kind, line.debit, line.credit) == ("grant", "grants", f"{workspace.id}/plan")
    assert (line.amount, line.note) == (5, "thanks")


async def test_the_same_name_for_a_move_of_another_wallet_is_another_move(
    database: Database,
) -> None:
    ledger = Ledger(database)
    for name in ("one", "other"):
        workspace = await workspace_with(database, 0, name)
        assert await ledger.grant(workspace.id, 5, "january")
        assert await ledger.grant(workspace.id, 5, "january", ledger="test")


async def test_no_grant_can_take_the_name_of_a_settlement(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    await Ledger(database).grant(workspace.id, 1, f"settle/{ticket.job_id}/topup")
    await finish(jobs, ticket, 4)
    assert await balance_of(database, "revenue", "live") == 4


async def test_free_credits_can_be_taken_back_and_held_ones_cannot(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    await jobs_on(database).admit(admission(workspace, 6))
    ledger = Ledger(database)
    with pytest.raises(InsufficientCredits, match="not free to take back"):
        await ledger.grant(workspace.id, -5, "back")
    assert await ledger.grant(workspace.id, -4, "back")
    assert await ledger.wallet(workspace.id, "live") == Wallet(0, 0, 6, 6)
    assert [line.amount for line in await ledger.postings(workspace.id, "live")] == [4, 10]
    assert await breaches(database) == []


@pytest.mark.parametrize("amount", [0, money.LARGEST + 1, -money.LARGEST - 1])
async def test_an_amount_out_of_bounds_is_refused_by_name(database: Database, amount: int) -> None:
    workspace = await workspace_with(database, 0)
    with pytest.raises(InvalidParams) as refused:
        await Ledger(database).grant(workspace.id, amount, "x")
    assert refused.value.param == "amount"
    assert await Ledger(database).postings(workspace.id, "live") == []


async def test_a_wallet_is_never_filled_beyond_what_its_columns_hold(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(money, "FULLEST", 100)
    workspace = await workspace_with(database, 60)
    with pytest.raises(InvalidParams, match="holds at most"):
        await Ledger(database).grant(workspace.id, 41, "more")
    assert await Ledger(database).grant(workspace.id, 40, "more")


async def test_a_workspace_that_does_not_exist_gets_nothing(database: Database) -> None:
    ledger = Ledger(database)
    with pytest.raises(NotFound):
        await ledger.grant("ws_nobody", 5, "x")
    with pytest.raises(NotFound):
        await ledger.wallet("ws_nobody", "live")
    assert await database.fetch("SELECT 1 FROM posting") == []


async def test_lines_come_newest_first_and_no_more_than_asked(database: Database) -> None:
    workspace = await workspace_with(database, 0)
    ledger = Ledger(database)
    for number in range(1, 6):
        await ledger.grant(workspace.id, number, f"move {number}")
    newest = await ledger.postings(workspace.id, "live", most=2)
    assert len(newest) == 2
    assert [line.at for line in newest] == sorted((line.at for line in newest), reverse=True)


async def test_test_work_moves_play_credits_only(database: Database) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4, ledger="test"))
    await finish(jobs, ticket, 4)
    assert (await Ledger(database).wallet(workspace.id, "live")).balance == 10
    assert (await Ledger(database).wallet(workspace.id, "test")).balance == PLAY_CREDITS - 4
    assert await balance_of(database, "revenue", "live") == 0
    assert await balance_of(database, "revenue", "test") == 4
    assert await breaches(database) == []


def test_plan_credits_are_spent_before_bought_ones() -> None:
    assert split_for(Split(5, 10), 3) == Split(3, 0)
    assert split_for(Split(5, 10), 8) == Split(5, 3)
    assert split_for(Split(5, 10), 15) == Split(5, 10)
    assert split_for(Split(5, 10), 16) is None
    assert Split(5, 10).upto(99) == Split(5, 10)
