"""Credits that run out and budgets that are spent are told once, by one of all processes."""

import msgspec
import pytest
from tests.jobs.orders import accounts, run
from tests.webhooks.stages import Stage, stage_on

from limner import money
from limner.db.base import Database
from limner.ledger.ledger import Ledger
from limner.webhooks.watch import Watch

URL = "http://127.0.0.1:9/hook"


@pytest.fixture
async def stage(database: Database) -> Stage:
    stage = await stage_on(database)
    await stage.webhook(URL, "credits.low", "budget.threshold_reached")
    return stage


async def told(stage: Stage) -> list[dict[str, object]]:
    rows = await stage.database.fetch("SELECT type, data FROM webhook_delivery ORDER BY id")
    return [{"type": row[0], **msgspec.json.decode(str(row[1]))} for row in rows]


async def watch(stage: Stage) -> None:
    """Two processes look, one after the other."""
    await Watch(stage.database).watch()
    await Watch(stage.database).watch()


async def grant(stage: Stage, amount: int, operation: str) -> None:
    await Ledger(stage.database).grant(stage.workspace.id, money.credits(amount), operation)


async def test_credits_that_run_out_are_told_once_for_each_time(stage: Stage) -> None:
    await accounts(stage.database).set_workspace(
        stage.workspace.id, {"credits_low": money.credits(10)}
    )
    await grant(stage, 12, "first")
    await watch(stage)
    assert await told(stage) == []
    await grant(stage, -3, "second")
    await watch(stage)
    (low,) = await told(stage)
    assert low == {
        "type": "credits.low",
        "workspace_id": stage.workspace.id,
        "credits_left": 9,
        "threshold_credits": 10,
    }
    await grant(stage, -1, "third")
    await watch(stage)
    assert len(await told(stage)) == 1
    await grant(stage, 2, "fourth")
    await watch(stage)
    await grant(stage, -1, "fifth")
    await watch(stage)
    assert [one["credits_left"] for one in await told(stage)] == [9, 9]


async def test_without_a_mark_nothing_is_low(stage: Stage) -> None:
    await watch(stage)
    assert await told(stage) == []


@pytest.mark.parametrize(
    ("spent", "percent"), [(49, None), (50, 50), (89, 75), (95, 90), (100, 100)]
)
async def test_a_budget_tells_the_highest_mark_it_has_passed(
    stage: Stage, spent: int, percent: int | None
) -> None:
    await budget(stage, stage.workspace.id, spent)
    await watch(stage)
    assert [one["percent"] for one in await told(stage)] == ([percent] if percent else [])


async def test_each_mark_of_a_budget_is_told_once(stage: Stage) -> None:
    await budget(stage, stage.workspace.id, 55)
    await watch(stage)
    await run(stage.database, "UPDATE budget SET charged = 80")
    await watch(stage)
    assert [one["percent"] for one in await told(stage)] == [50, 75]


async def test_the_budget_of_a_key_is_told_to_its_workspace(stage: Stage) -> None:
    key, _ = await accounts(stage.database).create_key(stage.workspace, "live", "key")
    await budget(stage, key.id, 100)
    await watch(stage)
    (one,) = await told(stage)
    assert (one["type"], one["scope"], one["id"]) == ("budget.threshold_reached", "key", key.id)
    assert one["budget_credits"] == 0.0001


async def budget(stage: Stage, scope: str, spent: int) -> None:
    await run(
        stage.database,
        """
        INSERT INTO budget (scope, most, period, charged)
        VALUES (:scope, 100, THIS_MONTH(), CAST(:spent AS BIGINT))
        """,
        {"scope": scope, "spent": spent},
    )
