"""E16, object store faults: pictures lie in a bucket whose store fails, once or for good.

It asks to be asked slower, hangs, takes a blob and loses its answer, tells a wrong ETag, answers
200 with an error inside, has credentials expire, denies, or stores half. Callers wait, follow a
stream, come back later, and keep their picture as a file. Each is delivered and paid for, or ends
as `storage_unavailable` and costs nothing (I12, I15); nothing is drawn a second time because of
storage (I10). Once the store is well again, without a restart, every picture that was paid for is
fetched with its SHA-256.

In a second part, `pulled_plug`, servers on such a bucket are killed at any moment of a request,
while the cache is hit, equal bytes are shared, and pictures and files are deleted.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from tests.experiments.liveness import not_well, size_of
from tests.experiments.pulled_plug import plug_pulled
from tests.experiments.run import Run
from tests.faults.invariants import until_finished
from tests.faults.load import EACH, Answer, Callers, calling, host, looking, started, wanted
from tests.faults.referee import Referee
from tests.servers import Server, a_key
from tests.standins.object_store import Kind, ObjectStoreStandIn, object_store
from tests.standins.openai import OpenAIStandIn

from limner.audit.audit import audit
from limner.db.base import Database
from limner.files.places import stores
from limner.settings import Settings

ROUNDS = 10
SHORT = 1
FOR_GOOD = 400
"""More requests than are made while a fault lasts."""
HANGS_S = 31.0
"""Beyond what the store's library waits."""
ENDED_WITHIN_S = 90.0
Form = Literal["wait", "stream", "defer", "file"]
MONEY = """
    SELECT j.state, j.error_code, j.charged, h.state,
           (SELECT COUNT(*) FROM posting WHERE job_id = j.id AND kind = 'loss'),
           (SELECT COUNT(*) FROM artifact WHERE job_id = j.id)
    FROM job j JOIN hold h ON h.job_id = j.id WHERE j.id = :job_id
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What becomes of `method` for so many requests; `ends_well` if it must be delivered."""

    kind: Kind
    method: str = "PUT"
    times: int = 1
    ends_well: bool = True


TROUBLES: Mapping[str, Trouble] = {
    "slow down once": Trouble("slow_down"),
    "slow down for good": Trouble("slow_down", times=FOR_GOOD, ends_well=False),
    "answer lost": Trouble("lost"),
    "wrong ETag": Trouble("wrong_etag"),
    "error in 200": Trouble("error_in_200"),
    "error in 200 for good": Trouble("error_in_200", times=FOR_GOOD, ends_well=False),
    "credentials expired": Trouble("expired", times=FOR_GOOD, ends_well=False),
    "denied": Trouble("denied", times=FOR_GOOD, ends_well=False),
    "half stored": Trouble("short", times=FOR_GOOD, ends_well=False),
    "not found after it was stored": Trouble("denied", method="HEAD", times=2, ends_well=False),
    "hangs": Trouble("hang", ends_well=True),
}
IN_SHORT = ("slow down once", "answer lost", "denied", "half stored")


@dataclass(frozen=True, slots=True)
class House:
    server: Server
    database: Database
    callers: Callers
    referee: Referee
    bucket: ObjectStoreStandIn
    settings: Settings

    async def order(self, name: str, form: Form) -> list[str]:
        """Order a picture while the store is in trouble; what is wrong with what came of it."""
        body = wanted(1, store=True) if form == "file" else wanted()
        answer = await self.asked(form, body)
        wrong = await self.told_otherwise(answer, form, TROUBLES[name])
        if self.referee.asked(str(body["prompt"])) != 1:
            wrong.append(f"I10: asked for {self.referee.asked(str(body['prompt']))} times")
        return [f"{name}, {form}: {line}" for line in wrong]

    async def asked(self, form: Form, body: dict[str, object]) -> Answer:
        if form == "stream":
            return (await self.callers.follow(self.server.api, body)).answer()
        prefer = {"prefer": "wait=0"} if form == "defer" else {}
        url = f"{self.server.api}/images/generations"
        return await self.callers.post(url, prefer, json=body)

    async def told_otherwise(self, answer: Answer, form: Form, trouble: Trouble) -> list[str]:
        """What a caller was told beside what the rows say."""
        if not answer.job_id:
            return [f"no job: {answer}"]
        await self.until_ended(answer.job_id)
        rows = await self.database.fetch(MONEY, {"job_id": answer.job_id})
        state, code, charged, hold, losses, pictures = rows[0]
        good = (code, hold, losses, pictures) == (None, "settled", 0, 1) and bool(charged)
        bad = (
            code,
            charged,
            hold,
            losses,
            pictures,
        ) == ("storage_unavailable", 0, "released", 1, 0)
        wrong = [] if (good if state == "completed" else bad) else [f"its rows are {rows[0]}"]
        if trouble.ends_well and state != "completed":
            wrong.append(f"it could have been stored and {state} with {code}")
        if trouble.times == FOR_GOOD and state == "completed":
            wrong.append("I12: it was paid for and is not stored")
        if form != "defer":
            expected = 200 if state == "completed" else 503
            wrong += [] if answer.status == expected else [f"answered {answer.status}"]
        return wrong

    async def until_ended(self, job_id: str) -> None:
        for _ in range(int(ENDED_WITHIN_S / 0.1)):
            job = await self.callers.job(self.server.api, job_id)
            if job["status"] in ("completed", "failed"):
                return
            await asyncio.sleep(0.1)

    async def fetched_otherwise(self) -> list[str]:
        """Whatever was paid for and cannot be had as it was promised."""
        rows = await self.database.fetch("SELECT id FROM job WHERE state = 'completed' ORDER BY id")
        wrong = []
        for (job_id,) in rows:
            try:
                await self.callers.digests(self.server.api, str(job_id))
            except AssertionError as error:
                wrong.append(f"I12: {job_id} cannot be fetched: {str(error)[:200]}")
        return wrong + await self.lost_files()

    async def lost_files(self) -> list[str]:
        rows = await self.database.fetch("SELECT id, sha256 FROM file WHERE deleted_at IS NULL")
        wrong = []
        for file_id, sha256 in rows:
            status, data = await self.callers.get(f"{self.server.api}/files/{file_id}/content")
            if (status, hashlib.sha256(data).hexdigest()) != (200, sha256):
                wrong.append(f"I15: the file {file_id} is answered {status}")
        return wrong


@asynccontextmanager
async def house(run: Run) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        bucket = stack.enter_context(object_store())
        stack.enter_context(environment(bucket.environ()))
        settings = Settings(
            data_dir=run.folder / "data",
            database_url=run.fresh_url(),
            store=bucket.store,
            log_level="error",
        )
        standin = await stack.enter_async_context(OpenAIStandIn())
        key = await a_key(settings, "live", credits=100_000 * EACH)
        await host(settings, standin)
        server = await stack.enter_async_context(started(settings))
        database = await stack.enter_async_context(looking(settings))
        callers = await stack.enter_async_context(calling(key))
        yield House(server, database, callers, Referee(standin), bucket, settings)


@contextmanager
def environment(more: Mapping[str, str]) -> Iterator[None]:
    """With these variables, and as it was behind the block."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def experiment(run: Run) -> list[str]:
    found = await in_trouble(run)
    with object_store() as bucket, environment(bucket.environ()):
        return found + await plug_pulled(run, bucket)


async def in_trouble(run: Run) -> list[str]:
    names = IN_SHORT if run.short else tuple(TROUBLES)
    async with house(run) as one:
        found: list[str] = []
        size = None
        for number in range(run.rounds):
            for name in names:
                found += await through(one, name)
            size = size or size_of(one.server)
            print(f"round {number + 1}: {len(one.referee.asked_each())} pictures, {len(found)}")
        left = await until_finished(one.database, ENDED_WITHIN_S)
        found += [f"I9: not over: {job_id}" for job_id in left]
        found += await one.fetched_otherwise()
        both = stores(one.settings.store, one.settings.data_dir)
        checked = audit(one.database, both, read_bytes=True)
        found += [str(breach) async for rule in checked for breach in rule.named]
        return found + await not_well(one.database, one.server, one.callers, size)


async def through(one: House, name: str) -> list[str]:
    """One kind of trouble, for every form of asking, and a good order behind it."""
    trouble, found = TROUBLES[name], []
    for form in get_args(Form):
        one.bucket.script(trouble.method, trouble.kind, times=trouble.times, value=HANGS_S)
        found += await one.order(name, form)
        one.bucket.faults.clear()
    answer = await one.asked("wait", wanted())
    return found + ([] if answer.status == 200 else [f"{name}: not well again: {answer}"])
