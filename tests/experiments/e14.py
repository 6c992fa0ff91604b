"""E14, disk full: pictures lie on a small disk, the database on another; each is filled and freed.

Without room for pictures, orders in every form end as `storage_unavailable`: charged nothing, asked
for once, the loss booked, no part of a file left; pictures that are there are served. Without room
for the database nothing new is accepted, what is there is read, and orders that are on their way
are delivered once there is room (row 29). The first order after that is drawn, without a restart.
The disks are memory of this machine. Where nobody may mount one that is a breach in full; in short
the folder for pictures that are being written is taken away instead, and the database is left out.
"""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import EACH, Answer, Callers, blobs, calling, host, looking, started, wanted
from tests.faults.referee import Referee
from tests.servers import Server, a_key
from tests.standins.openai import OpenAIStandIn

from limner.db.base import Database
from limner.settings import Settings

ROUNDS = 3
SHORT = 1
PICTURES_MIB, DATABASE_MIB = 32, 64
PICTURE_BYTES = 20_000
MOST_TRIES = 200
"""Orders until the database meets the end of its disk: its log has room of its own."""
RECOVERS_WITHIN_S = 10.0
ENDED_WITHIN_S = 60.0
DELAYED = "[[standin:delay=1]]"
Form = Literal["wait", "stream", "defer", "file"]
ROWS = """
    SELECT j.state, j.error_code, j.charged, h.state,
           (SELECT COUNT(*) FROM posting WHERE job_id = j.id AND kind = 'loss'),
           (SELECT COUNT(*) FROM artifact WHERE job_id = j.id)
    FROM job j JOIN hold h ON h.job_id = j.id WHERE j.id = :job_id
"""
LOST = ("failed", "storage_unavailable", 0, "released", 1, 0)


@contextmanager
def small_disk(folder: Path, mib: int, *, must: bool) -> Iterator[bool]:
    """A disk of that size at a folder, in memory; whether there is one.

    Raises AssertionError where there must be one and nobody may make it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "limner-e14", str(folder)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode:
        said = f"no small disk can be made here: {made.stderr.strip()}"
        assert not must, said
        print(said)
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Ballast:
    """A file that takes all that is left of a disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "ballast"

    def fill(self) -> None:
        with open(self._path, "ab", buffering=0) as out:
            for size in (65_536, 512, 1):
                try:
                    while True:
                        out.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        self._path.unlink(missing_ok=True)


class Absence:
    """The folder of what is being written, taken away: a file has its name."""

    def __init__(self, folder: Path) -> None:
        self._there, self._away = folder / "tmp", folder.with_name("away")

    def fill(self) -> None:
        self._there.rename(self._away)
        self._there.touch()

    def free(self) -> None:
        if self._away.exists():
            self._there.unlink()
            self._away.rename(self._there)


@dataclass(frozen=True, slots=True)
class House:
    server: Server
    database: Database
    callers: Callers
    referee: Referee
    settings: Settings
    disks: bool

    async def asked(self, form: Form, body: dict[str, Any]) -> Answer:
        if form == "stream":
            return (await self.callers.follow(self.server.api, body)).answer()
        prefer = {"prefer": "wait=0"} if form == "defer" else {}
        return await self.callers.post(f"{self.server.api}/images/generations", prefer, json=body)

    async def without_room(self, form: Form) -> list[str]:
        """Order a picture that cannot be stored; what is wrong with what came of it."""
        body = wanted(store=True) if form == "file" else wanted()
        answer = await self.asked(form, body)
        rows = await self.rows(answer.job_id)
        wrong = [] if rows == LOST else [f"its rows are {rows}"]
        if form != "defer" and (answer.status, answer.code) != (503, "storage_unavailable"):
            wrong.append(f"answered {answer.status} {answer.code}")
        if self.referee.asked(str(body["prompt"])) != 1:
            wrong.append(f"I10: asked for {self.referee.asked(str(body['prompt']))} times")
        return [f"no room for pictures, {form}: {line}" for line in wrong]

    async def rows(self, job_id: str) -> tuple[Any, ...]:
        for _ in range(int(ENDED_WITHIN_S / 0.05)):
            if (await self.callers.job(self.server.api, job_id))["status"] != "processing":
                break
            await asyncio.sleep(0.05)
        return (await self.database.fetch(ROWS, {"job_id": job_id}))[0]

    async def well_again(self, where: str) -> list[str]:
        """Whether an order is drawn soon after there is room."""
        ends = asyncio.get_running_loop().time() + RECOVERS_WITHIN_S
        while True:
            answer = await self.asked("wait", wanted())
            if answer.status == 200:
                return []
            if asyncio.get_running_loop().time() > ends:
                return [f"{where}: not well again: {answer.status} {answer.code}"]
            await asyncio.sleep(0.2)

    def parts(self) -> list[str]:
        """What writers left behind."""
        return [path.name for path in blobs(self.settings).glob("tmp/*")]


@asynccontextmanager
async def house(run: Run) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        data = run.folder / "data"
        url = run.fresh_url()
        must = not run.short
        disks = stack.enter_context(small_disk(data / "blobs", PICTURES_MIB, must=must))
        if run.kind == "sqlite":
            place = run.folder / "database"
            stack.enter_context(small_disk(place, DATABASE_MIB, must=must))
            shutil.copyfile(url.removeprefix("sqlite:///"), place / "limner.db")
            url = f"sqlite:///{place / 'limner.db'}"
        settings = Settings(data_dir=data, database_url=url, log_level="error")
        standin = await stack.enter_async_context(OpenAIStandIn(least=PICTURE_BYTES))
        key = await a_key(settings, "live", credits=100_000 * EACH)
        await host(settings, standin)
        server = await stack.enter_async_context(started(settings))
        database = await stack.enter_async_context(looking(settings))
        callers = await stack.enter_async_context(calling(key))
        yield House(server, database, callers, Referee(standin), settings, disks)


async def experiment(run: Run) -> list[str]:
    async with house(run) as one:
        found, size = [], None
        for number in range(run.rounds):
            found += await pictures_full(one)
            if run.kind == "sqlite" and one.disks:
                found += await database_full(one, run.folder / "database")
            size = size or size_of(one.server)
            print(f"round {number + 1}: {len(found)} breaches")
        left = await until_finished(one.database, ENDED_WITHIN_S)
        found += [f"I9: not over: {job_id}" for job_id in left]
        found += await breaches(one.database, blobs(one.settings))
        return found + await not_well(one.database, one.server, one.callers, size)


async def pictures_full(one: House) -> list[str]:
    before = await one.asked("wait", wanted())
    folder = blobs(one.settings)
    ballast = Ballast(folder) if one.disks else Absence(folder)
    ballast.fill()
    try:
        found = [line for form in get_args(Form) for line in await one.without_room(form)]
        found += [f"I17: a part was left: {name}" for name in one.parts()]
        await one.callers.digests(one.server.api, before.job_id)
    finally:
        ballast.free()
    return found + await one.well_again("pictures")


async def database_full(one: House, place: Path) -> list[str]:
    """Orders that are on their way when the disk ends, and those that come then."""
    kept = await one.asked("wait", wanted())
    bodies = [wanted(1, DELAYED) for _ in range(3)]
    going = [asyncio.create_task(one.asked("wait", body)) for body in bodies]
    for body in bodies:
        await one.referee.until_asked(str(body["prompt"]))
    ballast, found = Ballast(place), []
    ballast.fill()
    try:
        answer, tries = kept, 0
        while answer.status == 200 and tries < MOST_TRIES:
            answer, tries = await one.asked("wait", wanted()), tries + 1
        if (answer.status, answer.code) != (503, "storage_unavailable"):
            found.append(f"row 29: without room it answers {answer.status} {answer.code}")
        print(f"the database was full at order {tries}")
        await one.callers.digests(one.server.api, kept.job_id)
        await asyncio.sleep(1.5)
    finally:
        ballast.free()
    for answer in await asyncio.gather(*going):
        if answer.status != 200:
            found.append(f"row 29: an order on its way was answered {answer.status} {answer.code}")
    return found + await one.well_again("database")
