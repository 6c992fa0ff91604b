"""E13, upgrade beside the old version: both serve from one database while it is brought on.

In full the version before this one serves first; a server of this one starts beside it and brings
the schema on under load, then serves beside it. The old one is replaced; then the code is rolled
back a step, so that the old version serves from the newer schema. Nobody is answered 500 or cut
off, and at the end callers, rows and the stand-in's log tell one story and all rules hold. OLD
names the version before, the newest release if it is not told.

In short, and without a version before, the statements of schema 0005 are run instead: by writers
that go on while the schema is brought to today's, beside a server of today.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.experiments import releases
from tests.experiments.agreement import disagreements
from tests.experiments.asking import MOST_FILES, Asking
from tests.experiments.liveness import not_well
from tests.experiments.old_writer import OldWriter
from tests.experiments.releases import Release
from tests.experiments.run import Run
from tests.experiments.sweeping import swept
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import blobs, calling, looking, started
from tests.faults.referee import Referee
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.db import schema
from limner.files.blobs import LocalBlobs
from limner.settings import Settings

ROUNDS = 3
SHORT = 1
PHASE_S = 4.0
DRAWN = "[[standin:delay=0.1]]"
CALLERS_OF_EACH = 2
ENDED_WITHIN_S = 60.0
ALLOWED = ("200", "201", "job_timeout")
WRITERS, LIVES = 3, 5
PATIENCE = 600
OLD_SCHEMA = "0005"


async def experiment(run: Run) -> list[str]:
    if run.short:
        return await statements(run)
    old = releases.before(run.folder / "old")
    if old is None:
        return [releases.NEEDED]
    return [line for number in range(run.rounds) for line in await upgraded(run, old, number)]


async def upgraded(run: Run, old: Release, number: int) -> list[str]:
    settings = Settings(
        data_dir=run.folder / f"data {number}",
        database_url=empty_url(run, number),
        log_level="error",
        max_files_per_workspace=MOST_FILES,
    )
    async with OpenAIStandIn() as standin:
        key = await old.furnish(settings, standin.base_url)
        async with calling(key) as callers:
            one = Upgrade(settings, old, Asking(callers, DRAWN))
            await one.through()
            found = [*one.asking.misled, *one.asking.story.otherwise(ALLOWED)]
            print(f"from {old.name}: {dict(one.asking.story.told())}")
            async with (
                started(settings, {"STANDIN_KEY": "sk-standin"}) as server,
                looking(settings) as database,
            ):
                left = await until_finished(database, ENDED_WITHIN_S)
                found += [f"I9: not over: {job_id}" for job_id in left]
                referee = Referee(standin)
                story = one.asking.story
                found += await disagreements(story, referee, database, callers, server)
                found += await one.asking.lost_files(server)
                found += await not_well(database, server, callers)
            async with looking(settings) as database:
                found += await swept(settings, database)
                return found + await breaches(database, blobs(settings))


@dataclass(frozen=True, slots=True)
class Upgrade:
    settings: Settings
    old: Release
    asking: Asking

    async def through(self) -> None:
        """Old alone, both, new alone, both, old alone on what the new one made."""
        old, new = self.old.environ, {"STANDIN_KEY": self.old.environ["STANDIN_KEY"]}
        async with AsyncExitStack() as first, AsyncExitStack() as second:
            await first.enter_async_context(self.loaded(old))
            await asyncio.sleep(PHASE_S)
            await second.enter_async_context(self.loaded(new))
            await asyncio.sleep(PHASE_S)
            await first.aclose()
            await asyncio.sleep(PHASE_S)
            await first.enter_async_context(self.loaded(old))
            await asyncio.sleep(PHASE_S)
            await second.aclose()
            await asyncio.sleep(PHASE_S)

    @asynccontextmanager
    async def loaded(self, environ: Mapping[str, str]) -> AsyncIterator[None]:
        """A server with callers, who go before it stops."""
        over = asyncio.Event()
        async with started(self.settings, environ) as server, asyncio.TaskGroup() as tasks:
            for _ in range(CALLERS_OF_EACH):
                tasks.create_task(self.ask(server, over.is_set))
            yield
            over.set()

    async def ask(self, server: Server, over: Callable[[], bool]) -> None:
        while not over():
            await asyncio.gather(*self.asking.kinds(server))


async def statements(run: Run) -> list[str]:
    """The old version as its statements, and a server of today that comes in between."""
    settings = Settings(
        data_dir=run.folder / "data",
        database_url=empty_url(run, 0),
        log_level="error",
        test_pace=0.0,
    )
    await schema.migrated(settings.database_url, OLD_SCHEMA)
    pictures, files = (LocalBlobs(settings.data_dir / name) for name in ("blobs", "files"))
    async with looking(settings) as database:
        writers = [OldWriter(database, pictures, files) for _ in range(WRITERS)]
        over = asyncio.Event()
        async with AsyncExitStack() as stack:
            async with asyncio.TaskGroup() as tasks:
                for writer in writers:
                    tasks.create_task(writing(writer, over))
                await lives(writers, LIVES)
                server = await stack.enter_async_context(started(settings))
                await lives(writers, LIVES)
                over.set()
            callers = await stack.enter_async_context(calling(await a_key(settings)))
            found = await not_well(database, server, callers)
        assert await schema.version(database) == schema.HEAD
        found += await swept(settings, database)
        return found + await breaches(database, blobs(settings))


async def writing(writer: OldWriter, over: asyncio.Event) -> None:
    await writer.begin()
    while not over.is_set():
        await writer.live()


async def lives(writers: Sequence[OldWriter], more: int) -> None:
    """Wait until every writer has done so much more."""
    for writer in writers:
        until = writer.lives + more
        for _ in range(PATIENCE):
            if writer.lives >= until:
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("a writer of the old version does not go on")


def empty_url(run: Run, number: int) -> str:
    """A database that nobody has migrated."""
    if run.postgres is None:
        return f"sqlite:///{run.folder / f'empty {number}.db'}"
    return run.postgres.create()
