"""E19, client leaves: at twelve moments of three ways to be served, by FIN and by RST.

By hand: `python -m tests.faults.e19 --rounds 200`. The stand-in's log is the referee of what was
drawn, the rows of what was paid, and those who stay of what it costs.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import KINDS, migrated, postgres_server
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
DRAWN_IN_S = 0.1
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
async def house(url: str, folder: Path, picture_bytes: int) -> AsyncIterator[House]:
    settings = Settings(data_dir=folder, database_url=url)
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


async def run(kind: str, url: str, rounds: int, picture_bytes: int) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="limner-e19-") as folder:
        async with house(
            url or f"sqlite:///{folder}/limner.db", Path(folder), picture_bytes
        ) as one:
            for _ in range(rounds):
                await one.round()
            differences = await one.differences()
            print(f"{kind}, {rounds} rounds, {time.monotonic() - began:.0f} s\n{one.table()}")
    print("\n".join(differences) or "0 differences", flush=True)
    return not differences


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.e19", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--bytes", type=int, default=100_000, help="least size of a picture")
    parser.add_argument("--database", choices=KINDS, action="append", help="both if not told")
    told = parser.parse_args()
    good = True
    for kind in told.database or KINDS:
        if kind == "sqlite":
            good &= asyncio.run(run(kind, "", told.rounds, told.bytes))
        else:
            with postgres_server() as server:
                url = migrated(server.create())
                good &= asyncio.run(run(kind, url, told.rounds, told.bytes))
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
