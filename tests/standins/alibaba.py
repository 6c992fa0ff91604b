"""A stand-in for Alibaba's Model Studio: pictures at once or as tasks, always behind links.

`script` strikes the taking of an order, `trouble` the questions about its task or its pictures.
"""

import asyncio
import hashlib
import json
import ssl
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from tests.standins.alibaba_rules import (
    OLD_TASK,
    SYNC,
    TASK,
    Refused,
    Wanted,
    accepted,
    check_key,
)
from tests.standins.faults import Fault
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.picture_host import PictureHost
from tests.standins.pictures import drawn
from tests.standins.server import Connection
from tests.standins.tasks import TaskStandIn

TASKS, PICTURES = "/api/v1/tasks/", "/results/"
MODERATED = "DataInspectionFailed"
"""How a task ends whose pictures are refused for their content."""
REFUSALS = {
    "400": Refused(400, "InvalidParameter"),
    "400_policy": Refused(400, "DataInspectionFailed"),
    "400_billing": Refused(400, "Arrearage"),
    "401": Refused(401, "InvalidApiKey"),
    "403": Refused(403, "AccessDenied.Unpurchased"),
    "404": Refused(404, "ModelNotFound"),
    "429": Refused(429, "Throttling.RateQuota"),
    "429_retry_after": Refused(429, "Throttling"),
    "429_quota": Refused(429, "Throttling.AllocationQuota"),
    "500": Refused(500, "InternalError.Algo"),
    "503": Refused(503, "ServiceUnavailable"),
}
HTML = {"content-type": "text/html"}
PAGES = {
    "502": Answer(502, b"<html>502 Bad Gateway</html>", HTML),
    "504": Answer(504, b"<html>504 Gateway Time-out</html>", HTML),
    "524": Answer(524, b"<html>524: A timeout occurred</html>", HTML),
    "html": Answer(200, b"<html>Please sign in</html>", HTML),
    "empty": Answer(200, b""),
    "bad_json": Answer(200, b'{"output":{"choices":[{"message":{"content":[{"image":"htt'),
    "no_data": json_answer({"request_id": "0f1e-standin", "output": {}}),
    "redirect": Answer(307, b"", {"location": SYNC}),
}


@dataclass(slots=True)
class Job:
    """Work that was taken, and when its pictures are there."""

    id: str
    path: str
    wanted: Wanted
    count: int
    began: float
    takes_s: float
    ends: str

    @property
    def status(self) -> str:
        done = (time.monotonic() - self.began) / self.takes_s if self.takes_s else 1.0
        ends = "FAILED" if self.ends == MODERATED else self.ends
        return ends if done >= 1 else "PENDING" if done < 0.2 else "RUNNING"


class AlibabaStandIn(TaskStandIn):
    """`latency_s` is how long drawing takes; `ends` how the next tasks end, if not `SUCCEEDED`.

    `refused` are numbers of pictures that the older wire refuses one by one, `in_parts` gives all
    pictures of the newer one as parts of a single choice, `code` is that of a task that fails.
    Pictures are kept at `pictures` where that is set, and here where it is not.
    `gone` are numbers of pictures whose links bring nothing.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        latency_s: float = 0.0,
        least: int = 0,
    ) -> None:
        super().__init__(host=host, port=port, tls=tls)
        self.latency_s, self.least = latency_s, least
        self.ends: deque[str] = deque()
        self.code = "InternalError"
        self.refused: frozenset[int] = frozenset()
        self.gone: frozenset[int] = frozenset()
        self.in_parts = False
        self.pictures: PictureHost | None = None
        self.jobs: dict[str, Job] = {}

    def questions(self) -> list[Request]:
        return [one for one in self.requests if one.path.startswith(TASKS)]

    def fault_before_body(self, path: str) -> Fault | None:
        if path.startswith("/api/v1/services/"):
            return super().fault_before_body(path.removeprefix("/api"))
        return None

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        if request.path.startswith(TASKS):
            return await self._told(request, connection)
        if request.path.startswith(PICTURES):
            return await self._picture(request, connection)
        if request.method != "POST" or request.path not in (SYNC, TASK, OLD_TASK):
            return refusal(Refused(404, "NotFound"))
        return await self._taken(request, connection)

    async def _taken(self, request: Request, connection: Connection) -> Answer | None:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = {}
        generation = Generation(
            f"task-{len(self.asked) + 1}",
            str(body.get("model", "")),
            body.get("parameters", {}).get("n", 1),
            hashlib.sha256(request.body).hexdigest(),
        )
        met = self.ordered(json.dumps(body.get("input", {})), generation, request.path)
        if met and met.moment == "instead":
            if met.draws:
                self.note("completed", generation=generation)
            return await strike(connection, met, spoken(met))
        try:
            wanted = accepted(request.path, request.headers, body)
        except Refused as refused:
            return refusal(refused)
        job = self._begun(generation, request.path, wanted, met)
        if request.path == SYNC:
            await asyncio.sleep(self.latency_s)
            self.note("completed", generation=generation)
            answer = json_answer(self._drawn(job))
        else:
            told = {"task_id": job.id, "task_status": "PENDING"}
            answer = json_answer({"request_id": "r1-standin", "output": told})
        return await strike(connection, met, answer) if met else answer

    def _begun(self, generation: Generation, path: str, wanted: Wanted, met: Fault | None) -> Job:
        count = int(met.value) if met and met.kind == "images" else wanted.n
        ends = self.ends.popleft() if self.ends and path != SYNC else "SUCCEEDED"
        if met and met.kind == "moderated":
            ends = MODERATED
        job = Job(generation.id, path, wanted, count, time.monotonic(), self.latency_s, ends)
        self.jobs[job.id] = job
        if path != SYNC:
            self.goes_on(self._work(job, generation))
        return job

    async def _work(self, job: Job, generation: Generation) -> None:
        await asyncio.sleep(job.takes_s)
        if job.ends == "SUCCEEDED":
            self.note("completed", generation=generation)

    async def _told(self, request: Request, connection: Connection) -> Answer | None:
        task_id = request.path.removeprefix(TASKS)
        struck = self.troubled("asked", task_id) or (
            None if self.jobs else self.next_fault()  # a check comes before any order
        )
        if struck is not None:
            return await strike(connection, struck, spoken(struck))
        try:
            check_key(request.headers)
        except Refused as refused:
            return refusal(refused)
        job = self.jobs.get(task_id)
        if job is None:
            told = {"task_id": task_id, "task_status": "UNKNOWN"}
            return json_answer({"request_id": "r2-standin", "output": told})
        return json_answer(self._status(job))

    def _status(self, job: Job) -> dict[str, Any]:
        about = {"task_id": job.id, "task_status": job.status}
        if job.status == "SUCCEEDED":
            answer = self._drawn(job)
            answer["output"] |= about
            return answer
        if job.status == "FAILED":
            about |= {"code": MODERATED if job.ends == MODERATED else self.code, "message": "no"}
        return {"request_id": "r2-standin", "output": about}

    def _drawn(self, job: Job) -> dict[str, Any]:
        width, height = job.wanted.pixels
        links = [self._link(job, number) for number in range(job.count)]
        if job.path == OLD_TASK:
            results = [
                {"code": "DataInspectionFailed", "message": "no"}
                if number in self.refused
                else {"orig_prompt": job.wanted.prompt, "actual_prompt": "A glow", "url": link}
                for number, link in enumerate(links)
            ]
            output: dict[str, Any] = {"results": results}
            usage = {"image_count": len(links) - len(self.refused)}
        else:
            parts = [{"image": link} for link in links]
            aloud = [{"text": "A glow", "reasoning_content": "Hm"}]
            aloud = aloud if job.wanted.model.startswith("z-image") else []
            contents = [parts] if self.in_parts else [[part, *aloud] for part in parts]
            output = {
                "choices": [
                    {"finish_reason": "stop", "message": {"role": "assistant", "content": one}}
                    for one in contents
                ]
            }
            usage = {"output_width": width, "output_height": height, "image_count": len(links)}
        return {"request_id": "r2-standin", "output": output, "usage": usage}

    def _link(self, job: Job, number: int) -> str:
        if self.pictures is None:
            return f"{self.url}{PICTURES}{job.id}/{number}.png"
        return self.pictures.kept(drawn(*job.wanted.pixels, "png", number, self.least))

    async def _picture(self, request: Request, connection: Connection) -> Answer | None:
        task_id, _, name = request.path.removeprefix(PICTURES).partition("/")
        struck = self.troubled("picture", task_id)
        if struck is not None:
            return await strike(connection, struck, spoken(struck))
        if "authorization" in request.headers or task_id not in self.jobs:
            return Answer(403, b"<Error>AccessDenied</Error>", {"content-type": "text/xml"})
        width, height = self.jobs[task_id].wanted.pixels
        number = int(name.removesuffix(".png"))
        if number in self.gone:
            return Answer(404, b"<Error>NoSuchKey</Error>", {"content-type": "text/xml"})
        return Answer(
            200, drawn(width, height, "png", number, self.least), {"content-type": "image/png"}
        )


def refusal(refused: Refused, **headers: str) -> Answer:
    return json_answer(refused.body(), refused.status, **headers)


def spoken(met: Fault) -> Answer:
    """What the upstream says in place of an answer."""
    if met.kind in PAGES:
        return PAGES[met.kind]
    if met.kind not in REFUSALS:
        return json_answer({"request_id": "r3-standin", "output": {"task_status": "RUNNING"}})
    headers = {"retry_after": f"{met.value:g}"} if met.kind == "429_retry_after" else {}
    return refusal(REFUSALS[met.kind], **headers)
