"""A stand-in for ComfyUI: graphs are checked, queued, drawn one after the other, and remembered.

A queued order is drawn whether anybody asks or not. Faults strike one stage each: `script` the
taking of an order, `trouble` the questions about it, its picture, an upload or the WebSocket.
"""

import asyncio
import hashlib
import io
import json
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

from PIL import Image
from tests.standins.comfyui_rules import Graph, Invalid, check, object_info
from tests.standins.comfyui_works import EXAMPLE, Work, Works, count, texts
from tests.standins.faults import Fault
from tests.standins.forms import read_form
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.server import Connection
from tests.standins.tasks import TaskStandIn
from tests.standins.websocket import agreed, frame, until_closed

Stage: TypeAlias = Literal["asked", "picture", "upload", "socket", "check"]
STAGES: tuple[Stage, ...] = ("asked", "picture", "upload", "socket", "check")

REFUSED = {
    kind: json_answer(Invalid("prompt_outputs_failed_validation").body, 400)
    for kind in ("400", "400_policy")
}
HTML = {"content-type": "text/html"}
PAGES = {
    "400_billing": Answer(401, b"<html>who are you</html>", HTML),
    "401": Answer(401, b"<html>who are you</html>", HTML),
    "403": Answer(403, b"", HTML),
    "404": Answer(404, b"404: Not Found", {"content-type": "text/plain"}),
    "429": Answer(429, b"<html>slow down</html>", HTML),
    "429_quota": Answer(429, b"<html>slow down</html>", HTML),
    "500": Answer(500, b"500 Internal Server Error", {"content-type": "text/plain"}),
    "502": Answer(502, b"<html>502 Bad Gateway</html>", HTML),
    "503": Answer(503, b"<html>503</html>", HTML),
    "504": Answer(504, b"<html>504 Gateway Time-out</html>", HTML),
    "524": Answer(524, b"<html>524: A timeout occurred</html>", HTML),
    "html": Answer(200, b"<html>Please sign in</html>", HTML),
    "empty": Answer(200, b""),
    "bad_json": Answer(200, b'{"prompt_id": "'),
    "no_data": json_answer({"number": 1}),
    "redirect": Answer(307, b"", {"location": "/prompt"}),
}
WORKFLOWS = Path(__file__).parent / "workflows"
"""A folder as an operator has it."""


class ComfyUIStandIn(TaskStandIn):
    """`latency_s` is how long an order takes, `least` the bytes a PNG has at least.

    `forgets` loses every order whose taking meets a fault, as a server does that is started anew.
    `own_names` makes it name orders itself, and `targets` leave out no output, as older servers do.
    `key` is what a proxy before it wants.
    """

    stages = STAGES

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, latency_s: float = 0.0, least: int = 0
    ) -> None:
        super().__init__(host=host, port=port)
        self.works = Works(
            latency_s, least, lambda generation: self.note("completed", generation=generation)
        )
        self.forgets = self.own_names = False
        self.key = ""
        self.argv = ["main.py", "--listen"]
        self._worker: asyncio.Task[None] | None = None

    def asked_at(self, path: str) -> list[Request]:
        return [one for one in self.requests if one.path.startswith(path)]

    async def listen(self) -> None:
        await super().listen()
        if self._worker is None:
            self._worker = asyncio.create_task(self.works.work_off())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._worker:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        await super().__aexit__(kind, error, trace)

    def fault_before_body(self, path: str) -> Fault | None:
        return super().fault_before_body("/v1/") if path == "/prompt" else None

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        url = urlsplit(request.path)
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return PAGES["401"]
        if url.path == "/ws":
            return await self._talk(request, connection)
        if (request.method, url.path) == ("POST", "/prompt"):
            return await self._taken(request, connection)
        stage, answer = self._plain(request, url.path, parse_qs(url.query))
        struck = self._next(stage, unquote(request.path))
        if struck is None:
            return answer
        return await strike(connection, struck, spoken(struck) if instead(struck) else answer)

    def _next(self, stage: Stage, path: str) -> Fault | None:
        if self._trouble[stage]:
            return self._trouble[stage].popleft()
        if stage == "check":
            return self.next_fault()
        file = parse_qs(urlsplit(path).query).get("filename", [""])[0]
        order = self.works.owners.get(file) or urlsplit(path).path.split("/")[-1]
        prompt = self.prompts.get(order, "")
        return self.wished(prompt, "picture" if stage == "picture" else "asked")

    def _plain(
        self, request: Request, path: str, query: dict[str, list[str]]
    ) -> tuple[Stage, Answer]:
        """What all but orders are answered, and at which stage they are asked."""
        works, last = self.works, unquote(path.split("/")[-1])
        match request.method, path.split("/")[1]:
            case "GET", "system_stats":
                system = {"comfyui_version": "0.3.64", "argv": self.argv}
                return "check", json_answer({"system": system, "devices": []})
            case "GET", "object_info":
                return "check", json_answer(object_info(last, [EXAMPLE]))
            case "GET", "history":
                known = {last: works.history[last]} if last in works.history else {}
                return "asked", json_answer(known)
            case "GET", "queue":
                running = [works.running.entry] if works.running else []
                pending = [one.entry for one in works.waiting]
                return "asked", json_answer({"queue_running": running, "queue_pending": pending})
            case "GET", "view":
                return "picture", self._viewed(query)
            case "POST", "queue" | "interrupt":
                works.stop(json.loads(request.body))
                return "asked", Answer(200, b"")
            case "POST", "upload":
                return "upload", self._uploaded(request)
        return "asked", PAGES["404"]

    async def _taken(self, request: Request, connection: Connection) -> Answer | None:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = {}
        graph: Graph = body.get("prompt", {})
        name = f"its-own-{len(self.asked) + 1}" if self.own_names else body.get("prompt_id", "")
        digest = hashlib.sha256(request.body).hexdigest()
        given = tuple(hashlib.sha256(data).hexdigest() for data in self.works.given(graph))
        generation = Generation(name, "", count(graph), digest, given)
        met = self.ordered(" ".join(texts(graph)), generation, "/prompt")
        if met and instead(met) and not met.draws:
            return await strike(connection, met, spoken(met))
        targets = None if self.own_names else body.get("partial_execution_targets")
        try:
            outputs = check(graph, targets, {*self.works.uploads})
        except Invalid as invalid:
            return json_answer(invalid.body, 400)
        if met and met.draws and self.forgets:
            self.note("completed", generation=generation)
        else:
            work = Work(name, graph, outputs, body.get("client_id", ""), generation)
            self.works.queue(work.met_with(met))
        answer = json_answer({"prompt_id": name, "number": 1, "node_errors": {}})
        if met is None:
            return answer
        return await strike(connection, met, spoken(met) if instead(met) else answer)

    def _viewed(self, query: dict[str, list[str]]) -> Answer:
        """A file as it is, or converted as it was asked for."""
        data = self.works.files.get(query["filename"][0])
        if data is None:
            return Answer(404, b"")
        kind, _, quality = query.get("preview", [""])[0].partition(";")
        if not kind:
            return Answer(200, data, {"content-type": "image/png"})
        image, file = Image.open(io.BytesIO(data)).convert("RGB"), io.BytesIO()
        image.save(file, kind, quality=int(quality))
        return Answer(200, file.getvalue(), {"content-type": f"image/{kind}"})

    def _uploaded(self, request: Request) -> Answer:
        form = read_form(request.headers["content-type"], request.body)
        (file,) = form.named("image")
        folder = form.texts.get("subfolder", "")
        self.works.uploads[f"{folder}/{file.filename}".lstrip("/")] = file.data
        kept = {"name": file.filename, "subfolder": folder, "type": form.texts.get("type", "input")}
        return json_answer(kept)

    async def _talk(self, request: Request, connection: Connection) -> Answer | None:
        """Keep a socket open until its client leaves."""
        if self._trouble["socket"]:
            struck = self._trouble["socket"].popleft()
            return await strike(connection, struck, spoken(struck))
        (client_id,) = parse_qs(urlsplit(request.path).query)["clientId"]
        connection.writer.write(agreed(request))
        connection.writer.write(frame({"type": "status", "data": {"sid": client_id}}))
        self.works.sockets[client_id] = connection
        try:
            await until_closed(connection.reader)
        finally:
            self.works.sockets.pop(client_id, None)
        return None


def instead(struck: Fault) -> bool:
    return struck.moment == "instead"


def spoken(struck: Fault) -> Answer:
    """What is said in place of an answer."""
    if struck.kind == "429_retry_after":
        return Answer(429, b"", HTML | {"retry-after": f"{struck.value:g}"})
    return REFUSED.get(struck.kind) or PAGES.get(struck.kind) or Answer(200, b"{}")
