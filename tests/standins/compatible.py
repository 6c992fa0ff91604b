"""A stand-in for servers that speak nearly as OpenAI does, one dialect at a time.

What a dialect's real server refuses is refused here, and what it ignores is ignored: it gives JPEG
where SGLang does, links where links are its habit, and items out of order where they are numbered.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.standins.faults import Fault
from tests.standins.forms import BadForm, Form, read_form
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.pictures import drawn_base64
from tests.standins.server import Connection, StandIn

GENERATIONS, EDITS, UPSCALE = "/v1/images/generations", "/v1/images/edits", "/v1/images/upscale"
SIZE = re.compile(r"([0-9]+)x([0-9]+)")
WORDS = {"400": 400, "401": 401, "403": 403, "404": 404, "429": 429, "500": 500, "503": 503}
PAGES = {"502": 502, "504": 504, "524": 524, "html": 200}


class Refused(Exception):
    def __init__(self, status: int, detail: object) -> None:
        super().__init__(str(detail))
        self.status, self.detail = status, detail


@dataclass(frozen=True, slots=True)
class Habits:
    """How a server answers when it is not told otherwise."""

    response_format: str
    output_format: str
    base64: str = "b64_json"
    most: int = 10
    takes: frozenset[str] | None = None
    """Fields it knows; None ignores others, a set refuses them."""
    edits: bool = True
    serves: str | None = None
    """The only model name it answers to."""
    needs_key: bool = False


HABITS = {
    "openai": Habits("url", "png"),
    "sglang": Habits("url", "jpeg"),
    "vllm_omni": Habits("b64_json", "png", serves="flux-1-dev"),
    "localai": Habits("url", "png", edits=False),
    "together": Habits("url", "jpeg", "base64", most=4, edits=False, needs_key=True),
}


@dataclass(slots=True)
class Order:
    path: str
    wanted: dict[str, Any]
    form: Form | None = None
    generation: Generation = field(default_factory=Generation)


class CompatibleStandIn(StandIn):
    """`links` makes it answer with links whatever it is asked for."""

    def __init__(
        self,
        dialect: str = "openai",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        latency_s: float = 0.0,
        least: int = 0,
        links: bool = False,
    ) -> None:
        super().__init__(host=host, port=port)
        self.dialect, self.habits, self.links = dialect, HABITS[dialect], links
        self.latency_s, self.least = latency_s, least
        self._drawn: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        if request.method == "GET" and request.path in self._drawn:
            answer = Answer(200, base64.b64decode(self._drawn[request.path]))
            fault = self.wished(self.prompts[drawn_for(request.path)], "picture")
            if fault and fault.moment == "instead":
                answer = worded(self.dialect, fault)
            return await strike(connection, fault, answer) if fault else answer
        if request.path == "/v1/models":
            fault = self.next_fault()
            if fault and fault.kind in WORDS | PAGES:
                return worded(self.dialect, fault)
            return json_answer({"object": "list", "data": [{"id": self.habits.serves or "m"}]})
        if request.path not in (GENERATIONS, EDITS, UPSCALE):
            return json_answer({"detail": "Not Found"}, 404)
        order = read(request)
        order.generation = Generation(
            f"gen_{len(self.asked) + 1}",
            str(order.wanted.get("model", "")),
            int(order.wanted.get("n") or 1),
            hashlib.sha256(request.body).hexdigest(),
            tuple(file.digest for file in order.form.files) if order.form else (),
        )
        fault = self.ordered(str(order.wanted.get("prompt", "")), order.generation, request.path)
        answer = self._done(request, order, fault)
        return await strike(connection, fault, answer) if fault else answer

    def _done(self, request: Request, order: Order, fault: Fault | None) -> Answer:
        if fault and fault.moment == "instead":
            if fault.draws:
                self.note("completed", generation=order.generation)
            return worded(self.dialect, fault)
        try:
            self._check(request, order)
        except Refused as refused:
            return json_answer({"detail": refused.detail}, refused.status)
        self.note("completed", generation=order.generation)
        count = order.generation.n
        if fault and fault.kind == "images":
            count = int(fault.value or 0)
        return self._pictures(order, min(count, self.habits.most), fault)

    def _check(self, request: Request, order: Order) -> None:
        habits, wanted = self.habits, order.wanted
        if habits.needs_key and "authorization" not in request.headers:
            raise Refused(401, "Unauthorized")
        if habits.serves and wanted.get("model") not in (None, habits.serves):
            raise Refused(400, "Model mismatch")
        if order.path == EDITS and not habits.edits:
            raise Refused(404, "Not Found")
        if self.dialect == "vllm_omni" and wanted.get("response_format") == "url":
            raise Refused(400, "response_format url is not supported")
        if self.dialect == "sglang" and wanted.get("quality") not in (None, "auto", "high"):
            raise Refused(400, "Invalid quality")
        if not 1 <= order.generation.n <= 10:
            raise Refused(422, [{"loc": ["body", "n"], "msg": "too many"}])

    def _pictures(self, order: Order, count: int, fault: Fault | None) -> Answer:
        least = int(fault.value) if fault and fault.kind == "huge" else self.least
        width, height = shape(order)
        form = order.wanted.get("output_format", self.habits.output_format)
        asked = order.wanted.get("response_format", self.habits.response_format)
        items = []
        for number in range(count):
            text = drawn_base64(width, height, form, number, least)
            item: dict[str, object] = {
                "index": number,
                "revised_prompt": "echo",
                "file_path": "/srv",
            }
            if self.links or asked != self.habits.base64:
                path = f"/v1/images/{order.generation.id}/content/{number}"
                self._drawn[path] = text
                item["url"] = path if self.dialect == "sglang" else f"{self.url}{path}"
            else:
                item["b64_json"] = text
            items.append(item)
        if self.dialect == "together":
            items.reverse()
        else:
            for item in items:
                del item["index"]
        return json_answer({"id": "a1", "created": 1795000000, "data": items})


def drawn_for(path: str) -> str:
    """The generation whose picture a link leads to."""
    return path.split("/")[3]


def read(request: Request) -> Order:
    if request.path == GENERATIONS:
        try:
            wanted = json.loads(request.body)
        except ValueError:
            wanted = {}
        return Order(request.path, wanted)
    try:
        form = read_form(request.headers.get("content-type", ""), request.body)
    except BadForm:
        return Order(request.path, {})
    return Order(request.path, dict(form.texts), form)


def shape(order: Order) -> tuple[int, int]:
    """As asked; of a picture that is made larger, its own times the scale."""
    if order.path == UPSCALE and order.form is not None:
        scale = float(order.wanted.get("scale", 2))
        with order.form.files[0].opened() as image:
            return round(image.width * scale), round(image.height * scale)
    if "width" in order.wanted:
        return int(order.wanted["width"]), int(order.wanted["height"])
    found = SIZE.fullmatch(str(order.wanted.get("size", "1024x1024")))
    return (int(found[1]), int(found[2])) if found else (512, 512)


def worded(dialect: str, fault: Fault) -> Answer:
    """A fault in the words of a server's own framework."""
    if fault.kind in WORDS:
        status, said = WORDS[fault.kind], {"detail": "no"}
        if dialect in ("localai", "together"):
            return json_answer({"error": {"code": status, "message": "no", "type": ""}}, status)
        return json_answer(said, status)
    if fault.kind == "429_retry_after":
        return json_answer({"detail": "later"}, 429, retry_after=f"{fault.value:g}")
    if fault.kind in PAGES:
        return Answer(PAGES[fault.kind], b"<html>no</html>", {"content-type": "text/html"})
    bodies = {"empty": b"", "bad_json": b'{"data":[{"b64_json":"iVBO', "no_data": b'{"data":[]}'}
    if fault.kind == "redirect":
        return Answer(307, b"", {"location": GENERATIONS})
    return Answer(200 if fault.kind in bodies else 400, bodies.get(fault.kind, b"{}"))
