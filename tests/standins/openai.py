"""A stand-in for OpenAI's image API: new pictures and edits, refusals, streams, usage figures."""

import asyncio
import hashlib
import json
import re
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from tests.standins.faults import Fault
from tests.standins.forms import Form
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.openai_edits import TOKENS_PER_PICTURE, check_edit, edit_asked
from tests.standins.openai_rules import MODELS, Refused, check, check_key, tokens
from tests.standins.pictures import drawn_base64
from tests.standins.server import Connection, StandIn

GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"
SSE = {"content-type": "text/event-stream; charset=utf-8"}
MODERATED = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us "
    "at help.openai.com and include the request ID req_standin. safety_violations=[violence]."
)
ENVELOPES = {
    "400": (400, Refused("Invalid value: 'x'.", "invalid_value", "size")),
    "400_policy": (
        400,
        Refused(MODERATED, "moderation_blocked", type="image_generation_user_error"),
    ),
    "400_billing": (400, Refused("Billing hard limit reached.", "billing_hard_limit_reached")),
    "401": (401, Refused("Incorrect API key provided.", "invalid_api_key")),
    "403": (403, Refused("Your organization must be verified to use the model.", None)),
    "404": (404, Refused("The model does not exist.", "model_not_found")),
    "429": (429, Refused("Rate limit reached.", "rate_limit_exceeded", type="requests")),
    "429_retry_after": (429, Refused("Rate limit.", "rate_limit_exceeded", type="tokens")),
    "429_quota": (429, Refused("No quota.", "insufficient_quota", type="insufficient_quota")),
    "500": (500, Refused("The server had an error.", None, type="server_error")),
    "503": (503, Refused("The engine is overloaded.", None, type="server_error")),
}
CACHED = re.compile(r"\[\[standin:cached=([0-9]+)\]\]")
"""No fault: so many tokens are told to have been read before."""
PAGES = {
    "502": Answer(502, b"<html>502 Bad Gateway</html>", {"content-type": "text/html"}),
    "504": Answer(504, b"<html>504 Gateway Time-out</html>", {"content-type": "text/html"}),
    "524": Answer(524, b"<html>524: A timeout occurred</html>", {"content-type": "text/html"}),
    "html": Answer(200, b"<html>Please sign in</html>", {"content-type": "text/html"}),
    "empty": Answer(200, b""),
    "bad_json": Answer(200, b'{"created":1795000000,"data":[{"b64_json":"iVBORw0KGgo'),
    "no_data": json_answer({"created": 1795000000, "data": []}),
    "redirect": Answer(307, b"", {"location": "/v1/images/generations"}),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One checked request and the fault it meets."""

    wanted: dict[str, Any]
    generation: Generation
    fault: Fault | None
    form: Form | None = None
    """What an edit was asked for with."""

    @property
    def kind(self) -> str:
        return "image_generation" if self.form is None else "image_edit"

    def check(self, headers: dict[str, str]) -> None:
        """Raises Refused."""
        if self.form is None:
            check(headers, self.wanted)
        else:
            check_edit(headers, self.wanted, self.form)

    def value_of(self, kind: str) -> float | None:
        return self.fault.value if self.fault and self.fault.kind == kind else None

    @property
    def size(self) -> str:
        size: str = self.wanted.get("size", "auto")
        return "1024x1024" if size == "auto" else size

    @property
    def quality(self) -> str:
        quality: str = self.wanted.get("quality", "auto")
        return "medium" if quality == "auto" else quality

    @property
    def format(self) -> str:
        return str(self.wanted.get("output_format", "png"))

    @property
    def previews(self) -> int:
        return int(self.wanted.get("partial_images", 0))

    def choices(self) -> dict[str, Any]:
        """What a GPT Image answer and its last event tell beside the picture."""
        count = self.generation.n
        written = count * tokens(self.size, self.quality) + 100 * self.previews
        words = 6 + len(self.wanted["prompt"]) // 4
        looked_at = len(self.form.named("image", "image[]")) if self.form else 0
        looked_at *= TOKENS_PER_PICTURE * count
        read = {"text_tokens": words, "image_tokens": looked_at}
        if cached := CACHED.search(self.wanted["prompt"]):
            read["cached_tokens"] = int(cached[1])
        return {
            "background": "opaque",
            "output_format": self.format,
            "size": self.size,
            "quality": self.quality,
            "usage": {
                "input_tokens": words + looked_at,
                "input_tokens_details": read,
                "output_tokens": written,
                "total_tokens": words + looked_at + written,
            },
        }


class OpenAIStandIn(StandIn):
    """`latency_s` is how long drawing takes, `least` the bytes a PNG has at least."""

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

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        if request.path == "/v1/models":
            fault = self.next_fault()
            answer = spoken(fault) if fault and fault.moment == "instead" else listed(request)
            return await strike(connection, fault, answer) if fault else answer
        if request.method != "POST" or request.path not in (GENERATIONS, EDITS):
            return envelope(404, Refused("Invalid URL", None))
        wanted, form = asked_in(request)
        generation = Generation(
            f"gen_{len(self.asked) + 1}",
            str(wanted.get("model", "")),
            wanted["n"] if isinstance(wanted.get("n"), int) else 1,
            hashlib.sha256(request.body).hexdigest(),
            tuple(file.digest for file in form.files) if form else (),
        )
        fault = self.ordered(str(wanted.get("prompt", "")), generation, request.path)
        answer = await self._generate(request, Drawing(wanted, generation, fault, form))
        return await strike(connection, fault, answer) if fault else answer

    async def _generate(self, request: Request, drawing: Drawing) -> Answer:
        fault = drawing.fault
        if fault and fault.moment == "instead":
            if fault.draws:
                self.note("completed", generation=drawing.generation)
            return spoken(fault)
        try:
            drawing.check(request.headers)
        except Refused as refused:
            return envelope(refused.status, refused)
        headers = {"x-request-id": f"req_{drawing.generation.id}", "openai-version": "2020-10-01"}
        if drawing.wanted.get("stream"):
            return Answer(200, b"", headers | SSE, self._events(drawing))
        await asyncio.sleep(self.takes_s(drawing))
        self.note("completed", generation=drawing.generation)
        return replace(self._pictures(drawing), headers=headers)

    def takes_s(self, drawing: Drawing) -> float:
        """How long drawing takes; who takes longer for some is a subclass."""
        return self.latency_s

    def _pictures(self, drawing: Drawing) -> Answer:
        data = [{"b64_json": picture} for picture in self.given(drawing)]
        answer: dict[str, Any] = {"created": int(time.time()), "data": data}
        if not drawing.wanted["model"].startswith("dall-e-"):
            return json_answer(answer | drawing.choices())
        for number, item in enumerate(data):
            if drawing.wanted.get("response_format", "url") == "url":
                item.clear()
                item["url"] = f"{self.url}/pictures/{drawing.generation.id}/{number}.png"
            if drawing.wanted["model"] == "dall-e-3":
                item["revised_prompt"] = f"A finer picture: {drawing.wanted['prompt']}"
        return json_answer(answer)

    def given(self, drawing: Drawing) -> list[str]:
        """The pictures of an answer, in base64; who gives others is a subclass."""
        images = drawing.value_of("images")
        count = drawing.generation.n if images is None else int(images)
        return [self.drawn(drawing, number) for number in range(count)]

    def drawn(self, drawing: Drawing, number: int) -> str:
        width, height = map(int, drawing.size.split("x"))
        least = int(drawing.value_of("huge") or self.least)
        return drawn_base64(width, height, drawing.format, number, least)

    async def _events(self, drawing: Drawing) -> AsyncIterator[bytes]:
        pause_s = self.latency_s / (drawing.previews + 1)
        shown = {k: v for k, v in drawing.choices().items() if k != "usage"}
        for index in range(drawing.previews):
            await asyncio.sleep(pause_s)
            picture = {"partial_image_index": index, "b64_json": self.drawn(drawing, index)}
            yield event(f"{drawing.kind}.partial_image", picture | shown)
        if drawing.fault and drawing.fault.kind in STREAM_ERRORS:
            yield b"data: %s\n\n" % STREAM_ERRORS[drawing.fault.kind].body
            return
        await asyncio.sleep(pause_s)
        self.note("completed", generation=drawing.generation)
        if drawing.value_of("stream_end") is None:
            picture = {"b64_json": self.drawn(drawing, drawing.previews)}
            yield event(f"{drawing.kind}.completed", picture | drawing.choices())


def listed(request: Request) -> Answer:
    """The models, for whoever has a key."""
    try:
        check_key(request.headers)
    except Refused as refused:
        return envelope(refused.status, refused)
    return json_answer({"object": "list", "data": [{"id": name} for name in MODELS]})


def asked_in(request: Request) -> tuple[dict[str, Any], Form | None]:
    """What is wanted, and for an edit its form."""
    if request.path == EDITS:
        return edit_asked(request)
    return read_json(request.body), None


def read_json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def event(kind: str, facts: dict[str, Any]) -> bytes:
    data = json.dumps({"type": kind, "created_at": int(time.time()), **facts})
    return f"event: {kind}\ndata: {data}\n\n".encode()


def envelope(status: int, refused: Refused, **headers: str) -> Answer:
    named = {"x_request_id": "req_standin", **headers}
    return json_answer({"error": refused.body()}, status, **named)


def spoken(fault: Fault) -> Answer:
    """What the upstream says in place of a picture."""
    if fault.kind in PAGES:
        return PAGES[fault.kind]
    status, refused = ENVELOPES[fault.kind]
    if fault.kind == "429_retry_after":
        return envelope(status, refused, retry_after=f"{fault.value:g}")
    return envelope(status, refused)


STREAM_ERRORS = {
    "stream_error": envelope(200, ENVELOPES["500"][1]),
    "stream_policy": envelope(200, ENVELOPES["400_policy"][1]),
}
