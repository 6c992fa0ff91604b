"""A stand-in for the resellers of Suno: songs, sounds and covers as tasks that take their time.

Each song makes two tracks, and each track has its artwork. `ends` say how the next tasks end;
`silent` links bring nothing. An envelope's `code` tells, whatever the HTTP status is.
"""

import hashlib
import json
import time
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.files.sounds import mp3
from tests.standins.faults import Fault, Stage
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.pictures import drawn
from tests.standins.server import Connection, StandIn

PATHS = ("/api/v1/generate", "/api/v1/generate/extend", "/api/v1/generate/sounds")
COVER = "/api/v1/suno/cover/generate"
MODELS = {"V4", "V4_5", "V4_5PLUS", "V4_5ALL", "V5", "V5_5", "V6", "V6_MINI", "V6_WILD"}
STAGES = ("PENDING", "TEXT_SUCCESS", "FIRST_SUCCESS", "SUCCESS")
CODES = {
    "400": 400, "400_policy": 400, "400_billing": 402, "401": 401, "403": 403, "404": 404,
    "429": 430, "429_retry_after": 430, "429_quota": 429, "500": 500, "503": 455,
}  # fmt: skip
PAGES = {"502": 502, "504": 504, "524": 524, "html": 200}
BODIES = {"empty": b"", "bad_json": b'{"code":200,"data":{"taskI', "no_data": b'{"code":200}'}


@dataclass(slots=True)
class Task:
    id: str
    began: float
    takes_s: float
    ends: str
    cover: bool

    @property
    def share(self) -> float:
        return 1.0 if not self.takes_s else min(1.0, (time.monotonic() - self.began) / self.takes_s)


class SunoStandIn(StandIn):
    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, latency_s: float = 0.0, least: int = 0
    ) -> None:
        super().__init__(host=host, port=port)
        self.latency_s, self.least = latency_s, least
        self.tasks: dict[str, Task] = {}
        self.ends: deque[str] = deque()
        self.silent: set[str] = set()
        """Names of links that bring nothing, such as `1.mp3`."""
        self.as_text = False
        """Whether tracks are told as a text of JSON."""

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        url = urlsplit(request.path)
        task_id = parse_qs(url.query).get("taskId", [""])[0]
        if url.path.startswith("/cdn/"):
            answer = self._file(request, url.path.removeprefix("/cdn/"))
            return await self._struck_at("picture", task_id, answer, connection)
        if url.path.endswith("/record-info"):
            return await self._struck_at("asked", task_id, self._told(task_id), connection)
        if url.path == "/api/v1/generate/credit":
            fault = self.next_fault()
            return spoken(fault) if fault else self._credit(request)
        if request.method != "POST" or url.path not in (*PATHS, COVER):
            return json_answer({"code": 404, "msg": "Not Found"}, 404)
        return await self._taken(request, url.path, connection)

    async def _struck_at(
        self, stage: Stage, task_id: str, answer: Answer, connection: Connection
    ) -> Answer | None:
        """An answer about a task, or what is left of it by the fault its prompt asked for."""
        fault = self.wished(self.prompts.get(task_id, ""), stage)
        if fault is None:
            return answer
        return await strike(connection, fault, worded(fault, stage, answer))

    async def _taken(self, request: Request, path: str, connection: Connection) -> Answer | None:
        try:
            wanted = json.loads(request.body)
        except ValueError:
            wanted = {}
        generation = Generation(
            f"task-{len(self.asked) + 1}",
            str(wanted.get("model", "")),
            1,
            hashlib.sha256(request.body).hexdigest(),
        )
        fault = self.ordered(str(wanted.get("prompt", "")), generation, path)
        if fault and fault.moment == "instead":
            if fault.draws:
                self.note("completed", generation=generation)
            return await strike(connection, fault, spoken(fault))
        if refused := why_refused(request, path, wanted):
            return refused
        ends = self.ends.popleft() if self.ends else "SUCCESS"
        if fault and fault.kind == "moderated":
            ends = "SENSITIVE_WORD_ERROR"
        self.tasks[generation.id] = Task(
            generation.id, time.monotonic(), self.latency_s, ends, path == COVER
        )
        self.note("completed", generation=generation)
        answer = json_answer({"code": 200, "msg": "success", "data": {"taskId": generation.id}})
        return await strike(connection, fault, answer) if fault else answer

    def _told(self, task_id: str) -> Answer:
        task = self.tasks.get(task_id)
        if task is None:
            return json_answer({"code": 404, "msg": "no such task", "data": None})
        data = self._cover(task) if task.cover else self._song(task)
        return json_answer({"code": 200, "msg": "success", "data": {"taskId": task_id, **data}})

    def _song(self, task: Task) -> dict[str, Any]:
        reached = min(int(task.share * len(STAGES)), len(STAGES) - 1)
        status = STAGES[reached] if task.share < 1 or task.ends == "SUCCESS" else task.ends
        told = {"FIRST_SUCCESS": 1, "SUCCESS": 2, "CALLBACK_EXCEPTION": 2}.get(status, 0)
        tracks = [self._track(task, number) for number in range(1, told + 1)]
        if self.as_text:
            return {"status": status, "resultJson": json.dumps({"sunoData": tracks})}
        return {"status": status, "response": {"sunoData": tracks} if tracks else None}

    def _track(self, task: Task, number: int) -> dict[str, Any]:
        return {
            "id": f"{task.id}-{number}",
            "audioUrl": f"{self.url}/cdn/{number}.mp3?taskId={task.id}",
            "streamAudioUrl": f"{self.url}/cdn/stream",
            "imageUrl": f"{self.url}/cdn/{number}.jpeg?taskId={task.id}",
            "prompt": "la la" if number == 1 else "",
            "title": "Rain Study",
            "tags": "piano, calm",
            "duration": 161.2,
        }

    def _cover(self, task: Task) -> dict[str, Any]:
        if task.share < 1:
            return {"successFlag": 2}
        if task.ends != "SUCCESS":
            return {"successFlag": 3, "errorMessage": "no"}
        return {
            "successFlag": 1,
            "response": {"images": [f"{self.url}/cdn/{n}.png" for n in (1, 2)]},
        }

    def _file(self, request: Request, name: str) -> Answer:
        number, _, kind = name.partition(".")
        if name in self.silent or "authorization" in request.headers:
            return Answer(404, b"")
        if kind == "mp3":
            return Answer(200, mp3(100), {"content-type": "audio/mpeg"})
        return Answer(200, drawn(64, 64, kind, int(number), self.least))

    def _credit(self, request: Request) -> Answer:
        if "authorization" not in request.headers:
            return json_answer({"code": 401, "msg": "no key"})
        return json_answer({"code": 200, "msg": "success", "data": 100})


def why_refused(request: Request, path: str, wanted: dict[str, Any]) -> Answer | None:
    """As the resellers check, in an HTTP 200."""
    if "authorization" not in request.headers:
        return json_answer({"code": 401, "msg": "You do not have access permissions"})
    if not wanted.get("callBackUrl"):
        return json_answer({"code": 422, "msg": "Please enter callBackUrl"})
    if path == COVER:
        return None if wanted.get("taskId") else json_answer({"code": 400, "msg": "taskId"})
    if wanted.get("model") not in MODELS:
        return json_answer({"code": 422, "msg": "model"})
    if wanted.get("customMode") and not (wanted.get("style") and wanted.get("title")):
        return json_answer({"code": 400, "msg": "style and title"})
    return None


def worded(fault: Fault, stage: Stage, answer: Answer) -> Answer:
    """What is said in place of an answer, if the fault is one of saying something else.

    Files are elsewhere, where a refusal is one of HTTP.
    """
    if fault.moment != "instead":
        return answer
    status = fault.kind.partition("_")[0]
    return Answer(int(status)) if stage == "picture" and status.isdecimal() else spoken(fault)


def spoken(fault: Fault) -> Answer:
    if fault.kind in PAGES:
        return Answer(PAGES[fault.kind], b"<html>no</html>", {"content-type": "text/html"})
    if fault.kind in BODIES:
        return Answer(200, BODIES[fault.kind])
    headers = {"retry_after": f"{fault.value:g}"} if fault.kind == "429_retry_after" else {}
    return json_answer({"code": CODES.get(fault.kind, 400), "msg": "no"}, 200, **headers)
