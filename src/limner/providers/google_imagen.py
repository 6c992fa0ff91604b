"""Imagen: `:predict`, up to four pictures a call, each of which may be filtered on its own.

Google has switched it off; whoever still has a host that answers is spoken to as before.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from limner.providers.base import Generated, ImageData, Order
from limner.providers.cuts import cut, picture, words
from limner.providers.failures import failure, not_taken
from limner.providers.google_errors import WHO
from limner.providers.google_words import with_unwanted
from limner.providers.http import Reply

CODES: Mapping[str, tuple[str, ...]] = {
    "child": ("58061214", "17301594"),
    "celebrity": ("29310472", "15236754"),
    "dangerous": ("62263041",),
    "hate": ("57734940", "22137204"),
    "people": ("39322892",),
    "personal information": ("92201652",),
    "prohibited": ("89371032", "49114662", "72817394"),
    "sexual": ("90789179", "63429089", "43188360"),
    "toxic": ("78610348",),
    "violence": ("61493863", "56562880"),
    "vulgar": ("32635315",),
}
"""Google's support codes, by what they stand for."""
ONE_SIZE = ("imagen-3.0-", "imagen-4.0-fast-")
"""Models that draw at one size and have no word for it."""
NEGATIVE_PROMPT = re.compile(r"imagen-3\.0-(?:fast-)?generate-001")
"""Models that had a field for what is not wanted, on Vertex."""


class Prediction(msgspec.Struct, frozen=True, rename="camel"):
    bytes_base64_encoded: str | None = None
    prompt: str | None = None
    rai_filtered_reason: str | None = None


class Answer(msgspec.Struct, frozen=True):
    predictions: list[Prediction] = []


def request_body(order: Order, host: str) -> bytes:
    """The JSON that is sent. Fields that one of the hosts refuses are not sent there."""
    check(order, host)
    params: dict[str, Any] = {"sampleCount": order.n, "includeRaiReason": True}
    told = {"aspect_ratio": "aspectRatio", "image_size": "sampleImageSize"}
    if order.upstream_model.startswith(ONE_SIZE):
        del told["image_size"]
    if has_negative_prompt(order, host):
        told["negative_prompt"] = "negativePrompt"
    params |= {told[name]: value for name, value in order.params.items() if name in told}
    if people := order.params.get("person_generation"):
        params["personGeneration"] = people
    params["outputOptions"] = output_options(order)
    if host == "vertex" and "seed" in order.params:
        params |= {"seed": order.params["seed"], "addWatermark": False, "enhancePrompt": False}
    return msgspec.json.encode(
        {"instances": [{"prompt": prompt(order, host)}], "parameters": params}
    )


def output_options(order: Order) -> dict[str, Any]:
    options: dict[str, Any] = {"mimeType": f"image/{order.output_format}"}
    if order.output_format == "jpeg" and "output_compression" in order.params:
        options["compressionQuality"] = order.params["output_compression"]
    return options


def has_negative_prompt(order: Order, host: str) -> bool:
    return host == "vertex" and NEGATIVE_PROMPT.fullmatch(order.upstream_model) is not None


def prompt(order: Order, host: str) -> str:
    """What is not wanted is said in the prompt where it has no field of its own."""
    return order.prompt if has_negative_prompt(order, host) else with_unwanted(order)


def check(order: Order, host: str) -> None:
    """Raises ProviderError for what this host does not take."""
    if order.task != "generate":
        raise not_taken("Imagen draws new pictures only")
    if host == "google" and "seed" in order.params:
        raise not_taken("Imagen takes a seed on Vertex only")
    if host == "google" and order.params.get("person_generation") == "allow_all":
        raise not_taken("Imagen takes person_generation allow_all on Vertex only")
    if order.output_format not in ("png", "jpeg"):
        raise not_taken(f"Imagen gives PNG and JPEG, not {order.output_format}")


def read_reply(reply: Reply, order: Order, host: str) -> Generated:
    """The pictures that were not filtered; what was is said, and Google does not bill it.

    Raises ProviderError where all were.
    """
    skeleton, cuts = cut(reply.content)
    try:
        predictions = msgspec.json.decode(skeleton, type=Answer).predictions
    except msgspec.MsgspecError:
        raise failure(WHO, "ran", detail="HTTP 200, which cannot be read") from None
    images = tuple(
        ImageData(picture(one.bytes_base64_encoded, cuts), "base64", words(one.prompt, cuts))
        for one in predictions
        if one.bytes_base64_encoded
    )[: order.n]
    filtered = [one.rai_filtered_reason for one in predictions if one.rai_filtered_reason]
    if not images:
        raise failure(WHO, "ran", "content_policy_violation", detail=why(filtered))
    return Generated(
        images, warnings=tuple(f"google left a picture out: {why([one])}" for one in filtered)
    )


def why(filtered: list[str]) -> str:
    """What the codes in Google's sentences stand for."""
    said = " ".join(filtered)
    found = [name for name, codes in CODES.items() if any(code in said for code in codes)]
    return ", ".join(found) or "filtered for its content"
