"""What experiments are done to: two servers that share everything, and a stand-in behind them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.experiments.run import Run
from tests.faults.load import EACH, host, looking, started
from tests.servers import Server, administer
from tests.standins.openai import OpenAIStandIn

from limner.app import Limner
from limner.db.base import Database
from limner.settings import Settings

WEALTH = 1000 * EACH


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers that share one database and one folder."""

    settings: Settings
    servers: tuple[Server, Server]
    standin: OpenAIStandIn
    database: Database


@asynccontextmanager
async def pair(run: Run, picture_bytes: int = 0) -> AsyncIterator[Pair]:
    settings = Settings(data_dir=run.folder, database_url=run.fresh_url(), log_level="error")
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(OpenAIStandIn(least=picture_bytes))
        await host(settings, standin)
        one, other = [await stack.enter_async_context(started(settings)) for _ in range(2)]
        database = await stack.enter_async_context(looking(settings))
        yield Pair(settings, (one, other), standin, database)


async def keys(settings: Settings, names: Sequence[str]) -> dict[str, str]:
    """A key of each of these workspaces, made with credits for a thousand pictures."""

    async def work(limner: Limner) -> dict[str, str]:
        accounts, made = limner.services.accounts, {}
        for name in names:
            owner = await accounts.create_workspace(name)
            await limner.services.ledger.grant(owner.id, WEALTH, "start")
            made[name] = (await accounts.create_key(owner, "live", "key"))[1]
        return made

    return await administer(settings, work)
