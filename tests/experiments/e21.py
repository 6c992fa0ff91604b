"""E21, breaker and fallback: of two routes one fails, heals, fails now and then, and is slow.

Within five failures it is passed over; one order tries it each time that has lasted long enough;
35 s after its healing all ask it again. Meanwhile callers are answered by the other route, and by
another model where one stands by; who wants no other is refused before there is a job. Models
beside it are drawn as before, and slow orders leave them room. The hosts' logs are the referees.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from tests.experiments.liveness import not_well, size_of
from tests.experiments.moody import (
    NOT_TAKEN,
    Heard,
    Load,
    MoodyHost,
    add_hosts,
    failing,
    until,
    well,
)
from tests.experiments.run import Run
from tests.faults.invariants import breaches
from tests.faults.load import EACH, MODEL, SIZE, Answer, Callers, blobs, calling, looking, started
from tests.servers import Server, a_key, administer

from limner.app import Limner
from limner.db.base import Database
from limner.generation.breaker import IN_A_ROW
from limner.settings import Settings

ROUNDS = 1
SHORT = 1
LIMIT_S = 900.0
CHAINED, STANDS_BY, BESIDE = "dall-e-3", "gpt-image-1-mini", "gpt-image-1"
"""A model that only the sick host has, one that answers in its place, and one beside it there."""
CALLERS = 4
MOST_RUNNING = 16
LANE = MOST_RUNNING - MOST_RUNNING // 4
"""What one model may have of it."""
SPARE_S = 5.0
"""For orders to come by and be drawn, beyond the time a route is passed over."""
DRAWN_IN_S = 0.5
"""When a route is tried, so that others come by meanwhile."""
SHARE = 0.3
"""Of the orders that fail when some do."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each phase, and how long a route that fails is passed over at first."""

    open: float
    well: float
    failing: float
    shaky: float
    slow: float


FULL = Times(open=30.0, well=20.0, failing=60.0, shaky=30.0, slow=30.0)
IN_SHORT = Times(open=1.5, well=0.5, failing=3.0, shaky=0.5, slow=1.5)


@dataclass(frozen=True, slots=True)
class House:
    """A server with a host that is not always well and another, and the callers of its models."""

    run: Run
    times: Times
    server: Server
    database: Database
    sick: MoodyHost
    routed: Load
    chained: Load
    lone: Load
    """The same without another model."""
    beside: Load
    phases: dict[str, tuple[float, float]] = field(default_factory=dict)

    @asynccontextmanager
    async def phase(self, name: str) -> AsyncIterator[float]:
        """When it began."""
        began = time.time()
        yield began
        self.phases[name] = began, time.time()

    async def be_well(self) -> list[str]:
        async with self.phase("well"):
            await asyncio.sleep(self.times.well)
        return self.unanswered("well", self.routed, self.chained, self.lone, self.beside)

    async def fail(self) -> list[str]:
        """All orders fail, in ways after which surely nothing was drawn."""
        self.sick.mood = failing(self.run.chance("failing"), NOT_TAKEN)
        async with self.phase("failing") as began:
            await asyncio.sleep(self.times.failing)
        found = self.unanswered("failing", self.beside)
        for model, loads in (
            (MODEL, (self.routed,)),
            (CHAINED, (self.chained, self.lone)),
        ):
            asked = len(self.sick.times("asked", model, began))
            # Those under way when it opens, and the one that tries it when it was open once.
            most = IN_A_ROW + sum(load.at_once for load in loads) - 1 + 1
            if asked > most:
                found.append(f"failing: {asked} orders for {model}, not {most} at most")
            lost = [one for load in loads for one in self.sent_in_vain("failing", load)]
            if len(lost) > asked:
                found.append(f"failing: {len(lost)} got no {model}, of {asked} that were sent")
        return found + self.answered_wrongly() + self.refused_wrongly()

    def answered_wrongly(self) -> list[str]:
        """Where another model stands by, it answers, and that is told."""
        heads = [one.answer.headers for one in self.heard("failing", self.chained)]
        names = {(head["x-model-used"], head.get("x-fallback-from")) for head in heads}
        right = (STANDS_BY, CHAINED)
        return [] if right in names and names <= {right, (CHAINED, None)} else [f"chain: {names}"]

    def refused_wrongly(self) -> list[str]:
        """Who wants no other model is refused without a job while it is passed over."""
        answers = [one.answer for one in self.heard("failing", self.lone)]
        refused = [one for one in answers if not one.job_id]
        wrong = [
            one
            for one in refused
            if (one.status, one.headers["x-should-retry"]) != (503, "true")
            or not 1 <= int(one.headers["retry-after"]) <= 2 * self.times.open
        ]
        return [] if refused and not wrong else [f"lone: {len(wrong)} of {len(refused)} are wrong"]

    async def heal(self) -> list[str]:
        """All is well again: one order finds out, then all come back."""
        within_s, models = self.times.open + SPARE_S, (MODEL, CHAINED)
        self.sick.mood, self.sick.slow_s = well, DRAWN_IN_S
        async with self.phase("healing") as began:
            await until(lambda: all(len(self.since(began, one)) > 1 for one in models), within_s)
        self.sick.slow_s = 0.0
        found = self.unanswered("healing", self.beside)
        for model in models:
            asked, drawn = self.since(began, model), self.sick.times("completed", model, began)
            if len(asked) < 2:
                found.append(f"healing: {model} is not asked {within_s:g} s after it healed")
            elif not drawn or asked[1] < drawn[0]:
                found.append(f"healing: more than one order tried {model}")
        return found

    async def be_shaky(self) -> list[str]:
        """Some orders fail. What that opens closes again, before the next phase."""
        self.sick.mood = failing(self.run.chance("shaky"), NOT_TAKEN, SHARE)
        async with self.phase("shaky"):
            await asyncio.sleep(self.times.shaky)
        self.sick.mood = well
        calm = time.time()
        await until(lambda: len(self.since(calm, MODEL)) > CALLERS, 8 * self.times.open)
        told = (200, 502, 503)
        odd = [one for one in self.heard("shaky", self.routed) if one.answer.status not in told]
        return [f"shaky: {one}" for one in odd] + self.unanswered("shaky", self.beside)

    async def be_slow(self) -> list[str]:
        """More orders are slow than may run at once."""
        self.sick.slow_s = self.times.slow
        async with self.phase("slow") as began:
            asking = [asyncio.create_task(self.routed.ask()) for _ in range(MOST_RUNNING)]
            await until(lambda: len(self.since(began, MODEL)) >= LANE, SPARE_S)
            self.sick.slow_s = 0.0  # for those who wait in line
            await asyncio.gather(*asking)
        drawn = min(self.sick.times("completed", MODEL, began))
        beside = [at for at in self.sick.times("completed", BESIDE, began) if at < drawn]
        most = self.sick.most_at_once(MODEL, began)
        found = self.unanswered("slow", self.routed, self.beside)
        found += [] if most == LANE else [f"slow: {most} orders at once, not {LANE}"]
        few = len(beside) <= self.beside.at_once  # as many may have been under way before
        return found + ([f"slow: only {len(beside)} drawn beside it"] if few else [])

    def since(self, moment: float, model: str) -> list[float]:
        return self.sick.times("asked", model, moment)

    def heard(self, phase: str, load: Load) -> list[Heard]:
        """Of who asked in a phase, what they were answered by now."""
        return load.between(*self.phases[phase])

    def sent_in_vain(self, phase: str, load: Load) -> list[Answer]:
        answers = [one.answer for one in self.heard(phase, load)]
        return [answer for answer in answers if answer.status != 200 and answer.job_id]

    def unanswered(self, phase: str, *loads: Load) -> list[str]:
        heard = [one for load in loads for one in self.heard(phase, load)]
        return [f"{phase}: {one.answer}" for one in heard if one.answer.status != 200]

    def table(self) -> str:
        """What each phase did to the sick route, and to a model beside it there."""
        lone_s = self.beside.p99(*self.phases["well"])
        lines = [f"{'':9}{'s':>6}{'sent':>6}{'in vain':>9}{'beside it, p99':>18}{'ratio':>7}"]
        for name, (began, ended) in self.phases.items():
            sent = sum(at < ended for at in self.since(began, MODEL))
            vain = len(self.sent_in_vain(name, self.routed))
            p99_s = self.beside.p99(began, ended)
            lines.append(
                f"{name:9}{ended - began:6.1f}{sent:6}{vain:9}{p99_s * 1000:15.0f} ms"
                f"{p99_s / lone_s:7.2f}"
            )
        return "\n".join(lines)


async def experiment(run: Run) -> list[str]:
    times = IN_SHORT if run.short else FULL
    settings = Settings(
        data_dir=run.folder,
        database_url=run.fresh_url(),
        log_level="error",
        max_running=MOST_RUNNING,
        breaker_open_s=times.open,
    )
    async with AsyncExitStack() as stack:
        sick = await stack.enter_async_context(MoodyHost(MODEL, CHAINED, BESIDE))
        other = await stack.enter_async_context(MoodyHost(MODEL, STANDS_BY))
        sick.sick = (MODEL, CHAINED)
        await add_hosts(settings, {"one": sick, "two": other})
        key = await a_key(settings, "live", credits=1_000_000 * EACH)
        await administer(settings, let_another_answer)
        callers = await stack.enter_async_context(calling(key))
        server = await stack.enter_async_context(
            started(settings, {"LIMNER_CIRCUIT_BREAKERS": "true"})
        )
        database = await stack.enter_async_context(looking(settings))
        house = House(run, times, server, database, sick, *loads(run, callers, server))
        found = await all_phases(house, callers, run.rounds)
        print(house.table())
        return found + await breaches(database, blobs(settings))


async def all_phases(house: House, callers: Callers, rounds: int) -> list[str]:
    found: list[str] = []
    before = None
    everybody = (house.routed, house.chained, house.lone, house.beside)
    for load in everybody:
        await load.ask()  # the first of each is slower than all others
    for _ in range(rounds):
        async with AsyncExitStack() as asking:
            for load in everybody:
                await asking.enter_async_context(load.going_on())
            found += await house.be_well()
            before = before or size_of(house.server)
            found += await house.fail()
            found += await house.heal()
            found += await house.be_shaky()
            found += await house.be_slow()
    return found + await not_well(house.database, house.server, callers, before)


async def let_another_answer(limner: Limner) -> None:
    accounts = limner.services.accounts
    (owner,) = await accounts.workspaces()
    await accounts.set_workspace(owner.id, {"fallbacks": {CHAINED: (STANDS_BY,)}})


def loads(run: Run, callers: Callers, server: Server) -> tuple[Load, Load, Load, Load]:
    """Callers of the route, of the model with another, of the same alone, of the one beside."""
    small, any_size = {"model": MODEL, "size": SIZE}, {"model": CHAINED}
    beside = {"model": BESIDE, "quality": "low"}

    def load(name: str, body: dict[str, str], at_once: int, **headers: str) -> Load:
        return Load(callers, server, body, at_once, 0.25, run.chance(name), headers)

    return (
        load("routed", small, CALLERS),
        load("chained", any_size, 1),
        load("lone", any_size, 2, **{"x-disable-fallback": "true"}),
        load("beside", beside, 3),
    )
