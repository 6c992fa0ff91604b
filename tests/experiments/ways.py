"""Ways in which a request meets a fail point, and what becomes of it, as E08 tells it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, TypeAlias

import aiohttp
from tests.experiments.struck_house import UNTOLD, House
from tests.faults.load import Answer, wanted
from tests.servers import Server
from tests.standins.faults import fault

Action: TypeAlias = Literal["kill", "error", "delay"]

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(1000)
UNTRIED = """
    SELECT id FROM job WHERE id = :job_id AND NOT EXISTS (
        SELECT 1 FROM webhook_delivery d WHERE d.job_id = job.id AND tries > 0)
"""
JOBS = "SELECT id FROM job"
FILES = "SELECT id FROM file"
HOLD = "SELECT state FROM hold WHERE job_id = :job_id"
LOSSES = "SELECT operation FROM posting WHERE operation = :loss"


@dataclass(frozen=True, slots=True)
class Became:
    """What a request came to: one line of the table."""

    answer: str
    hold: str
    sent: int
    drawn: int
    found: str
    """What whoever collects it later finds."""


class Way(Protocol):
    """One request. What came of it is asked when all is over, at a server that is well."""

    async def send(self) -> str: ...
    async def dealt_with(self) -> None: ...
    async def came(self, well: Server, answer: str) -> Became: ...


class Drawn:
    """A request for a picture."""

    marker = ""
    more: ClassVar[Mapping[str, object]] = {}
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, house: House, server: Server) -> None:
        self.house, self.server = house, server
        self.body = wanted(1, self.marker, **self.more)
        self.prompt = str(self.body["prompt"])
        self.referee = house.referee
        self.made: set[str] = set()
        """The job of it, where there is one."""

    async def send(self) -> str:
        before = await self.house.ids(JOBS)
        answer = await self.ask()
        self.made = await self.house.ids(JOBS) - before
        return said(answer)

    async def ask(self) -> Answer:
        url = f"{self.server.api}/images/generations"
        return await self.house.callers.post(url, dict(self.headers), json=self.body)

    async def dealt_with(self) -> None:
        """Return when the server has done what belongs to the request."""

    async def came(self, well: Server, answer: str) -> Became:
        assert len(self.made) <= 1, f"{len(self.made)} jobs of one request"
        hold, found = "none", "nothing"
        for job_id in self.made:
            hold, found = await self.hold(job_id), await self.found(well, job_id)
        sent, drawn = self.referee.asked(self.prompt), self.referee.drawn(self.prompt)
        return Became(answer, hold, sent, drawn, found)

    async def hold(self, job_id: str) -> str:
        (row,) = await self.house.database.fetch(HOLD, {"job_id": job_id})
        lost = await self.house.database.fetch(LOSSES, {"loss": f"loss/{job_id}"})
        return "lost" if lost and row[0] == "released" else str(row[0])

    async def found(self, well: Server, job_id: str) -> str:
        job = await self.house.callers.job(well.api, job_id)
        if job["status"] != "completed":
            return str(job.get("error_code", job["status"]))
        assert len(await self.house.callers.digests(well.api, job_id)) == 1
        return "file" if "file_id" in job["data"][0] else "picture"


class Refused(Drawn):
    """One that the provider refuses."""

    marker = "[[standin:400_policy]]"


class Again(Drawn):
    """One whose provider is too busy at first."""

    async def ask(self) -> Answer:
        self.house.standin.script(fault("429_retry_after", 0.1))
        return await super().ask()


class Filed(Drawn):
    """One whose picture is to become a file."""

    more: ClassVar[Mapping[str, object]] = {"store": True}


class Worked(Drawn):
    """One whose provider makes a task of it, and works on that by itself."""

    more: ClassVar[Mapping[str, object]] = {"model": "flux-2-pro", "size": "1024x1024"}

    def __init__(self, house: House, server: Server) -> None:
        super().__init__(house, server)
        self.referee = house.tasks


class Streamed(Drawn):
    """One that is followed."""

    async def ask(self) -> Answer:
        followed = await self.house.callers.follow(self.server.api, self.body)
        assert followed.misled() == []
        return followed.answer()


class Left(Drawn):
    """One that hangs at the provider until its server dies."""

    marker = "[[standin:hang]]"

    async def send(self) -> str:
        before = await self.house.ids(JOBS)
        self._answer = asyncio.create_task(self.ask())
        await self.house.referee.until_asked(self.prompt)
        self.made = await self.house.ids(JOBS) - before
        return "none yet"

    async def answered(self) -> str:
        return said(await self._answer)


class Told(Drawn):
    """One whose end a webhook is told; whoever asked was sent away before."""

    marker = "[[standin:delay=0.3]]"
    headers: ClassVar[Mapping[str, str]] = {"prefer": "wait=0"}

    async def dealt_with(self) -> None:
        (job_id,) = self.made
        await self.house.until_none(UNTRIED, {"job_id": job_id})
        await self.house.until_none(UNTOLD)

    async def found(self, well: Server, job_id: str) -> str:
        calls = Counter(
            request.headers["webhook-id"]
            for request in self.house.receiver.requests
            if job_id.encode() in request.body
        )
        assert len(calls) == 1, f"{len(calls)} events of one end"
        return "told" if calls.total() == 1 else f"told*{calls.total()}"


class Uploaded:
    """A file that is uploaded."""

    def __init__(self, house: House, server: Server) -> None:
        self.house, self.server = house, server
        self.made: set[str] = set()

    async def send(self) -> str:
        before = await self.house.ids(FILES)
        answer = await self.house.callers.post(f"{self.server.api}/files", data=upload())
        self.made = await self.house.ids(FILES) - before
        return said(answer)

    async def dealt_with(self) -> None:
        """It has been, once there is an answer."""

    async def came(self, well: Server, answer: str) -> Became:
        for file_id in self.made:
            status, data = await self.house.callers.get(f"{well.api}/files/{file_id}/content")
            assert (status, data) == (200, PICTURE)
        return Became(answer, "none", 0, 0, "file" if self.made else "nothing")


LEFT = "left"
ALONE = {LEFT, "told"}
"""Ways that a second server would step into."""
WAYS: Mapping[str, Callable[[House, Server], Way]] = {
    "drawn": Drawn,
    "refused": Refused,
    "again": Again,
    "filed": Filed,
    "stream": Streamed,
    "told": Told,
    "upload": Uploaded,
    "task": Worked,
}


def upload() -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("purpose", "user_data")
    form.add_field("file", PICTURE, filename="a.png", content_type="image/png")
    return form


def said(answer: Answer) -> str:
    """An answer in a word; what has none was cut."""
    return answer.code or (str(answer.status) if answer.status else "cut")
