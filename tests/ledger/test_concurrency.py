"""Credits are spent once, however many spend them at once."""

import asyncio
import sys
from pathlib import Path

from tests.jobs.orders import admission, jobs_on, workspace_with
from tests.ledger.books import breaches

from limner import money
from limner.db.base import Database
from limner.errors import InsufficientCredits
from limner.ledger.ledger import Ledger

ROOT = Path(__file__).parents[2]
ONE = money.credits(1)


async def test_of_200_requests_on_credits_for_37_exactly_37_are_admitted(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 20 * ONE)
    ledger = Ledger(database)
    await ledger.grant(workspace.id, 17 * ONE, "plan", source="plan")
    jobs = jobs_on(database)
    results = await asyncio.gather(
        *(jobs.admit(admission(workspace, ONE)) for _ in range(200)), return_exceptions=True
    )
    refused = [one for one in results if isinstance(one, InsufficientCredits)]
    assert len(refused) == 200 - 37
    assert "needs 1 credits and 0 are available" in refused[-1].message
    assert (await ledger.wallet(workspace.id, "live")).free.total == 0
    assert await breaches(database) == []


async def test_a_request_may_be_held_from_both_sources_and_leaves_the_smaller_rest_free(
    database: Database,
) -> None:
    workspace = await workspace_with(database, 5)
    await Ledger(database).grant(workspace.id, 5, "plan", source="plan")
    results = await asyncio.gather(
        *(jobs_on(database).admit(admission(workspace, 3)) for _ in range(8)),
        return_exceptions=True,
    )
    tickets = [one for one in results if not isinstance(one, BaseException)]
    assert sorted(tuple(ticket.held) for ticket in tickets) == [(0, 3), (2, 1), (3, 0)]
    assert await breaches(database) == []


async def test_server_processes_on_one_database_share_the_same_37(
    database: Database, database_url: str
) -> None:
    workspace = await workspace_with(database, 37 * ONE)
    command = [sys.executable, "-m", "tests.ledger.spender", database_url, workspace.id, "100"]
    spenders = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    said = [(await spender.communicate())[0] for spender in spenders]
    assert sum(map(int, said)) == 37
    assert await breaches(database) == []
