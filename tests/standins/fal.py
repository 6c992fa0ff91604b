"""A stand-in for fal's queue: an order becomes a request, which waits, is drawn and is kept.

A request goes on whether anybody asks for it or not, and is logged when it is drawn. What a model
would not do is found out by the machine that draws, so such an order is taken all the same. Faults
strike one stage each: `script` the taking of an order, `trouble` the questions about it.
"""

import asyncio
import hashlib
import json
import math
import ssl
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tests.standins.fal_rules import MODELS, Refused, Wanted, check_key, wanted
from tests.standins.fal_words import STATUSES, body_of, spoken
from tests.standins.faults import Fault
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.pictures import drawn
from tests.standins.server import Connection
from tests.standins.tasks import TaskStandIn

Stage: TypeAlias = Literal["asked", "result", "picture", "cancel"]


@dataclass(slots=True)
class Job:
    """A request: when it is begun, when drawn, and with what it ends."""

    id: str
    wanted: Wanted
    begins: float
    ends: float
    error: tuple[int, dict[str, Any]] | None = None
    by_limner: bool = False
    """Whether it ended because it had not begun when limner had wanted it to."""
    flagged: tuple[int, ...] = ()
    came: int = 0
    upscaled: bool = False
    work: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def done(self) -> bool:
        return time.monotonic() >= self.ends

    @property
    def type(self) -> str | None:
        detail = self.error[1] if self.error else {}
        listed = detail.get("detail")
        inside = listed[0]["type"] if isinstance(listed, list) else None
        told: str | None = detail.get("error_type") or inside
        return told


class FalStandIn(TaskStandIn):
    """`latency_s` is how long a request is drawn, `least` the bytes a PNG has at least.

    `waits`, `takes`, `ends` and `flags` say of the next requests, in their order, how many seconds
    they wait and are drawn, with which type of error they end, and which of their pictures are held
    back. `root` is where it says that requests are asked for, itself unless set.
    """

    stages = ("asked", "result", "picture", "cancel")

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
        self.waits: deque[float] = deque()
        self.takes: deque[float] = deque()
        self.ends: deque[str] = deque()
        self.flags: deque[tuple[int, ...]] = deque()
        self.root = ""
        self.says_why = True
        self.jobs: dict[str, Job] = {}

    def forget(self) -> None:
        """Know no request any more."""
        self.jobs.clear()

    def questions(self) -> list[Request]:
        return [one for one in self.requests if "/requests/" in one.path]

    def taken_back(self) -> list[Request]:
        return [one for one in self.requests if one.method == "PUT"]

    async def stop_listening(self) -> None:
        for job in self.jobs.values():
            if job.work:
                job.work.cancel()
        await super().stop_listening()

    def fault_before_body(self, path: str) -> Fault | None:
        order = path.startswith("/fal-ai/") and "/requests/" not in path
        early = order and self._script and self._script[0].moment == "before_body"
        return self._script.popleft() if early else None

    def control(self, request: Request) -> Answer | None:
        if request.method == "POST" and request.path == "/next":
            told = json.loads(request.body)
            self.waits.extend(told.get("waits", []))
            self.takes.extend(told.get("takes", []))
            self.ends.extend(told.get("ends", []))
            self.flags.extend(tuple(one) for one in told.get("flags", []))
            return json_answer({"scripted": True})
        return super().control(request)

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        path = request.path.partition("?")[0].strip("/")
        if path.startswith("files/"):
            return await self._picture(request, path.removeprefix("files/"), connection)
        _, found, question = path.partition("/requests/")
        if found:
            return await self._told(request, *question.partition("/")[::2], connection)
        if request.method != "POST":
            return json_answer({"detail": "Method Not Allowed"}, 405)
        return await self._taken(request, path, connection)

    async def _taken(self, request: Request, model: str, connection: Connection) -> Answer | None:
        body = json.loads(request.body)
        generation = Generation(
            f"rq-{len(self.asked) + 1}",
            model,
            body.get("num_images", 1),
            hashlib.sha256(request.body).hexdigest(),
        )
        struck = self.ordered(str(body.get("prompt", "")), generation, request.path)
        if struck and struck.moment == "instead":
            if struck.draws:
                self.note("completed", generation=generation)
            return await strike(connection, struck, spoken(struck))
        try:
            check_key(request.headers)
        except Refused as refused:
            return json_answer(refused.body, refused.status)
        if model not in MODELS:
            return json_answer({"detail": f"Application '{model}' not found"}, 404)
        self._begin(generation, model, body, request.headers, struck)
        answer = json_answer(self._addresses(generation.id, model))
        slow = struck is not None and struck.kind in ("delay", "images", "moderated")
        return await strike(connection, struck, answer) if struck and not slow else answer

    def _begin(
        self,
        generation: Generation,
        model: str,
        body: dict[str, Any],
        headers: dict[str, str],
        struck: Fault | None,
    ) -> None:
        waits_s = self.waits.popleft() if self.waits else 0.0
        takes_s = self.takes.popleft() if self.takes else self.latency_s
        if struck and struck.kind == "delay":
            takes_s = struck.value
        begins = time.monotonic() + waits_s
        job = Job(generation.id, Wanted(), begins, begins + takes_s)
        job.upscaled = MODELS[model].upscales
        try:
            job.wanted = wanted(model, body)
        except Refused as refused:
            job.error = refused.status, refused.body
        job.came = job.wanted.n
        if struck and struck.kind == "moderated":
            self.ends.appendleft("content_policy_violation")
        if struck and struck.kind == "images":
            job.came = int(struck.value)
        if ends := self.ends.popleft() if self.ends else "":
            job.error = STATUSES[ends], body_of(ends)
        job.flagged = self.flags.popleft() if self.flags else ()
        patience_s = float(headers.get("x-fal-request-timeout", "inf"))
        if waits_s > patience_s:
            job.error, job.by_limner = (504, body_of("request_timeout")), True
            job.ends = time.monotonic() + patience_s
        self.jobs[job.id] = job
        self._work_on(job, generation)

    def _work_on(self, job: Job, generation: Generation) -> None:
        if job.error:
            return
        left_s = job.ends - time.monotonic()
        if left_s <= 0:
            self.note("completed", generation=generation)
            return
        job.work = asyncio.create_task(self._work(generation, left_s))

    async def _work(self, generation: Generation, left_s: float) -> None:
        await asyncio.sleep(left_s)
        self.note("completed", generation=generation)

    def _addresses(self, request_id: str, model: str) -> dict[str, Any]:
        """Of a model's path the owner and the application alone are in these."""
        application = "/".join(model.split("/")[:2])
        base = f"{self.root or self.url}/{application}/requests/{request_id}"
        return {
            "status": "IN_QUEUE",
            "request_id": request_id,
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
            "queue_position": 0,
        }

    async def _told(
        self, request: Request, request_id: str, question: str, connection: Connection
    ) -> Answer | None:
        stages: dict[str, Stage] = {"status": "asked", "cancel": "cancel"}
        struck = self.troubled(stages.get(question, "result"), request_id)
        job = self.jobs.get(request_id)
        if struck is None and job is None:
            struck = self.next_fault()
        if struck is not None:
            return await strike(connection, struck, spoken(struck))
        try:
            check_key(request.headers)
        except Refused as refused:
            return json_answer(refused.body, refused.status)
        if job is None:
            return json_answer({"detail": "Request not found"}, 404)
        if request.method == "PUT":
            return self._take_back(job)
        return self._state(job) if question else self._result(job)

    def _take_back(self, job: Job) -> Answer:
        if job.done:
            return json_answer({"status": "ALREADY_COMPLETED"}, 400)
        if job.work:
            job.work.cancel()
        job.ends, job.error = time.monotonic(), (499, body_of("client_cancelled"))
        return json_answer({"status": "CANCELLATION_REQUESTED"}, 202)

    def _state(self, job: Job) -> Answer:
        waits_s = job.begins - time.monotonic()
        if not job.done and waits_s > 0:
            return json_answer({"status": "IN_QUEUE", "queue_position": math.ceil(waits_s)}, 202)
        if not job.done:
            return json_answer({"status": "IN_PROGRESS", "logs": None}, 202)
        said: dict[str, Any] = {"status": "COMPLETED", "metrics": {"inference_time": 1.0}}
        if job.error and self.says_why:
            said |= {"error": "it failed", "error_type": job.type}
        return json_answer(said)

    def _result(self, job: Job) -> Answer:
        if not job.done:
            return json_answer({"detail": "Request is still in progress"}, 400)
        if job.error:
            status, body = job.error
            named = {"x_fal_error_type": job.type} if job.type and self.says_why else {}
            if job.by_limner:
                named["x_fal_request_timeout_type"] = "user"
            return json_answer(body, status, **named)
        kind = f"image/{job.wanted.format}"
        pictures = [
            {"url": f"{self.url}/files/{job.id}/{number}", "content_type": kind}
            for number in range(job.came)
        ]
        if job.upscaled:
            return json_answer({"image": pictures[0], "seed": job.wanted.seed, "timings": {}})
        flags = [number in job.flagged for number in range(job.came)]
        facts: dict[str, Any] = {"seed": job.wanted.seed, "timings": {"inference": 1.0}}
        return json_answer(facts | {"images": pictures, "has_nsfw_concepts": flags})

    async def _picture(self, request: Request, path: str, connection: Connection) -> Answer | None:
        request_id, _, number = path.partition("/")
        struck = self.troubled("picture", request_id)
        if struck is not None:
            return await strike(connection, struck, spoken(struck))
        job = self.jobs.get(request_id)
        if job is None or "authorization" in request.headers:
            return json_answer({"detail": "Forbidden"}, 403)
        asked = job.wanted
        data = drawn(asked.width, asked.height, asked.format, int(number), self.least)
        return Answer(200, data, {"content-type": f"image/{asked.format}"})
