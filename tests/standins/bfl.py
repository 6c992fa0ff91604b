"""A stand-in for Black Forest Labs: orders become tasks, which are asked for until they are drawn.

Work goes on whether anybody asks or not, and is logged when it is done. Faults strike one stage
each: `script` the taking of an order, `trouble` the questions about its task or its picture.
"""

import asyncio
import hashlib
import json
import ssl
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qs, urlsplit

from tests.standins.bfl_rules import Refused, Wanted, accepted, check_key
from tests.standins.faults import Fault
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.pictures import drawn
from tests.standins.server import Connection
from tests.standins.tasks import TaskStandIn

End: TypeAlias = Literal["Ready", "Request Moderated", "Content Moderated", "Error"]

ENVELOPES: dict[str, tuple[int, dict[str, Any]]] = {
    "400": (400, {"detail": "Bad request"}),
    "400_policy": (400, {"detail": "Bad request"}),
    "400_billing": (402, {"detail": "Insufficient credits"}),
    "401": (401, {"message": "No API key found in request"}),
    "403": (403, {"detail": "Not authenticated"}),
    "404": (404, {"detail": "Not Found"}),
    "429": (429, {"detail": "Too many active tasks"}),
    "429_retry_after": (429, {"detail": "Too many active tasks"}),
    "429_quota": (402, {"error": "payment_required", "message": "No credits", "details": {}}),
    "500": (500, {"detail": "Internal Server Error"}),
    "503": (503, {"error": "unavailable", "message": "Try again", "details": {}}),
}
HTML = {"content-type": "text/html"}
PAGES = {
    "502": Answer(502, b"<html>502 Bad Gateway</html>", HTML),
    "504": Answer(504, b"<html>504 Gateway Time-out</html>", HTML),
    "524": Answer(524, b"<html>524: A timeout occurred</html>", HTML),
    "html": Answer(200, b"<html>Please sign in</html>", HTML),
    "empty": Answer(200, b""),
    "bad_json": Answer(200, b'{"id":"task-1","polling_url":"https://api.'),
    "no_data": json_answer({"id": "task-1"}),
    "redirect": Answer(307, b"", {"location": "/v1/flux-2-pro"}),
}


@dataclass(slots=True)
class Job:
    """A task, and when its picture is there."""

    id: str
    wanted: Wanted
    began: float
    takes_s: float
    ends: End

    @property
    def done(self) -> float:
        if not self.takes_s:
            return 1.0
        return min(1.0, (time.monotonic() - self.began) / self.takes_s)


class BflStandIn(TaskStandIn):
    """`latency_s` is how long a task takes, `least` the bytes a PNG has at least.

    `takes` and `ends` say so of the next tasks, in their order: their seconds, and how they end,
    which is `Ready` for all others. `polling_root` is where it says that its tasks are asked for,
    itself unless set. `metered` tells what an order costs.
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
        self.takes: deque[float] = deque()
        self.ends: deque[End] = deque()
        self.polling_root = ""
        self.metered = True
        self.credits = 250.5
        self.jobs: dict[str, Job] = {}

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def forget(self) -> None:
        """Know no task any more."""
        self.jobs.clear()

    def questions(self) -> list[Request]:
        return [one for one in self.requests if one.path.startswith("/v1/get_result")]

    def fault_before_body(self, path: str) -> Fault | None:
        return None if path.startswith("/v1/get_result") else super().fault_before_body(path)

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        url = urlsplit(request.path)
        if url.path == "/v1/credits":
            fault = self.next_fault()
            answer = spoken(fault) if fault and fault.moment == "instead" else self._left(request)
            return await strike(connection, fault, answer) if fault else answer
        if url.path == "/v1/get_result":
            return await self._told(request, parse_qs(url.query).get("id", [""])[0], connection)
        if url.path.startswith("/results/"):
            return await self._picture(request, url.path, connection)
        if request.method != "POST" or not url.path.startswith("/v1/"):
            return json_answer({"detail": "Not Found"}, 404)
        return await self._taken(request, url.path.removeprefix("/v1/"), connection)

    async def _taken(self, request: Request, model: str, connection: Connection) -> Answer | None:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = {}
        generation = Generation(
            f"task-{len(self.asked) + 1}", model, 1, hashlib.sha256(request.body).hexdigest()
        )
        fault = self.ordered(str(body.get("prompt", "")), generation, request.path)
        if fault and fault.moment == "instead":
            if fault.draws:
                self.note("completed", generation=generation)
            return await strike(connection, fault, spoken(fault))
        try:
            wanted = accepted(model, request.headers, body)
        except Refused as refused:
            return json_answer(refused.body, refused.status)
        takes_s = self.takes.popleft() if self.takes else self.latency_s
        if fault and fault.kind == "delay":
            takes_s = fault.value
        if fault and fault.kind == "moderated":
            self.ends.appendleft("Content Moderated")
        self._begin(generation, wanted, takes_s)
        answer = json_answer(self._accepted(generation.id, wanted))
        return (
            await strike(connection, fault, answer) if fault and fault.kind != "delay" else answer
        )

    def _begin(self, generation: Generation, wanted: Wanted, takes_s: float) -> None:
        ends = self.ends.popleft() if self.ends else "Ready"
        job = Job(generation.id, wanted, time.monotonic(), takes_s, ends)
        self.jobs[job.id] = job
        if takes_s == 0:
            self.note("completed", generation=generation)
            return
        self.goes_on(self._work(generation, takes_s))

    async def _work(self, generation: Generation, takes_s: float) -> None:
        await asyncio.sleep(takes_s)
        self.note("completed", generation=generation)

    def _accepted(self, task_id: str, wanted: Wanted) -> dict[str, Any]:
        root = self.polling_root or self.url
        facts = {"id": task_id, "polling_url": f"{root}/v1/get_result?id={task_id}"}
        if not self.metered:
            return facts
        figures = {"input_mp": wanted.input_mp, "output_mp": wanted.output_mp}
        return facts | {"cost": wanted.cost} | figures

    async def _told(self, request: Request, task_id: str, connection: Connection) -> Answer | None:
        struck = self.troubled("asked", task_id)
        if struck is not None:
            return await strike(connection, struck, spoken(struck))
        try:
            check_key(request.headers)
        except Refused as refused:
            return json_answer(refused.body, refused.status)
        job = self.jobs.get(task_id)
        if job is None:
            return json_answer({"id": task_id, "status": "Task not found", "result": None}, 404)
        return json_answer(self._status(job))

    def _status(self, job: Job) -> dict[str, Any]:
        facts: dict[str, Any] = {"id": job.id, "status": "Pending", "result": None}
        facts |= {"progress": round(job.done, 3), "details": None, "preview": None}
        if job.done < 1:
            return facts
        if job.ends != "Ready":
            reasons = {"Moderation Reasons": ["Safety Filter"]} if "Moder" in job.ends else None
            return facts | {"status": job.ends, "details": reasons}
        sample = f"{self.url}/results/{job.id}.{job.wanted.format}?se=1&sig=stand-in"
        result = {"sample": sample, "prompt": "as it was understood", "seed": job.wanted.seed}
        return facts | {"status": "Ready", "result": result}

    async def _picture(self, request: Request, path: str, connection: Connection) -> Answer | None:
        task_id, _, kind = path.removeprefix("/results/").partition(".")
        struck = self.troubled("picture", task_id)
        if struck is not None:
            return await strike(connection, struck, spoken(struck))
        if "x-key" in request.headers or task_id not in self.jobs:
            return Answer(403, b"<Error>AuthenticationFailed</Error>", {"content-type": "text/xml"})
        wanted = self.jobs[task_id].wanted
        data = drawn(wanted.width, wanted.height, kind, 0, self.least)
        return Answer(200, data, {"content-type": f"image/{kind}"})

    def _left(self, request: Request) -> Answer:
        try:
            check_key(request.headers)
        except Refused as refused:
            return json_answer(refused.body, refused.status)
        return json_answer({"credits": self.credits})


def spoken(fault: Fault) -> Answer:
    """What is said in place of an answer."""
    if fault.kind in PAGES:
        return PAGES[fault.kind]
    if fault.kind not in ENVELOPES:
        return json_answer({"id": "task-0", "status": "Pending", "result": None})
    status, body = ENVELOPES[fault.kind]
    if fault.kind == "429_retry_after":
        return json_answer(body, status, retry_after=f"{fault.value:g}")
    return json_answer(body, status)
