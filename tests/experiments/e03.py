"""E03, settle, release and expire race: eight connections end the same hold at once, in three ways.

Three settle it, three release it and two expire it, in an order left to chance. Exactly one way
wins, as the hold's row says; the others change nothing (I3). The job ends in the same way, is
charged once or not at all, and what was lost is booked once (I4, I8). The wallet holds nothing
afterwards, and the books add up (I1, I2).
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from tests.experiments.run import Run
from tests.jobs.orders import admission, finish, jobs_on, workspace_with
from tests.jobs.orders import run as by_hand
from tests.ledger.books import breaches as books_broken
from tests.ledger.books import numbers, rules_broken

from limner.accounts.workspace import Workspace
from limner.db import schema
from limner.db.base import Database
from limner.jobs.job import Ticket
from limner.jobs.jobs import NotOurs
from limner.ledger.ledger import Ledger

ROUNDS = 10_000
SHORT = 25
CONNECTIONS = 8
BLOCK = 250
"""Rounds on one workspace, and between two looks at the books."""
HELD, CHARGED = 9, 5
OVERDUE = "UPDATE hold SET expires_at = 1 WHERE job_id = :job_id"
ENDED = """
    SELECT h.state, j.state, j.charged, h.plan_charged + h.topup_charged, h.ended_at IS NOT NULL,
           (SELECT COALESCE(SUM(amount), 0) FROM posting WHERE job_id = j.id AND kind = 'settle'),
           (SELECT COUNT(*) FROM posting WHERE job_id = j.id AND kind = 'loss')
    FROM hold h JOIN job j ON j.id = h.job_id WHERE j.id = :job_id
"""
RIGHT = {
    "settled": ("completed", [CHARGED, CHARGED, 1, CHARGED, 0]),
    "released": ("failed", [0, 0, 1, 0, 1]),
    "expired": ("failed", [0, 0, 1, 0, 1]),
}
"""What else the rows of a job say when its hold has ended in a way."""


async def experiment(run: Run) -> list[str]:
    found: list[str] = []
    won: Counter[str] = Counter()
    async with connected(run.fresh_url()) as (database, *others):
        for start in range(0, run.rounds, BLOCK):
            block = min(BLOCK, run.rounds - start)
            workspace = await workspace_with(database, HELD * block // 2, f"block {start}")
            grant = Ledger(database).grant
            await grant(workspace.id, HELD * block // 2 + HELD, "plan", source="plan")
            for number in range(start, start + block):
                ways = Race(database, others, workspace, run.chance(number))
                found += [f"round {number}: {line}" for line in await ways.run(won)]
            found += await books_broken(database, workspace.id)
        found += await rules_broken(database)
    print(f"won: {dict(won)}")
    return found


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[list[Database]]:
    """Connections of their own, as processes of their own would have them; one more to look on."""
    databases: list[Database] = [
        await schema.connect(url, migrate=False) for _ in range(CONNECTIONS + 1)
    ]
    try:
        yield databases
    finally:
        for one in databases:
            await one.close()


class Race:
    """One hold and the eight who want to end it."""

    def __init__(
        self,
        database: Database,
        others: list[Database],
        workspace: Workspace,
        chance: random.Random,
    ) -> None:
        self._database, self._others = database, others
        self._workspace, self._chance = workspace, chance

    async def run(self, won: Counter[str]) -> list[str]:
        ticket = await jobs_on(self._database).admit(admission(self._workspace, HELD))
        await by_hand(self._database, OVERDUE, {"job_id": ticket.job_id})
        others = self._chance.sample(self._others, CONNECTIONS)
        settle = [settled(one, ticket) for one in others[:3]]
        release = [released(one, ticket) for one in others[3:6]]
        expire = [Ledger(one).expire_holds() for one in others[6:]]
        ways: list[Awaitable[int]] = [*settle, *release, *expire]
        order = self._chance.sample(range(CONNECTIONS), CONNECTIONS)
        results = dict(zip(order, await asyncio.gather(*(ways[at] for at in order)), strict=True))
        told = [results[at] for at in range(CONNECTIONS)]
        ((end, state, *amounts),) = await self._database.fetch(ENDED, {"job_id": ticket.job_id})
        won[str(end)] += 1
        rows = state, numbers(amounts)
        return [
            *misled(str(end), sum(told[:3]), sum(told[3:6]), sum(told[6:])),
            *([] if rows == RIGHT.get(str(end)) else [f"I3: {end}, and {rows}"]),
        ]


async def settled(database: Database, ticket: Ticket) -> int:
    try:
        await finish(jobs_on(database), ticket, CHARGED)
    except NotOurs:
        return 0
    return 1


async def released(database: Database, ticket: Ticket) -> int:
    jobs = jobs_on(database)
    return int(await jobs.fail(ticket, code="internal_error", message="", outcome="ran"))


def misled(end: str, settled: int, released: int, expired: int) -> list[str]:
    """Whether each was told the truth; who settles what is settled already is told that it is."""
    right = (end == "settled", end != "settled", end == "expired")
    if (settled > 0, released, expired) == right:
        return []
    return [f"I3: {settled} settled, {released} released, {expired} expired, and it is {end}"]
