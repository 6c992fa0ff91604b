"""E19, client leaves: at twelve moments of three ways to be served, by FIN and by RST.

From the middle of the request's head to the middle of the download. Whoever had sent a whole
request is drawn one picture, pays for one, and can collect it (P6), as those who stay beside them;
who had not costs nothing. The stand-in's log is the referee of what was drawn, the rows of what was
paid, and those who stay of what it costs.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches, until_finished
from tests.faults.leaving import Leave
from tests.faults.load import EACH, Callers, blobs, calling, host, looking, started
from tests.faults.referee import Referee
from tests.faults.visits import EITHER, NEVER_WHOLE, STEPS, Form, Visit
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Database
from limner.settings import Settings

FUNDS = 1_000_000 * EACH
WAYS: tuple[Leave, ...] = ("fin", "reset")
ROUNDS = 200
SHORT = 2
DRAWN_IN_S = 0.1
PICTURE_BYTES, SHORT_BYTES = 100_000, 300_000
"""More than the buffers between take in, but that two hundred rounds of that fill a disk."""
COLLECTING = 8
CHARGES = """
    SELECT j.id, j.state, j.charged FROM job j JOIN workspace w ON w.id = j.workspace_id
    WHERE w.name = :name
"""
WALLET = """
    SELECT topup FROM wallet JOIN workspace w ON w.id = workspace_id
    WHERE w.name = :name AND ledger = 'live'
"""


@dataclass(frozen=True, slots=True)
class House:
    """A server, the database beside it, and the stand-in behind it."""

    settings: Settings
    server: Server
    database: Database
    referee: Referee
    keys: dict[str, str]
    """Of the workspaces of those who leave and of those who stay."""
    callers: Callers
    """Who leave, when they come back for their pictures."""
    visits: list[tuple[Form, str, Visit]] = field(default_factory=list)
    """Everybody who left so far, and where."""

    async def visit(self, form: Form, until: str, how: Leave) -> None:
        """Go as far as one moment, and leave."""
        visit = Visit(self.server.url, self.keys["leave"], form, self.referee, DRAWN_IN_S)
        self.visits.append((form, until, visit))
        for moment, step in STEPS[form]:
            await step(visit)
            if moment == until:
                break
        await visit.leave(how)

    async def stay(self, form: Form) -> None:
        visit = Visit(self.server.url, self.keys["stay"], form, self.referee, DRAWN_IN_S)
        for _, step in STEPS[form]:
            await step(visit)
        await visit.whole_answer()
        await visit.leave("fin")

    async def round(self) -> None:
        """Everybody leaves everywhere in every way, and somebody stays in each form."""
        await asyncio.gather(
            *(
                self.visit(form, moment, how)
                for form, steps in STEPS.items()
                for moment, _ in steps
                for how in WAYS
            ),
            *(self.stay(form) for form in STEPS),
        )

    async def differences(self) -> list[str]:
        """What leaving changed, a line each; none when all is well."""
        left = await until_finished(self.database, 30)
        found = [f"not over: {job_id}" for job_id in left]
        found += await breaches(self.database, blobs(self.settings))
        found += [
            f"{form}, {moment}: asked for {self.referee.asked(visit.prompt)} times"
            for form, moment, visit in self.visits
            if self.referee.asked(visit.prompt) not in expected(moment)
        ]
        drawn = sum(self.referee.drawn(visit.prompt) for *_, visit in self.visits)
        found += await self._money("leave", drawn)
        found += await self._money("stay", None)
        return found + await self._lost()

    async def _money(self, workspace: str, drawn: int | None) -> list[str]:
        """Whether each job of a workspace is paid like every other, and nothing else is."""
        jobs = await self.database.fetch(CHARGES, {"name": workspace})
        wallet = await self.database.fetch(WALLET, {"name": workspace})
        odd = [f"{workspace}: {row}" for row in jobs if row[1:] != ("completed", EACH)]
        if drawn is not None and len(jobs) != drawn:
            odd.append(f"{workspace}: {len(jobs)} jobs for {drawn} drawings")
        if wallet != [(FUNDS - len(jobs) * EACH,)]:
            odd.append(f"{workspace}: {wallet} is left after {len(jobs)} jobs")
        return odd

    async def _lost(self) -> list[str]:
        """Jobs of those who left whose picture cannot be had."""
        places, lost = asyncio.Semaphore(COLLECTING), []

        async def collect(job_id: str) -> None:
            async with places:
                if len(await self.callers.digests(self.server.api, job_id)) != 1:
                    lost.append(f"lost: {job_id}")

        jobs = await self.database.fetch(CHARGES, {"name": "leave"})
        await asyncio.gather(*(collect(str(row[0])) for row in jobs))
        return lost

    def table(self) -> str:
        """How many left at each moment, and how many of their pictures were drawn."""
        left = Counter((form, moment) for form, moment, _ in self.visits)
        drawn: Counter[tuple[Form, str]] = Counter()
        for form, moment, visit in self.visits:
            drawn[form, moment] += self.referee.drawn(visit.prompt)
        return "\n".join(
            f"{form:8}{moment:28}{left[form, moment]:6} left {drawn[form, moment]:6} drawn"
            for form, moment in left
        )


def expected(moment: str) -> range:
    """How often the provider may be asked for somebody who leaves at a moment."""
    if moment == EITHER:
        return range(2)
    return range(1) if moment in NEVER_WHOLE else range(1, 2)


@asynccontextmanager
async def house(settings: Settings, picture_bytes: int) -> AsyncIterator[House]:
    async with OpenAIStandIn(least=picture_bytes) as standin:
        await host(settings, standin)
        keys = {
            name: await a_key(settings, "live", credits=FUNDS, workspace=name)
            for name in ("leave", "stay")
        }
        async with (
            started(settings) as server,
            looking(settings) as database,
            calling(keys["leave"]) as callers,
        ):
            yield House(settings, server, database, Referee(standin), keys, callers)


async def experiment(run: Run) -> list[str]:
    settings = Settings(data_dir=run.folder, database_url=run.fresh_url(), log_level="error")
    async with house(settings, SHORT_BYTES if run.short else PICTURE_BYTES) as one:
        await one.round()
        before = size_of(one.server)
        for _ in range(run.rounds - 1):
            await one.round()
        print(one.table())
        differences = await one.differences()
        async with calling(one.keys["stay"]) as callers:
            return differences + await not_well(one.database, one.server, callers, before)
