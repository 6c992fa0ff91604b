"""What E16 does beside its faults: servers whose pictures lie in a bucket are killed at any moment.

Two servers share a bucket that fails now and then. Pictures are asked for in all the ways there
are, many with the same seeds, so that the cache is hit and equal bytes are shared; one workspace
keeps all for ever, the other nothing but files. Pictures and files are deleted meanwhile.
"""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.clocks import Hands
from tests.experiments.crew import Crew, crew
from tests.experiments.run import Run
from tests.experiments.ways import said, upload
from tests.faults.invariants import until_finished
from tests.faults.load import EACH, Answer, Callers, calling, host, looking, wanted
from tests.faults.referee import Referee
from tests.servers import Server, a_key, administer
from tests.standins.bfl import BflStandIn
from tests.standins.object_store import Kind, ObjectStoreStandIn
from tests.standins.openai import OpenAIStandIn

from limner import money
from limner.app import Limner
from limner.audit.audit import audit
from limner.db.base import Database
from limner.files.artifacts import Artifacts
from limner.files.files import Files
from limner.files.orphans import ORPHAN_S
from limner.files.places import stores
from limner.settings import Settings

KILLS, KILLS_SHORT = 20, 3
"""In a round of the experiment."""
LEASE_S = 3.0
ENDED_WITHIN_S = 90.0
LIFE_S = 1.2
"""A little beyond the slowest of what is asked for at once, on a store that is well."""
BOTH_EVERY = 4
SEEDS = 3
FUNDS = 1_000_000 * EACH
RETENTIONS = {"keeps": "forever", "relays": "none"}
TROUBLES: tuple[tuple[str, Kind, int], ...] = (
    ("PUT", "slow_down", 1),
    ("PUT", "lost", 2),
    ("PUT", "denied", 2),
    ("PUT", "short", 2),
    ("HEAD", "denied", 1),
    ("GET", "slow_down", 2),
    ("DELETE", "denied", 3),
)
ALLOWED = ("200", "201", "cut", "job_timeout", "storage_unavailable", "not_found")
JOBS = """
    SELECT j.id, w.name, j.state, j.charged, h.state,
           (SELECT COUNT(*) FROM artifact WHERE job_id = j.id)
    FROM job j JOIN hold h ON h.job_id = j.id JOIN workspace w ON w.id = j.workspace_id
    ORDER BY j.id
"""
KEPT_FILES = """
    SELECT f.id, w.name, f.sha256 FROM file f JOIN workspace w ON w.id = f.workspace_id
    WHERE f.deleted_at IS NULL
"""
NAMES = "SELECT name FROM blob ORDER BY name"


@dataclass(frozen=True, slots=True)
class Plug:
    settings: Settings
    bucket: ObjectStoreStandIn
    database: Database
    crew: Crew
    callers: dict[str, Callers]
    referee: Referee
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    """Jobs and files whose deletion was asked for, answered or not."""
    gone: set[str] = field(default_factory=set)
    """Those of which it was answered."""
    found: list[str] = field(default_factory=list)

    async def draw(self, whose: str, server: Server, body: dict[str, Any], wait: str = "") -> None:
        headers = {"prefer": wait} if wait else {}
        url = f"{server.api}/images/generations"
        self.answers.append((whose, await self.callers[whose].post(url, headers, json=body)))

    async def follow(self, whose: str, server: Server) -> None:
        followed = await self.callers[whose].follow(server.api, wanted(2))
        self.found.extend(followed.misled())
        self.answers.append((whose, followed.answer()))

    async def upload(self, whose: str, server: Server) -> None:
        answer = await self.callers[whose].post(f"{server.api}/files", data=upload())
        self.answers.append((whose, answer))

    async def delete(self, whose: str, one: str, url: str) -> None:
        self.deleted.add(one)
        if await self.callers[whose].delete(url) == 200:
            self.gone.add(one)

    def asked(self, server: Server, chance: random.Random) -> list[Coroutine[None, None, None]]:
        """One of every kind, and two deletions of what was answered before."""
        kinds: list[Coroutine[None, None, None]] = []
        for whose in RETENTIONS:
            again = {"model": "flux-2-pro", "prompt": "the same", "size": "256x256", "cache": True}
            again["seed"] = chance.randrange(SEEDS)
            kinds += [
                self.draw(whose, server, wanted()),
                self.draw(whose, server, wanted(2, store=True)),
                self.draw(whose, server, wanted(store=whose == "relays"), "wait=0"),
                self.draw(whose, server, again),
                self.draw(whose, server, {**again, "store": True}),
                self.follow(whose, server),
                self.upload(whose, server),
            ]
            kinds += self.deletions(whose, server, chance)
        return kinds

    def deletions(
        self, whose: str, server: Server, chance: random.Random
    ) -> list[Coroutine[None, None, None]]:
        """Of pictures and files that callers have been given; a job that runs has none yet."""
        told = [one for who, one in self.answers if who == whose and one.status in (200, 201)]
        jobs = [one.job_id for one in told if one.job_id]
        files = [file_id for one in told for file_id in files_of(one)]
        places = [(one, f"images/jobs/{one}/artifacts") for one in some(jobs, chance)]
        places += [(one, f"files/{one}") for one in some(files, chance)]
        return [self.delete(whose, one, f"{server.api}/{path}") for one, path in places]

    async def struck(self, number: int, kill_at_s: float, chance: random.Random) -> None:
        """Ask for everything on a store in trouble, kill within it, and start again."""
        method, kind, times = TROUBLES[number % len(TROUBLES)]
        dying = [0, 1] if number % BOTH_EVERY == BOTH_EVERY - 1 else [chance.randrange(2)]
        self.bucket.script(method, kind, times=times)
        asked = [
            asyncio.ensure_future(one)
            for server in self.crew.servers
            for one in self.asked(server, chance)
        ]
        await asyncio.sleep(kill_at_s)
        self.crew.kill(dying)
        await asyncio.gather(*asked)
        self.bucket.faults.clear()
        await self.crew.restart(dying)

    async def judged(self) -> list[str]:
        left = await until_finished(self.database, ENDED_WITHIN_S)
        found = [*self.found, *(f"I9: not over: {job_id}" for job_id in left)]
        others = [one for _, one in self.answers if said(one) not in ALLOWED]
        found += [f"somebody was told {one.body['error']['message']}" for one in others]
        times = self.referee.asked_each().items()
        found += [f"I10: sent {count} times: {prompt}" for prompt, count in times if count > 1]
        for row in await self.database.fetch(JOBS):
            found += await self.untrue(*row)
        found += await self.told_otherwise()
        return found + await self.lost_files() + await self.not_swept()

    async def untrue(
        self, job_id: Any, whose: Any, state: Any, charged: Any, hold: Any, pictures: Any
    ) -> list[str]:
        """What is wrong with a job: its charge, its hold, or what can be fetched of it."""
        if state != "completed":
            fine = (charged or 0, hold, pictures) == (0, "released", 0)
            return [] if fine else [f"I7: {job_id} {state}: {charged}, {hold}, {pictures}"]
        found = [] if charged and hold == "settled" else [f"I7: {job_id}: {charged}, {hold}"]
        api, callers = self.crew.servers[0].api, self.callers[whose]
        try:
            had = len(await callers.digests(api, job_id))
        except AssertionError as error:
            return [*found, f"I12: {job_id} cannot be fetched: {str(error)[:200]}"]
        expected = {0, pictures} if job_id in self.deleted or whose == "relays" else {pictures}
        expected = {0} if job_id in self.gone else expected
        return found + ([] if had in expected else [f"I11: {job_id}: {had} of {pictures} had"])

    async def told_otherwise(self) -> list[str]:
        """Pictures that were handed out, and what the rows say was charged for them."""
        rows = await self.database.fetch("SELECT id, charged FROM job WHERE state = 'completed'")
        charged = {str(row[0]): int(str(row[1])) for row in rows}
        return [
            f"I7: {one.job_id} was told {one.body['credits_used']}: {charged.get(one.job_id)}"
            for _, one in self.answers
            if one.status == 200
            and charged.get(one.job_id) != round(one.body["credits_used"] * money.MICRO)
        ]

    async def lost_files(self) -> list[str]:
        """Files that rows or answers promise and that cannot be had as they were."""
        api, found, there = self.crew.servers[0].api, [], set()
        for file_id, whose, sha256 in await self.database.fetch(KEPT_FILES):
            status, data = await self.callers[str(whose)].get(f"{api}/files/{file_id}/content")
            there.add(file_id)
            if (status, hashlib.sha256(data).hexdigest()) != (200, sha256):
                found.append(f"I15: the file {file_id} is answered {status}")
        told = {file_id for _, answer in self.answers for file_id in files_of(answer)}
        found += [f"I15: {one} was told and is gone" for one in told - there - self.deleted]
        return found + [f"I16: {one} was deleted and is there" for one in there & self.gone]

    async def not_swept(self) -> list[str]:
        """Sweep as a server does, ten minutes long; what is left that nobody has, and an audit."""
        clock, both = Hands(), stores(self.settings.store, self.settings.data_dir)
        sweepers = (
            Artifacts(self.database, both.pictures, clock),
            Files(self.database, both.files, clock),
        )
        swept = 0
        for _ in range(2):
            for one in sweepers:
                await one.sweep()
                swept += await one.sweep_orphans()
            clock.now += ORPHAN_S
        names = [str(row[0]) for row in await self.database.fetch(NAMES)]
        lie = sorted(await asyncio.to_thread(lambda: [*both.pictures.ids(), *both.files.ids()]))
        found = [f"I15: {one} lies there for nobody" for one in sorted(set(lie) - set(names))]
        checked = audit(self.database, both, read_bytes=True)
        shared = await self.database.fetch("SELECT COUNT(*) FROM blob WHERE refs > 1")
        print(f"{swept} orphans swept, {len(lie)} blobs, {shared[0][0]} of them shared")
        return found + [str(breach) async for rule in checked for breach in rule.named]


def some(ids: list[str], chance: random.Random) -> list[str]:
    return [chance.choice(ids)] if ids else []


def files_of(answer: Answer) -> list[str]:
    """Files an answer told of: an upload, or pictures that were kept."""
    if answer.status == 201:
        return [str(answer.body["id"])]
    pictures = answer.body.get("data", []) if answer.status == 200 else []
    return [str(one["file_id"]) for one in pictures if one.get("file_id")]


async def plug_pulled(run: Run, bucket: ObjectStoreStandIn) -> list[str]:
    """Kill servers at moments spread over a request's life. The environment leads to the bucket."""
    kills = KILLS_SHORT if run.short else KILLS * run.rounds
    moments = list(range(kills))
    run.chance("plug").shuffle(moments)
    async with plugged_in(run, bucket) as plug:
        for number, moment in enumerate(moments):
            chance = run.chance("plug", number)
            await plug.struck(number, LIFE_S * (moment + chance.random()) / kills, chance)
        found = await plug.judged()
        told = Counter(said(answer) for _, answer in plug.answers)
        hits = sum("cached" in answer.body for _, answer in plug.answers)
        print(f"{kills} kills: {dict(told)}, {hits} from the cache, {len(plug.gone)} deleted")
    return [f"plug pulled: {line}" for line in found]


@asynccontextmanager
async def plugged_in(run: Run, bucket: ObjectStoreStandIn) -> AsyncIterator[Plug]:
    settings = Settings(
        data_dir=run.folder / "plug",
        database_url=run.fresh_url(),
        store=f"s3://{bucket.bucket}/plug",
        lease_s=LEASE_S,
        log_level="error",
    )
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(OpenAIStandIn())
        bfl = await stack.enter_async_context(BflStandIn())
        await host(settings, standin)
        callers = {}
        for whose in RETENTIONS:
            key = await a_key(settings, "live", credits=FUNDS, workspace=whose)
            callers[whose] = await stack.enter_async_context(calling(key))
        await administer(settings, lambda limner: arranged(limner, bfl.base_url))
        database = await stack.enter_async_context(looking(settings))
        servers = await stack.enter_async_context(crew(settings))
        yield Plug(settings, bucket, database, servers, callers, Referee(standin))


async def arranged(limner: Limner, base_url: str) -> None:
    await limner.configs.add("bfl", "bfl", base_url=base_url, api_key="sk-standin")
    accounts = limner.services.accounts
    for name, retention in RETENTIONS.items():
        owner = await accounts.workspace(name)
        await accounts.set_workspace(owner.id, {"retention": retention})
