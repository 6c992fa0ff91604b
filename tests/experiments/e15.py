"""E15, flush failure: the disk takes bytes and then fails to keep them, once or for good.

The server's own calls of `fsync` fail with ENOSPC or EIO, for files or for their folders, while
pictures are ordered in every form and files are uploaded. No 200 is given for what was not flushed,
no hold is settled and no row is written; a flush that failed is never tried again for the same
bytes, because the second could succeed without having written them (I12, I15). Once the disk is
well all goes on without a restart. SQLite's own flushes are not touched.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

import aiohttp
from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import EACH, Answer, Callers, blobs, calling, host, looking, started, wanted
from tests.faults.referee import Referee
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Database
from limner.settings import Settings

ROUNDS = 10
SHORT = 1
ENDED_WITHIN_S = 60.0
Form = Literal["wait", "stream", "defer", "file", "upload"]
Whose = Literal["file", "folder"]
PATCH = '''
import errno, os

REAL, CONTROL = os.fsync, os.environ["FLUSHES_FAIL"]


def fsync(descriptor):
    """Fail as the file that `FLUSHES_FAIL` names says: an error, whose flushes, and how often."""
    try:
        with open(CONTROL, encoding="ascii") as control:
            error, whose, times = control.read().split()
    except (OSError, ValueError):
        return REAL(descriptor)
    number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
    if (whose == "folder") != os.path.isdir(os.readlink(f"/proc/self/fd/{number}")):
        return REAL(descriptor)
    if times == "1":
        os.unlink(CONTROL)
    raise OSError(getattr(errno, error), os.strerror(getattr(errno, error)))


os.fsync = fsync
'''
ROWS = """
    SELECT j.state, j.error_code, j.charged, h.state,
           (SELECT COUNT(*) FROM posting WHERE job_id = j.id AND kind = 'loss'),
           (SELECT COUNT(*) FROM artifact WHERE job_id = j.id)
    FROM job j JOIN hold h ON h.job_id = j.id WHERE j.id = :job_id
"""
LOST = ("failed", "storage_unavailable", 0, "released", 1, 0)


@dataclass(frozen=True, slots=True)
class House:
    server: Server
    database: Database
    callers: Callers
    referee: Referee
    settings: Settings
    control: Path

    async def struck(self, error: str, whose: Whose, times: str, form: Form) -> list[str]:
        """One request while flushes fail; what is wrong with what came of it."""
        before = self.stored()
        self.control.write_text(f"{error} {whose} {times}", "ascii")
        try:
            wrong = await (self.uploaded() if form == "upload" else self.ordered(form))
        finally:
            self.control.unlink(missing_ok=True)
        if left := self.stored() - before:
            wrong.append(f"left behind: {sorted(left)}")
        return [f"{error} of a {whose}, {times}, {form}: {line}" for line in wrong]

    async def ordered(self, form: Form) -> list[str]:
        body = wanted(store=True) if form == "file" else wanted()
        answer = await self.asked(form, body)
        rows = await self.rows(answer.job_id)
        wrong = [] if rows == LOST else [f"its rows are {rows}"]
        if form != "defer" and (answer.status, answer.code) != (503, "storage_unavailable"):
            wrong.append(f"answered {answer.status} {answer.code}")
        if self.referee.asked(str(body["prompt"])) != 1:
            wrong.append(f"I10: asked for {self.referee.asked(str(body['prompt']))} times")
        return wrong

    async def uploaded(self) -> list[str]:
        count = "SELECT COUNT(*) FROM file"
        before = await self.database.fetch(count)
        answer = await self.upload()
        wrong = []
        if (answer.status, answer.code) != (503, "storage_unavailable"):
            wrong.append(f"answered {answer.status} {answer.code}")
        if await self.database.fetch(count) != before:
            wrong.append("I15: there is a row")
        return wrong

    async def upload(self) -> Answer:
        form = aiohttp.FormData({"purpose": "user_data"})
        form.add_field("file", b"some words", filename="words.txt")
        return await self.callers.post(f"{self.server.api}/files", data=form)

    async def asked(self, form: Form, body: dict[str, Any]) -> Answer:
        if form == "stream":
            return (await self.callers.follow(self.server.api, body)).answer()
        prefer = {"prefer": "wait=0"} if form == "defer" else {}
        return await self.callers.post(f"{self.server.api}/images/generations", prefer, json=body)

    async def rows(self, job_id: str) -> tuple[Any, ...]:
        for _ in range(int(ENDED_WITHIN_S / 0.05)):
            if (await self.callers.job(self.server.api, job_id))["status"] != "processing":
                break
            await asyncio.sleep(0.05)
        return (await self.database.fetch(ROWS, {"job_id": job_id}))[0]

    def stored(self) -> set[str]:
        folders = (blobs(self.settings), blobs(self.settings).with_name("files"))
        return {str(path) for folder in folders for path in folder.rglob("*") if path.is_file()}


@asynccontextmanager
async def house(run: Run) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        patch, control = run.folder / "patch", run.folder / "flushes"
        patch.mkdir()
        (patch / "sitecustomize.py").write_text(PATCH, "utf-8")
        settings = Settings(
            data_dir=run.folder / "data", database_url=run.fresh_url(), log_level="error"
        )
        standin = await stack.enter_async_context(OpenAIStandIn())
        key = await a_key(settings, "live", credits=100_000 * EACH)
        await host(settings, standin)
        environ = {"PYTHONPATH": str(patch), "FLUSHES_FAIL": str(control)}
        server = await stack.enter_async_context(started(settings, environ))
        database = await stack.enter_async_context(looking(settings))
        callers = await stack.enter_async_context(calling(key))
        yield House(server, database, callers, Referee(standin), settings, control)


async def experiment(run: Run) -> list[str]:
    async with house(run) as one:
        found, size = [], None
        cases = list(product(("ENOSPC", "EIO"), get_args(Whose), ("1", "always"), get_args(Form)))
        for number in range(run.rounds):
            run.chance(number).shuffle(cases)
            for error, whose, times, form in cases:
                found += await one.struck(error, whose, times, form)
                well = await one.asked("file", wanted(store=True))
                found += [] if well.status == 200 else [f"not well again: {well}"]
            uploaded = await one.upload()
            found += [] if uploaded.status == 201 else [f"not well again: {uploaded}"]
            size = size or size_of(one.server)
            print(f"round {number + 1}: {len(cases)} cases, {len(found)} breaches")
        left = await until_finished(one.database, ENDED_WITHIN_S)
        found += [f"I9: not over: {job_id}" for job_id in left]
        found += await breaches(one.database, blobs(one.settings))
        return found + await not_well(one.database, one.server, one.callers, size)
