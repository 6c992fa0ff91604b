"""Where servers with fail points come and go: a database, a folder, and upstreams behind them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from tests.experiments.run import Run
from tests.faults.invariants import until_finished
from tests.faults.load import EACH, Callers, calling, host, looking, started
from tests.faults.referee import Referee
from tests.servers import a_key, administer
from tests.standins.bfl import BflStandIn
from tests.standins.openai import OpenAIStandIn
from tests.standins.receiver import Receiver

from limner.app import Limner
from limner.db.base import Database, Statement, Values, Write
from limner.settings import Settings

LEASE_S = 5.0
"""Long enough for a busy machine."""
LOOKS, LOOK_S = 900, 0.1
ENDED_WITHIN_S = 60.0
HASTE = Write(
    "haste", (Statement("UPDATE webhook_delivery SET due_at = 1 WHERE state = 'pending'"),)
)
OVER = Write("over", (Statement("UPDATE job SET lease_until = 1 WHERE state = 'processing'"),))
UNTOLD = "SELECT id FROM webhook_delivery WHERE state = 'pending'"


@dataclass(frozen=True, slots=True)
class House:
    """A database and a folder for servers to come and go, and the upstream behind them."""

    settings: Settings
    database: Database
    standin: OpenAIStandIn
    referee: Referee
    tasks: Referee
    """Of an upstream that makes a task of each order."""
    receiver: Receiver
    callers: Callers
    hasty: bool
    """Whether the leases of the dead are over at once, for who has no time."""

    async def over(self) -> list[str]:
        """Wait until every job has ended, where nobody works on one any more; those that do not."""
        if self.hasty:
            await self.database.write(OVER, {})
        return await until_finished(self.database, ENDED_WITHIN_S)

    async def ids(self, sql: str) -> set[str]:
        return {str(row[0]) for row in await self.database.fetch(sql)}

    async def until_told(self) -> None:
        await self.until_none(UNTOLD)

    async def until_none(self, sql: str, params: Values | None = None) -> None:
        """Wait until a query has no rows; what was not told is told at once meanwhile."""
        for _ in range(LOOKS):
            await self.database.write(HASTE, {})
            if not await self.database.fetch(sql, params):
                return
            await asyncio.sleep(LOOK_S)
        raise AssertionError(f"still there: {await self.database.fetch(sql, params)}")


@asynccontextmanager
async def house(run: Run, name: str, *, told: bool) -> AsyncIterator[House]:
    """`told` is whether a webhook is told of the end of each job."""
    settings = Settings(
        data_dir=run.folder / name,
        database_url=run.fresh_url(),
        lease_s=LEASE_S,
        log_level="error",
        allow_private_networks="127.0.0.1/32",
    )
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(OpenAIStandIn(least=20_000))
        works = await stack.enter_async_context(BflStandIn())
        receiver = await stack.enter_async_context(Receiver())
        await host(settings, standin)
        await administer(settings, partial(worked_by, works))
        key = await a_key(settings, "live", credits=10_000 * EACH)
        callers = await stack.enter_async_context(calling(key))
        database = await stack.enter_async_context(looking(settings))
        if told:
            async with started(settings) as server:
                made = await callers.post(f"{server.api}/webhooks", json={"url": receiver.url})
            assert made.status == 201, made
        referees = Referee(standin), Referee(works)
        yield House(settings, database, standin, *referees, receiver, callers, run.short)


async def worked_by(standin: BflStandIn, limner: Limner) -> None:
    await limner.configs.add("bfl", "bfl", base_url=standin.base_url, api_key="bfl-here")
