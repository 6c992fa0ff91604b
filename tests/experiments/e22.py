"""E22, retry budget: two hosts turn half of all orders away, for two minutes.

Whatever is turned away surely did not run, so that it may be sent again, here or there; but hosts
in trouble do not get much more to do. In every 10 s they are asked at most 1.2 times for each
request that is new to them, and three times more; one that is on its way to them at either end of
that time counts. Each try was noted before (I10), and each picture that was drawn was answered.
Breakers open only for a moment, so that the hosts are asked as much as can be. The hosts' logs are
the referees.
"""

import asyncio
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.experiments.liveness import not_well, size_of
from tests.experiments.moody import NOT_TAKEN, Load, MoodyHost, add_hosts, failing, well
from tests.experiments.run import Run
from tests.faults.invariants import breaches
from tests.faults.load import EACH, MODEL, SIZE, blobs, calling, looking, started
from tests.servers import a_key

from limner.db.base import Database
from limner.settings import Settings

ROUNDS = 120
"""Seconds."""
SHORT = 11
LIMIT_S = 600.0
WINDOW_S = 10.0
EACH_REQUEST, BEYOND = 1.2, 3
SHARE = 0.5
KINDS = (*NOT_TAKEN, "429_retry_after")
OPEN_S = 0.2
CALLERS = 4
"""Of each model."""
BODIES: dict[str, dict[str, object]] = {
    MODEL: {"size": SIZE},
    "dall-e-3": {},
    "gpt-image-1-mini": {"quality": "low"},
}
TRIES = "SELECT COUNT(*), SUM(try_no) FROM job WHERE created_at >= :since"


@dataclass(frozen=True, slots=True)
class Counted:
    """When hosts were asked, when each request was sent to limner, and when it was new to them.

    Each in order, in unix seconds.
    """

    asked: Sequence[float]
    sent: Sequence[float]
    new: Sequence[float]
    accepted: int
    tries: int
    drawn: int

    def overrun(self, since: float) -> float:
        """By how much they were asked too often in the window that begins then."""
        until = since + WINDOW_S
        asked = bisect_left(self.asked, until) - bisect_left(self.asked, since)
        requests = bisect_left(self.sent, until) - bisect_left(self.new, since)
        return asked - EACH_REQUEST * requests - BEYOND

    def worst(self, began: float, ended: float) -> float:
        """In that of all whole windows between in which they were asked too often by most."""
        return max(self.overrun(at) for at in self.asked if began <= at <= ended - WINDOW_S)


async def counted(
    hosts: Sequence[MoodyHost], loads: Sequence[Load], database: Database, began: float
) -> Counted:
    asked = sorted(one for host in hosts for one in host.orders(began))
    new = {prompt: at for at, prompt in reversed(asked)}
    heard = [one for load in loads for one in load.since(began)]
    ((accepted, tries),) = await database.fetch(TRIES, {"since": int(began * 1_000_000)})
    return Counted(
        [at for at, _ in asked],
        sorted(one.at for one in heard if one.prompt in new),
        sorted(new.values()),
        int(str(accepted)),
        int(str(tries)),
        sum(len(host.times("completed", since=began)) for host in hosts),
    )


def wrong(one: Counted, loads: Sequence[Load], began: float, ended: float) -> list[str]:
    found = []
    paid = sum(each.answer.status == 200 for load in loads for each in load.since(began))
    if (over := one.worst(began, ended)) > 0:
        found.append(f"asked {over:.1f} times too often within {WINDOW_S:g} s")
    if len(one.asked) > one.tries:
        found.append(f"I10: asked {len(one.asked)} times, {one.tries} tries were noted")
    if paid != one.drawn:
        found.append(f"{one.drawn} were drawn, {paid} were answered")
    if len(one.asked) < 1.05 * one.accepted:
        found.append("hardly anything was sent again, so that nothing was put to the test")
    return found


async def experiment(run: Run) -> list[str]:
    settings = Settings(
        data_dir=run.folder,
        database_url=run.fresh_url(),
        log_level="error",
        breaker_open_s=OPEN_S,
    )
    async with AsyncExitStack() as stack:
        hosts = [await stack.enter_async_context(MoodyHost(*BODIES)) for _ in range(2)]
        await add_hosts(settings, dict(zip(("one", "two"), hosts, strict=True)))
        key = await a_key(settings, "live", credits=1_000_000 * EACH)
        callers = await stack.enter_async_context(calling(key))
        server = await stack.enter_async_context(
            started(settings, {"LIMNER_CIRCUIT_BREAKERS": "true"})
        )
        database = await stack.enter_async_context(looking(settings))
        loads = [
            Load(callers, server, {"model": name} | body, CALLERS, 0.3, run.chance(name))
            for name, body in BODIES.items()
        ]
        for load in loads:
            await load.ask()
        before = size_of(server)
        began = time.time()
        for number, host in enumerate(hosts):
            host.sick, host.mood = BODIES, failing(run.chance(number), KINDS, SHARE)
        async with AsyncExitStack() as asking:
            for load in loads:
                await asking.enter_async_context(load.going_on())
            await asyncio.sleep(run.rounds)
            ended = time.time()
        for host in hosts:
            host.mood = well
        result = await counted(hosts, loads, database, began)
        print(summary(result, loads, began, ended))
        found = wrong(result, loads, began, ended)
        found += await not_well(database, server, callers, before)
        return found + await breaches(database, blobs(settings))


def summary(one: Counted, loads: Sequence[Load], began: float, ended: float) -> str:
    answers = [each.answer for load in loads for each in load.since(began)]
    heard = Counter(
        f"{answer.status}{'' if answer.job_id else ' before acceptance'}" for answer in answers
    )
    told = ", ".join(f"{count} x {what}" for what, count in heard.most_common())
    return (
        f"{one.accepted} accepted, hosts asked {len(one.asked)} times "
        f"({len(one.asked) / one.accepted:.3f} each), {one.drawn} drawn; in the worst 10 s "
        f"{-one.worst(began, ended):.1f} times less than they might have been; {told}"
    )
