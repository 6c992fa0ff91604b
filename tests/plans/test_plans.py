"""Plans give credits once a month, take back unused ones by their rule, and never touch others."""

import asyncio
import json

import pytest
from tests.jobs.orders import accounts, admission, finish, jobs_on, run, workspace_with
from tests.ledger.books import breaches

from limner import money
from limner.accounts.workspace import Workspace
from limner.audit.money_rules import MONEY_RULES
from limner.db import schema
from limner.db.base import Database, Values
from limner.errors import InvalidParams, NotFound
from limner.ids import new_id
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import Wallet
from limner.plan_terms import PlanTerms
from limner.plans.months import months_later
from limner.plans.plans import Plans, month_of

ONE = money.credits(1)
DAY_US = 86_400 * 1_000_000
TERMS = {
    "pro": PlanTerms(credits=90),
    "some": PlanTerms(credits=20, rollover=5),
    "scale": PlanTerms(credits=500, rollover="all"),
}


AGO = (
    """
    UPDATE workspace SET plan_since = plan_since - CAST(:by AS BIGINT),
                         plan_renews_at = plan_renews_at - CAST(:by AS BIGINT)
    WHERE id = :id
    """,
    "UPDATE posting SET at = at - CAST(:by AS BIGINT) WHERE workspace_id = :id",
    "UPDATE posting SET operation = :earlier WHERE operation = :month",
)


def plans(database: Database) -> Plans:
    return Plans(database, TERMS)


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    """With 10 bought credits."""
    return await workspace_with(database, 10 * ONE)


async def wallet(database: Database, workspace: Workspace) -> Wallet:
    return await Ledger(database).wallet(workspace.id, "live")


async def ago(database: Database, workspace: Workspace, days: int) -> None:
    """Let all that the workspace's plan did have been so many days earlier."""
    since, by = (await plans(database).standing(workspace.id)).since or 0, days * DAY_US
    on_table = " ON posting" if database.kind == "postgresql" else ""
    await run(database, f"DROP TRIGGER IF EXISTS posting_kept{on_table}")
    moved: Values = {
        "id": workspace.id,
        "by": by,
        "month": month_of(workspace.id, since),
        "earlier": month_of(workspace.id, since - by),
    }
    for change in AGO:
        await run(database, change, moved)


async def lines(database: Database, workspace: Workspace, *kinds: str) -> list[tuple[str, int]]:
    postings = await Ledger(database).postings(workspace.id, "live")
    return [(one.kind, one.amount // ONE) for one in reversed(postings) if one.kind in kinds]


async def broken(database: Database) -> list[str]:
    found = await breaches(database)
    for rule in MONEY_RULES:
        found += [f"{rule.says}: {row}" for row in await database.fetch(rule.breakers)]
    return found


async def test_a_plan_begins_at_once_with_its_first_months_credits(
    database: Database, workspace: Workspace
) -> None:
    assert await plans(database).put(workspace.id, "pro")
    assert await wallet(database, workspace) == Wallet(90 * ONE, 0, 10 * ONE, 0)
    standing = await plans(database).standing(workspace.id)
    assert standing.since is not None
    assert (standing.plan, standing.terms) == ("pro", TERMS["pro"])
    assert standing.renews_at == months_later(standing.since, 1)
    assert await plans(database).renew() == 0
    assert await broken(database) == []


async def test_to_be_put_on_the_plan_one_is_on_changes_nothing(
    database: Database, workspace: Workspace
) -> None:
    assert await plans(database).put(workspace.id, "pro")
    before = await plans(database).standing(workspace.id)
    results = await asyncio.gather(*(plans(database).put(workspace.id, "pro") for _ in range(5)))
    assert results == [False] * 5
    assert await plans(database).standing(workspace.id) == before
    assert not await plans(database).put((await workspace_with(database, 0, "none")).id, None)


async def test_a_month_that_is_over_expires_what_is_unused_and_gives_the_next(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "pro")
    jobs = jobs_on(database)
    await finish(jobs, await jobs.admit(admission(workspace, 30 * ONE)), 30 * ONE)
    await ago(database, workspace, 40)
    assert await plans(database).renew() == 1
    assert await wallet(database, workspace) == Wallet(90 * ONE, 0, 10 * ONE, 0)
    assert await lines(database, workspace, "plan", "expire") == [
        ("plan", 90),
        ("expire", 60),
        ("plan", 90),
    ]
    assert await plans(database).renew() == 0
    assert await broken(database) == []


@pytest.mark.parametrize(("plan", "left"), [("pro", 90), ("some", 25), ("scale", 1000)])
async def test_what_rolls_over_is_as_the_plan_says(
    database: Database, workspace: Workspace, plan: str, left: int
) -> None:
    await plans(database).put(workspace.id, plan)
    await ago(database, workspace, 40)
    await plans(database).renew()
    assert (await wallet(database, workspace)).plan == left * ONE


async def test_less_than_may_roll_over_stays_whole(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "some")
    jobs = jobs_on(database)
    await finish(jobs, await jobs.admit(admission(workspace, 17 * ONE)), 17 * ONE)
    await ago(database, workspace, 40)
    await plans(database).renew()
    assert (await wallet(database, workspace)).plan == 23 * ONE
    assert await lines(database, workspace, "expire") == []


async def test_of_many_servers_that_find_a_month_over_one_renews_it(
    database: Database, database_url: str, workspace: Workspace
) -> None:
    others = [await workspace_with(database, 0, new_id("w")[2:]) for _ in range(4)]
    for one in (workspace, *others):
        await plans(database).put(one.id, "pro")
        await ago(database, one, 40)
    servers = [await schema.connect(database_url, migrate=False) for _ in range(3)]
    renewed = await asyncio.gather(*(plans(one).renew() for one in (*servers, *servers)))
    assert sum(renewed) == 5
    for one in (workspace, *others):
        assert (await wallet(database, one)).plan == 90 * ONE
    assert await broken(database) == []
    for server in servers:
        await server.close()


async def test_a_server_that_was_down_for_months_gives_the_month_that_runs_and_no_other(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "scale")
    await ago(database, workspace, 110)
    assert await plans(database).renew() == 1
    assert (await wallet(database, workspace)).plan == 1000 * ONE
    standing = await plans(database).standing(workspace.id)
    assert standing.since is not None
    assert standing.renews_at == months_later(standing.since, 4)
    assert await plans(database).renew() == 0
    assert await broken(database) == []


async def test_what_jobs_hold_stays_and_expires_with_the_next_month(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "pro")
    jobs = jobs_on(database)
    running = await jobs.admit(admission(workspace, 40 * ONE))
    await ago(database, workspace, 40)
    await plans(database).renew()
    assert await wallet(database, workspace) == Wallet(130 * ONE, 40 * ONE, 10 * ONE, 0)
    await jobs.fail(running, code="cancelled", message="", outcome="known_not_run")
    assert (await wallet(database, workspace)).free.plan == 130 * ONE
    await ago(database, workspace, 40)
    await plans(database).renew()
    assert (await wallet(database, workspace)).plan == 90 * ONE
    assert await broken(database) == []


async def test_months_turn_while_work_comes_and_ends(
    database: Database, database_url: str, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "some")
    there = await schema.connect(database_url, migrate=False)

    async def work(number: int) -> None:
        jobs = jobs_on((database, there)[number % 2])
        for _ in range(6):
            ticket = await jobs.admit(admission(workspace, ONE // 2))
            await finish(jobs, ticket, ONE // (2 + number))

    async def turn(number: int) -> None:
        due = "UPDATE workspace SET plan_renews_at = NOW_US() - 1 WHERE id = :id"
        for _ in range(4):
            await run(database, due, {"id": workspace.id})
            await plans((database, there)[number % 2]).renew()
            await asyncio.sleep(0.01)

    await asyncio.gather(*map(work, range(4)), turn(0))
    given = await lines(database, workspace, "plan")
    assert len(given) == 5
    assert [one for one in await broken(database) if "a plan's month" not in one] == []
    await there.close()


async def test_another_plan_begins_at_once_and_the_old_one_ends_by_its_own_rule(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "scale")
    await plans(database).put(workspace.id, "pro")
    assert (await wallet(database, workspace)).plan == 590 * ONE
    await plans(database).put(workspace.id, "some")
    assert (await wallet(database, workspace)).plan == 20 * ONE
    await plans(database).put(workspace.id, None)
    assert (await wallet(database, workspace)).plan == 5 * ONE
    standing = await plans(database).standing(workspace.id)
    assert (standing.plan, standing.since, standing.renews_at) == (None, None, None)
    assert await broken(database) == []


async def test_without_a_plan_nothing_expires(database: Database, workspace: Workspace) -> None:
    await Ledger(database).grant(workspace.id, 7 * ONE, "gift", source="plan")
    assert await plans(database).renew() == 0
    await plans(database).put(workspace.id, "pro")
    assert (await wallet(database, workspace)).plan == 97 * ONE


async def test_changes_at_once_leave_one_plan_and_its_credits(
    database: Database, database_url: str, workspace: Workspace
) -> None:
    there = await schema.connect(database_url, migrate=False)
    wanted = ["pro", "some", None, "pro", "some", "pro"]
    await asyncio.gather(
        *(plans(one).put(workspace.id, name) for name in wanted for one in (database, there))
    )
    standing = await plans(database).standing(workspace.id)
    left = (await wallet(database, workspace)).plan
    assert left - (standing.terms.monthly if standing.terms else 0) in (0, 5 * ONE)
    assert await broken(database) == []
    await there.close()


async def test_a_plan_that_is_not_configured_gives_and_takes_nothing_and_renews_when_it_is_again(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "pro")
    await ago(database, workspace, 40)
    without = Plans(database, {})
    for _ in range(2):
        assert await without.renew() == 0
    assert (await wallet(database, workspace)).plan == 90 * ONE
    assert await without.used() == {"pro": 1}
    assert await plans(database).renew() == 1
    assert (await wallet(database, workspace)).plan == 90 * ONE
    await without.put(workspace.id, None)
    assert (await wallet(database, workspace)).plan == 90 * ONE


async def test_many_that_cannot_be_renewed_hold_up_nobody(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "pro")
    await ago(database, workspace, 40)
    stuck = "INSERT INTO workspace (id, name, created_at, plan, plan_since, plan_renews_at) VALUES "
    rows = [f"('ws_{number}', 'w{number}', 0, 'gone', 1, 1)" for number in range(450)]
    await run(database, stuck + ", ".join(rows))
    assert await plans(database).renew() == 1


async def test_an_unknown_plan_or_workspace_is_refused(
    database: Database, workspace: Workspace
) -> None:
    with pytest.raises(InvalidParams, match="configured are: pro, scale, some") as refused:
        await plans(database).put(workspace.id, "gold")
    assert refused.value.param == "plan"
    for work in (plans(database).put("ws_nobody", "pro"), plans(database).standing("ws_nobody")):
        with pytest.raises(NotFound):
            await work
    assert await lines(database, workspace, "plan") == []


async def test_a_full_wallet_is_put_on_no_plan(
    database: Database, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(money, "FULLEST", 89 * ONE)
    with pytest.raises(InvalidParams, match="no room"):
        await plans(database).put(workspace.id, "pro")
    assert (await plans(database).standing(workspace.id)).plan is None
    assert await broken(database) == []


async def test_a_renewal_is_told(database: Database, workspace: Workspace) -> None:
    hook = """
        INSERT INTO webhook (id, workspace_id, ledger, address, events, secret, state, created_at)
        VALUES ('wh_1', :id, 'live', '', '*', '', 'enabled', 0)
    """
    await run(database, hook, {"id": workspace.id})
    await plans(database).put(workspace.id, "pro")
    await ago(database, workspace, 40)
    await plans(database).renew()
    ((kind, data),) = await database.fetch("SELECT type, data FROM webhook_delivery")
    told = json.loads(str(data))
    assert (kind, told.pop("renews") > 0) == ("credits.renewed", True)
    assert told == {"workspace_id": workspace.id, "plan": "pro", "credits": 90}


async def test_what_expires_if_it_stays_unused_is_known_beforehand(
    database: Database, workspace: Workspace
) -> None:
    await plans(database).put(workspace.id, "some")
    standing = await plans(database).standing(workspace.id)
    assert [standing.expiring(free * ONE) for free in (20, 5, 3, 0)] == [15 * ONE, 0, 0, 0]
    assert (await accounts(database).workspace(workspace.id)).name == "studio"
