"""A stand-in for Google's two hosts: Gemini's `generateContent`, Imagen's `:predict`, and tokens.

The Developer API wants a key, Vertex a token that was signed for here, and each refuses what the
real one does. Pro models think in drafts before they answer; Imagen filters pictures one by one.
"""

import base64
import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.standins.faults import Fault
from tests.standins.messages import Answer, Generation, Request, json_answer
from tests.standins.misbehaviour import strike
from tests.standins.pictures import drawn_base64
from tests.standins.server import Connection, StandIn

DEVELOPER = re.compile(r"/v1(?:beta)?/models/([^/:]+):(generateContent|predict)")
VERTEX = re.compile(
    r"/v1(?:beta1)?/projects/[^/]+/locations/[^/]+/publishers/google/models/([^/:]+):"
    r"(generateContent|predict)"
)
IMAGE_CONFIG = {"aspectRatio", "imageSize"}
VERTEX_ONLY = {"personGeneration", "imageOutputOptions"}
FIXED_SIZE = (
    "gemini-2.0-flash-preview-image-generation",
    "gemini-2.5-flash-image-preview",
    "gemini-2.5-flash-image",
    "gemini-3.1-flash-lite-image",
    "imagen-3.0-generate-001",
    "imagen-3.0-fast-generate-001",
    "imagen-3.0-generate-002",
    "imagen-4.0-fast-generate-001",
)
NEGATIVE_PROMPT = ("imagen-3.0-generate-001", "imagen-3.0-fast-generate-001")
RATIOS = {"1:1": (1024, 1024), "16:9": (1376, 768), "9:16": (768, 1376), "3:4": (896, 1200)}
TIERS = {"512": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0}
PREDICT_ONLY_VERTEX = {"seed", "addWatermark", "enhancePrompt"}
WORDS = {
    "400": (400, "INVALID_ARGUMENT", "Invalid value at 'generation_config'", []),
    "400_policy": (
        400,
        "INVALID_ARGUMENT",
        "The prompt contains sensitive words that violate Google's Responsible AI practices.",
        [],
    ),
    "400_billing": (400, "FAILED_PRECONDITION", "User location is not supported.", []),
    "401": (
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
    ),
    "403": (403, "PERMISSION_DENIED", "The caller does not have permission", []),
    "404": (404, "NOT_FOUND", "models/x is not found", []),
    "429": (429, "RESOURCE_EXHAUSTED", "No capacity available", []),
    "429_quota": (429, "RESOURCE_EXHAUSTED", "Quota exceeded, limit: 0, model: x", []),
    "500": (500, "INTERNAL", "An internal error has occurred.", []),
    "503": (503, "UNAVAILABLE", "The model is overloaded.", []),
}
PAGES = {"502": 502, "504": 504, "524": 524, "html": 200}
BODIES = {"empty": b"", "bad_json": b'{"candidates":[{"content":', "no_data": b"{}"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Refused(Exception):
    def __init__(self, status: int, word: str, message: str) -> None:
        super().__init__(message)
        self.status, self.word, self.message = status, word, message


@dataclass(frozen=True, slots=True)
class Asked:
    """One checked question for pictures."""

    model: str
    method: str
    vertex: bool
    wanted: dict[str, Any]
    generation: Generation
    prompt: str

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.wanted.get("generationConfig", {}).get("imageConfig", {})
        return config

    @property
    def params(self) -> dict[str, Any]:
        params: dict[str, Any] = self.wanted.get("parameters", {})
        return params


class GoogleStandIn(StandIn):
    """`tokens_last_s` is how long a token is good; `says` ends each answer without a picture."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        latency_s: float = 0.0,
        least: int = 0,
        tokens_last_s: float = 3600.0,
    ) -> None:
        super().__init__(host=host, port=port)
        self.latency_s, self.least, self.tokens_last_s = latency_s, least, tokens_last_s
        self.tokens: dict[str, float] = {}
        self.ends: list[dict[str, Any]] = []
        """Whole answers that the next questions are given in place of a picture."""

    def account(self, project: str = "a-project") -> str:
        """The file of a service account that is known here."""
        pem = KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": project,
                "client_email": f"limner@{project}.iam.gserviceaccount.com",
                "private_key": pem.decode(),
                "token_uri": f"{self.url}/token",
            }
        )

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        if request.path == "/token":
            return self._token(request)
        if request.path in ("/v1/models", "/v1beta/models"):
            fault = self.next_fault()
            answer = worded(fault) if fault and fault.moment == "instead" else self._models(request)
            return await strike(connection, fault, answer) if fault else answer
        asked = self._asked(request)
        if asked is None:
            return envelope(404, "NOT_FOUND", "Not found")
        fault = self.ordered(asked.prompt, asked.generation, request.path)
        answer = self._done(request, asked, fault)
        return await strike(connection, fault, answer) if fault else answer

    def _asked(self, request: Request) -> Asked | None:
        found = VERTEX.fullmatch(request.path) or DEVELOPER.fullmatch(request.path)
        if found is None or request.method != "POST":
            return None
        try:
            wanted = json.loads(request.body)
        except ValueError:
            wanted = {}
        parts = [part for one in wanted.get("contents", []) for part in one.get("parts", [])]
        blobs = [part["inlineData"]["data"] for part in parts if "inlineData" in part]
        texts = [part["text"] for part in parts if "text" in part]
        texts += [one.get("prompt", "") for one in wanted.get("instances", [])]
        model = unquote(found[1])
        generation = Generation(
            f"gen_{len(self.asked) + 1}",
            model,
            int(wanted.get("parameters", {}).get("sampleCount", 1)),
            hashlib.sha256(request.body).hexdigest(),
            tuple(hashlib.sha256(base64.b64decode(blob)).hexdigest() for blob in blobs),
        )
        vertex = bool(VERTEX.fullmatch(request.path))
        return Asked(model, found[2], vertex, wanted, generation, " ".join(texts))

    def _done(self, request: Request, asked: Asked, fault: Fault | None) -> Answer:
        if fault and fault.moment == "instead":
            if fault.draws:
                self.note("completed", generation=asked.generation)
            return worded(fault)
        try:
            self._check_key(request, asked)
            check(asked)
        except Refused as refused:
            return envelope(refused.status, refused.word, refused.message)
        if self.ends:
            return json_answer(self.ends.pop(0))
        self.note("completed", generation=asked.generation)
        least = int(fault.value) if fault and fault.kind == "huge" else self.least
        if asked.method == "predict":
            return json_answer(predicted(asked, least, fault))
        return json_answer(generated(asked, least))

    def _check_key(self, request: Request, asked: Asked) -> None:
        if not asked.vertex:
            if "x-goog-api-key" not in request.headers:
                raise Refused(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers")
            return
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0.0) < time.time():
            raise Refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")

    def _token(self, request: Request) -> Answer:
        """A token for whoever signed with the account's key, and only until it says."""
        form = parse_qs(request.body.decode())
        head, claims, signature = form["assertion"][0].split(".")
        KEY.public_key().verify(
            padded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        told = json.loads(padded(claims))
        if told["aud"] != f"{self.url}/token" or told["exp"] > told["iat"] + 3600:
            return json_answer({"error": "invalid_grant"}, 400)
        if told["iss"].startswith("stranger"):
            return json_answer({"error": "invalid_grant"}, 401)
        token = f"ya29.{len(self.tokens)}"
        self.tokens[token] = time.time() + self.tokens_last_s
        return json_answer({"access_token": token, "expires_in": self.tokens_last_s})

    def _models(self, request: Request) -> Answer:
        if "x-goog-api-key" not in request.headers:
            return worded(Fault("401", "instead"))
        return json_answer({"models": [{"name": "models/gemini-nano-banana-2.1"}]})


def padded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check(asked: Asked) -> None:
    """Refuse what Google refuses, by host and model."""
    if asked.method == "predict":
        strange = set() if asked.vertex else set(asked.params) & PREDICT_ONLY_VERTEX
        if not (asked.vertex and asked.model in NEGATIVE_PROMPT):
            strange |= set(asked.params) & {"negativePrompt"}
        if asked.model in FIXED_SIZE:
            strange |= set(asked.params) & {"sampleImageSize"}
        refuse_unknown(strange)
        return
    config = asked.wanted.get("generationConfig", {})
    if config.get("candidateCount", 1) != 1:
        raise Refused(400, "INVALID_ARGUMENT", "Multiple candidates is not enabled for this model")
    known = IMAGE_CONFIG | (VERTEX_ONLY if asked.vertex else set())
    refuse_unknown(set(asked.config) - known)
    size = asked.config.get("imageSize")
    if size is not None and (size not in TIERS or asked.model in FIXED_SIZE):
        raise Refused(400, "INVALID_ARGUMENT", f"Invalid imageSize {size}")
    if "seed" in config and asked.model == "gemini-nano-banana-2.1":
        raise Refused(400, "INVALID_ARGUMENT", "seed is not supported")


def refuse_unknown(names: set[str]) -> None:
    if names:
        raise Refused(400, "INVALID_ARGUMENT", f'Unknown name "{min(names)}" at image_config')


def generated(asked: Asked, least: int) -> dict[str, Any]:
    width, height = RATIOS.get(asked.config.get("aspectRatio", "1:1"), (1024, 1024))
    scale = TIERS[asked.config.get("imageSize", "1K")]
    kind = "png" if asked.model == "gemini-2.5-flash-image" else "jpeg"
    size = (round(width * scale), round(height * scale))
    picture = {"mimeType": f"image/{kind}", "data": drawn_base64(*size, kind, 0, least)}
    parts: list[dict[str, Any]] = [{"inlineData": picture, "thoughtSignature": "EpkB"}]
    if "-pro-" in asked.model:
        draft = {"mimeType": "image/png", "data": drawn_base64(64, 64, "png", 1)}
        parts.insert(0, {"inlineData": draft, "thought": True})
    words = 4 + len(asked.prompt) // 4
    seen = 1120 * len(asked.generation.pictures)
    return {
        "candidates": [
            {"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
        ],
        "usageMetadata": {
            "promptTokenCount": words + seen,
            "candidatesTokenCount": 1138,
            "thoughtsTokenCount": 212,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": words},
                *([{"modality": "IMAGE", "tokenCount": seen}] if seen else []),
            ],
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
        },
        "modelVersion": asked.model,
        "responseId": f"resp-{asked.generation.id}",
    }


def predicted(asked: Asked, least: int, fault: Fault | None) -> dict[str, Any]:
    """As many as were asked for; a prompt with `[[filter=N]]` loses that many of them."""
    count = asked.params.get("sampleCount", 4)
    if fault and fault.kind == "images":
        count = int(fault.value or 0)
    kind = asked.params.get("outputOptions", {}).get("mimeType", "image/png").removeprefix("image/")
    scale = TIERS[asked.params.get("sampleImageSize", "1K")]
    side = round(1024 * scale)
    found = re.search(r"\[\[filter=([0-9])\]\]", asked.prompt)
    lost = int(found[1]) if found else 0
    drawn: list[dict[str, Any]] = [
        {
            "mimeType": f"image/{kind}",
            "bytesBase64Encoded": drawn_base64(side, side, kind, number, least),
            **({"prompt": f"A finer {asked.prompt}"} if asked.vertex else {}),
        }
        for number in range(max(0, count - lost))
    ]
    if lost and asked.params.get("includeRaiReason"):
        said = f"filtered out {lost} generated images. Support codes: 39322892"
        drawn.append({"raiFilteredReason": said})
    return {"predictions": drawn} if drawn else {}


def envelope(status: int, word: str, message: str, details: Any = None) -> Answer:
    error = {"code": status, "message": message, "status": word, "details": details or []}
    return json_answer({"error": error}, status)


def worded(fault: Fault) -> Answer:
    """A fault in Google's words."""
    if fault.kind in WORDS:
        return envelope(*WORDS[fault.kind])
    if fault.kind == "429_retry_after":
        delay = [
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{fault.value:g}s"}
        ]
        return envelope(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", delay)
    if fault.kind in PAGES:
        return Answer(PAGES[fault.kind], b"<html>no</html>", {"content-type": "text/html"})
    if fault.kind == "redirect":
        return Answer(307, b"", {"location": "/"})
    return Answer(200, BODIES[fault.kind])
