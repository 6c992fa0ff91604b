"""What a caller wishes of a generation, read from body and headers; the model is judged later."""

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from limner.api.asgi import Scope, header, request_id
from limner.api.wire.images import Form
from limner.errors import InvalidParams
from limner.fetch.guard import LONGEST_URL
from limner.generation.request import GenerationRequest

WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*([0-9]{1,9})(?=$|[,;\s])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """How the caller wants to be answered."""

    form: Form | None
    """How pictures are to be answered; None leaves it to the model's habit."""
    wait_s: float
    """Seconds until the caller is sent away with a job id."""
    preference: str | None
    """The `Prefer` as far as it was followed, to be told back."""
    stream: bool
    """Whether to tell what happens as it happens; then nobody is sent away."""


def read_wish(
    scope: Scope, body: dict[str, object], most_s: float
) -> tuple[GenerationRequest, Wish]:
    """Raises InvalidParams for what the edge itself can judge.

    The two are apart because the request may be large and the wait long.
    """
    fields = dict(body)
    model, prompt, n = (fields.pop(name, None) for name in ("model", "prompt", "n"))
    form = read_form(fields.pop("response_format", None))
    stream = read_switch("stream", fields.pop("stream", None)) or in_query(scope, "stream")
    at_once = read_background(fields)
    preferred = preferred_wait(scope)
    wait_s = 0.0 if at_once else most_s if preferred is None else min(preferred, most_s)
    request = GenerationRequest(
        model=model,
        prompt=prompt,
        n=n,
        partial_images=fields.pop("partial_images", None),
        streamed=stream,
        store=read_switch("store", fields.pop("store", None)),
        cache=read_maybe("cache", fields.pop("cache", None)),
        webhook_url=read_webhook(fields.pop("webhook_url", None)),
        given=fields,
        request_id=request_id(scope),
        strict=header_switch(scope, b"x-strict-params"),
        lone=header_switch(scope, b"x-disable-fallback"),
    )
    told = None if preferred is None or stream else f"wait={wait_s:.0f}"
    return request, Wish(form, wait_s, told, stream)


def header_switch(scope: Scope, name: bytes) -> bool:
    return (header(scope, name) or "").strip().lower() in ("true", "1")


def read_song_wish(
    scope: Scope, body: dict[str, object], most_s: float
) -> tuple[GenerationRequest, Wish]:
    """The same for music, whose `response_format` is a format of sound: the model's to judge."""
    fields = dict(body)
    sound = fields.pop("response_format", None)
    request, wish = read_wish(scope, fields, most_s)
    given = {**request.given, "response_format": sound}
    return replace(request, task="music", given=given), wish


def read_form(value: object) -> Form | None:
    if value is None or value == "url" or value == "b64_json":
        return value
    raise InvalidParams(
        "response_format must be one of url, b64_json; nothing was charged", param="response_format"
    )


def read_webhook(value: object) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= LONGEST_URL):
        return value
    raise InvalidParams(
        f"webhook_url must be a URL of at most {LONGEST_URL} characters; nothing was charged",
        param="webhook_url",
    )


def read_switch(name: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return value is True
    raise InvalidParams(f"{name} must be true or false; nothing was charged", param=name)


def read_maybe(name: str, value: object) -> bool | None:
    """A switch that may be left to the workspace."""
    return None if value is None else read_switch(name, value)


def in_query(scope: Scope, name: str) -> bool:
    """Whether a switch is on in the query: `True`, `true` or `1`."""
    if not scope["query_string"]:
        return False
    values = parse_qs(scope["query_string"].decode("latin-1")).get(name, [])
    return any(value.lower() in ("true", "1") for value in values)


def read_background(fields: dict[str, object]) -> bool:
    """Whether `background` is the flag for "do not wait"; a backdrop is left for the model."""
    if not isinstance(fields.get("background"), bool):
        return False
    return bool(fields.pop("background"))


def preferred_wait(scope: Scope) -> int | None:
    """N of `Prefer: wait=N`."""
    found = WAIT.search(header(scope, b"prefer") or "")
    return int(found[1]) if found else None
