"""A stand-in for xAI's image API: refusals, prices in ticks, pictures that are withheld."""

import asyncio
import hashlib
import json
import ssl
from dataclasses import dataclass
from typing import Any

from tests.standins.faults import Fault
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.pictures import drawn_base64
from tests.standins.server import Connection, StandIn
from tests.standins.xai_rules import (
    Refused,
    Source,
    check,
    check_key,
    pixels,
    served_quality,
    sources_of,
    ticks,
)

GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"
REQUEST_ID = "5f1c-standin"
REFUSALS = {
    "400": Refused(400, "Argument not supported: size"),
    "400_policy": Refused(400, "Generated image rejected by content moderation."),
    "400_billing": Refused(400, "Incorrect API key provided: xa***."),
    "401": Refused(401, "Missing or malformed authorization header", "bare"),
    "403": Refused(403, "The team is blocked.", "nested"),
    "404": Refused(404, "The model grok-9 does not exist.", "nested"),
    "429": Refused(429, "Too many requests", "bare"),
    "429_retry_after": Refused(429, "Too many requests", "nested"),
    "429_quota": Refused(
        429, "Your team has used all available credits or reached its monthly spending limit."
    ),
    "500": Refused(500, "Internal error", "bare"),
    "503": Refused(503, "Service temporarily unavailable", "nested"),
}
HTML = {"content-type": "text/html"}
PAGES = {
    "502": Answer(502, b"<html>502 Bad Gateway</html>", HTML),
    "504": Answer(504, b"<html>504 Gateway Time-out</html>", HTML),
    "524": Answer(524, b"<html>524: A timeout occurred</html>", HTML),
    "html": Answer(200, b"<html>Please sign in</html>", HTML),
    "empty": Answer(200, b""),
    "bad_json": Answer(200, b'{"data":[{"b64_json":"/9j/4AAQ'),
    "no_data": json_answer({"data": []}),
    "redirect": Answer(307, b"", {"location": GENERATIONS}),
}


@dataclass(frozen=True, slots=True)
class Drawing:
    wanted: dict[str, Any]
    generation: Generation
    fault: Fault | None
    sources: list[Source]

    def value_of(self, kind: str) -> float | None:
        return self.fault.value if self.fault and self.fault.kind == kind else None

    @property
    def format(self) -> str:
        """JPEG, but PNG at the better quality, and where a test wants very many bytes."""
        better = served_quality(self.wanted, edit=bool(self.sources)) == "medium"
        return "png" if better or self.value_of("huge") else "jpeg"


class XaiStandIn(StandIn):
    """`withhold` are numbers of pictures it will not show, `prefixed` gives them as `data:` URIs.

    `links` makes it answer with links whatever it is asked for, `metered` tells what a call costs.
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
        self.withhold: frozenset[int] = frozenset()
        self.prefixed = self.links = False
        self.metered = True
        self.key = {"api_key_blocked": False, "api_key_disabled": False, "team_blocked": False}

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        if request.path == "/v1/api-key":
            fault = self.next_fault()
            answer = spoken(fault) if fault and fault.moment == "instead" else self._about(request)
            return await strike(connection, fault, answer) if fault else answer
        if request.method != "POST" or request.path not in (GENERATIONS, EDITS):
            return refusal(Refused(404, "Not found", "bare"))
        drawing = self._read(request)
        answer = await self._done(request, drawing)
        return await strike(connection, drawing.fault, answer) if drawing.fault else answer

    def _about(self, request: Request) -> Answer:
        """The key, for whoever has one."""
        try:
            check_key(request.headers)
        except Refused as refused:
            return refusal(refused)
        return json_answer({"redacted_api_key": "xai-...1234", "acls": ["*"], **self.key})

    def _read(self, request: Request) -> Drawing:
        try:
            wanted = json.loads(request.body)
        except ValueError:
            wanted = {}
        try:
            sources = sources_of(wanted) if request.path == EDITS else []
        except (Refused, KeyError):
            sources = []
        generation = Generation(
            f"gen_{len(self.asked) + 1}",
            str(wanted.get("model", "")),
            wanted["n"] if isinstance(wanted.get("n"), int) else 1,
            hashlib.sha256(request.body).hexdigest(),
            tuple(hashlib.sha256(source.data).hexdigest() for source in sources),
        )
        fault = self.ordered(str(wanted.get("prompt", "")), generation, request.path)
        return Drawing(wanted, generation, fault, sources)

    async def _done(self, request: Request, drawing: Drawing) -> Answer:
        fault = drawing.fault
        if fault and fault.moment == "instead":
            if fault.draws:
                self.note("completed", generation=drawing.generation)
            return spoken(fault)
        try:
            check(request.headers, drawing.wanted, edit=request.path == EDITS)
            if request.path == EDITS:
                sources_of(drawing.wanted)
        except Refused as refused:
            return refusal(refused)
        await asyncio.sleep(self.latency_s)
        self.note("completed", generation=drawing.generation)
        return self._pictures(drawing)

    def _pictures(self, drawing: Drawing) -> Answer:
        came = drawing.value_of("images")
        count = drawing.generation.n if came is None else int(came)
        answer: dict[str, Any] = {
            "data": [self._item(drawing, number) for number in range(count)],
            "model": drawing.wanted["model"],
        }
        if self.metered:
            cost = ticks(drawing.wanted, drawing.generation.n, len(drawing.sources))
            answer["usage"] = {"cost_in_usd_ticks": cost}
        return json_answer(answer, x_request_id=REQUEST_ID)

    def _item(self, drawing: Drawing, number: int) -> dict[str, Any]:
        if number in self.withhold:
            return {"url": "", "respect_moderation": False}
        kind = f"image/{drawing.format}"
        told = {"mime_type": kind, "respect_moderation": True, "revised_prompt": ""}
        if self.links or drawing.wanted.get("response_format", "url") == "url":
            return {**told, "url": f"{self.url}/pictures/{drawing.generation.id}/{number}"}
        width, height = pixels(drawing.wanted, drawing.sources)
        least = int(drawing.value_of("huge") or self.least)
        text = drawn_base64(width, height, drawing.format, number, least)
        return {**told, "b64_json": f"data:{kind};base64,{text}" if self.prefixed else text}


def refusal(refused: Refused, **headers: str) -> Answer:
    return json_answer(refused.body(), refused.status, x_request_id=REQUEST_ID, **headers)


def spoken(fault: Fault) -> Answer:
    """What the upstream says in place of a picture."""
    if fault.kind in PAGES:
        return PAGES[fault.kind]
    headers = {"retry_after": f"{fault.value:g}"} if fault.kind == "429_retry_after" else {}
    return refusal(REFUSALS[fault.kind], **headers)
