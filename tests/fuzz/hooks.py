"""What schemathesis sends, made to reach deeper: real models, and nothing that ends the run.

It generates words, and no word it generates is a model. So most bodies are given one that exists,
and lose half of the fields whose values only a catalog knows.
"""

import itertools
import os
import re
import zlib
from collections.abc import Sequence
from typing import Any

import schemathesis

DRAWING = ("sketch-1", "gpt-image-2", "imagen-4", "dall-e-3", "gpt-image-1-5", "flux-2-pro")
SINGING = ("suno-v5", "suno-v6", "suno-v4")
OPEN = ("size", "quality", "aspect_ratio", "image_size")
"""Fields whose values stand in the catalog alone."""
HOOK = "https://hooks.example.com/limner"
LONGEST = 2048
LARGEST = 1e9
OWN = frozenset(os.environ.get("LIMNER_OWN_IDS", "").split(","))
"""Ids and names this run lives by: it is not to revoke its own key."""
SPARE = "spare"
NOBODY = os.environ.get("LIMNER_NOBODY") == "1"


def map_body(context: Any, body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    lot = zlib.crc32(repr(sorted(body.items(), key=str)).encode())
    if is_word(body.get("model")):
        models = SINGING if "/music/" in context.operation.path else DRAWING
        body = asking_for(body, models, lot)
    if is_word(body.get("url")) and lot % 4:
        body = body | {"url": HOOK}
    if isinstance(body.get("file"), bytes) and lot % 4:
        body = body | {"file": b"a list of birds"}
    return {name: spendable(value) for name, value in body.items()}


def asking_for(body: dict[str, Any], models: Sequence[str], lot: int) -> dict[str, Any]:
    if lot % 8:
        body = body | {"model": models[lot % len(models)]}
    if lot % 2:
        body = {name: value for name, value in body.items() if name not in OPEN or not value}
    return body


def spendable(value: Any) -> Any:
    """Amounts with as many decimals as credits may have, also those inside limits and options."""
    if isinstance(value, dict):
        return {name: spendable(inner) for name, inner in value.items()}
    return round(value, 3) if isinstance(value, float) and 1 < value < LARGEST else value


KEY = re.compile(r"[A-Za-z0-9_.:-]{1,240}")
numbers = itertools.count(1)
LINK = re.compile(rb"/v1/assets/(\w+)\?exp=(\w+)&sig=([\w-]+)")
links: list[tuple[str, str, str]] = []
"""Of pictures that were drawn in this run; no rule of OpenAPI could take them out of an answer."""


def after_call(context: Any, case: Any, response: Any) -> None:
    links.extend(tuple(part.decode() for part in one) for one in LINK.findall(response.content))
    del links[:-50]


def is_word(value: object) -> bool:
    """A name or address as a body may have it; what is none was made wrong on purpose."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def before_call(context: Any, case: Any, **kwargs: Any) -> None:
    if "/assets/" in case.path and links and zlib.crc32(repr(case.path_parameters).encode()) % 2:
        link = links[-1]
        case.path_parameters = {"asset_id": link[0]}
        case.query = {"exp": link[1], "sig": link[2]}
    given = (case.headers or {}).get("Idempotency-Key", "")
    if case.path == "/v1/files" and KEY.fullmatch(given):
        # A repeated upload is answered with the first file, whatever was sent with it.
        case.headers["Idempotency-Key"] = f"{given}-{next(numbers)}"
    if case.method == "GET" or not case.path.startswith("/v1/admin/"):
        return
    for name, value in (case.path_parameters or {}).items():
        if value in OWN:
            case.path_parameters[name] = SPARE


def nobody_is_served(context: Any, response: Any, case: Any) -> None:
    """Without a key, what is not open to all is refused, whatever else is wrong with a request."""
    public = case.operation.definition.raw["security"] == []
    if NOBODY and not public and response.status_code < 400:
        raise AssertionError(f"{response.status_code} for a key that nobody has")


schemathesis.check(nobody_is_served)
for one in (map_body, before_call, after_call):
    schemathesis.hook(one)
