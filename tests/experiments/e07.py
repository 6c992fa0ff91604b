"""E07, kill -9 sweep: servers are killed at moments spread evenly over a request's life.

Two servers share everything. How long a request lives is measured first. Each time, requests of
all kinds come at once: who waits, who follows a stream, who is sent away, with idempotency keys and
`store`, and uploads. Then one of the servers is killed, or both, and started again; requests with a
key are sent once more. When all is over every job has ended within a minute, no order was sent
twice, callers, rows and the stand-in's log tell one story, every picture that was paid for can be
had, no answer was lost by a server that lived (I1 to I17, I21), and everything is swept.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.experiments.agreement import disagreements
from tests.experiments.asking import MOST_FILES, Asking
from tests.experiments.crew import Crew, crew
from tests.experiments.liveness import not_well
from tests.experiments.run import Run
from tests.experiments.sweeping import swept
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import EACH, blobs, calling, host, looking
from tests.faults.referee import Referee
from tests.servers import a_key
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Database
from limner.settings import Settings

ROUNDS = 300
SHORT = 4
SHORT_LEASE_S = 4.0
"""In full the lease is the one that everybody has."""
FUNDS = 1_000_000 * EACH
DRAWN = "[[standin:delay=0.05]]"
PICTURE_BYTES = 40_000
MEASURED = 3
BEYOND = 1.2
"""Kills go on a little beyond the life that was measured."""
BOTH_EVERY = 4
ENDED_WITHIN_S = 60.0
ALLOWED = ("200", "201", "cut", "job_timeout", "idempotency_in_progress")


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is being swept."""

    crew: Crew
    asking: Asking
    database: Database
    referee: Referee
    found: list[str] = field(default_factory=list)


async def experiment(run: Run) -> list[str]:
    settings = Settings(
        data_dir=run.folder,
        database_url=run.fresh_url(),
        lease_s=SHORT_LEASE_S if run.short else Settings().lease_s,
        log_level="error",
        max_files_per_workspace=MOST_FILES,
    )
    async with OpenAIStandIn(least=PICTURE_BYTES) as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=FUNDS)
        async with calling(key) as callers, looking(settings) as database:
            async with crew(settings) as servers:
                one = Sweep(servers, Asking(callers, DRAWN), database, Referee(standin))
                await sweep(one, run)
                found = await judged(one)
            found += await swept(settings, database)
            return found + await breaches(database, blobs(settings))


async def sweep(one: Sweep, run: Run) -> None:
    life_s = await life(one) * BEYOND
    moments = list(range(run.rounds))
    run.chance("moments").shuffle(moments)
    for number, moment in enumerate(moments):
        chance = run.chance(number)
        dying = [0, 1] if number % BOTH_EVERY == BOTH_EVERY - 1 else [chance.randrange(2)]
        await killed(one, dying, life_s * (moment + chance.random()) / run.rounds)
    print(f"a life of {life_s / BEYOND:.3f} s, {dict(one.asking.story.told())}")


async def life(one: Sweep) -> float:
    """How long it takes from asking to the end of the last kind of request."""
    taken = []
    for _ in range(MEASURED):
        for server in one.crew.servers:
            began = time.monotonic()
            await asyncio.gather(*one.asking.kinds(server))
            await until_finished(one.database, ENDED_WITHIN_S)
            taken.append(time.monotonic() - began)
    return median(taken)


async def killed(one: Sweep, dying: Sequence[int], after_s: float) -> None:
    """Ask for everything, kill after a while, start again, and repeat what has a key."""
    ask, key = one.asking, os.urandom(8).hex()
    body = ask.body()
    victims = [one.crew.servers[place] for place in dying]
    others = [server for server in one.crew.servers if server not in victims]
    asked = [asyncio.ensure_future(ask.keyed(victims[0], body, key))]
    asked += [asyncio.ensure_future(it) for server in victims for it in ask.kinds(server)]
    unharmed = [asyncio.ensure_future(ask.wait(server)) for server in others]
    await asyncio.sleep(after_s)
    one.crew.kill(dying)
    await asyncio.gather(*asked)
    for answer in await asyncio.gather(*unharmed):
        if answer.status != 200:
            one.found.append(f"a server that lived said {answer.status} {answer.code}")
    if others:
        await ask.keyed(others[0], body, key)
    await one.crew.restart(dying)
    await ask.keyed(one.crew.servers[dying[0]], body, key)


async def judged(one: Sweep) -> list[str]:
    ask, server = one.asking, one.crew.servers[0]
    left = await until_finished(one.database, ENDED_WITHIN_S)
    found = [*one.found, *ask.misled, *(f"I9: not over: {job_id}" for job_id in left)]
    found += ask.story.otherwise(ALLOWED)
    found += await disagreements(ask.story, one.referee, one.database, ask.callers, server)
    found += await ask.lost_files(server)
    for server in one.crew.servers:
        found += await not_well(one.database, server, ask.callers)
    return found
