"""What is said to OpenAI in words: the JSON of a generation, and what edits say alike."""

import hashlib
from collections.abc import Mapping

import msgspec

from limner.providers.base import Order, Scalar

DALL_E_FIELDS = {"dall-e-2": ("quality", "user"), "dall-e-3": ("quality", "style", "user")}
GPT_IMAGE_FIELDS = ("quality", "background", "output_compression", "moderation", "complexity")


def dall_e(order: Order) -> str | None:
    """Which DALL-E is asked, if any; a host may have given it a name of its own."""
    named = (order.slug, order.upstream_model)
    return next((name for name in named if name in DALL_E_FIELDS), None)


def is_dall_e(order: Order) -> bool:
    return dall_e(order) is not None


def shows_previews(order: Order) -> bool:
    return order.partial_images > 0 and not is_dall_e(order)


def streams(order: Order) -> bool:
    """Events carry no picture number, so only an order for one picture can be streamed."""
    return order.n == 1 and shows_previews(order)


def request_body(order: Order) -> bytes:
    """The JSON that is sent, built of declared fields; unknown ones would be refused upstream."""
    body: dict[str, Scalar] = {
        "model": order.upstream_model,
        "prompt": order.prompt,
        "n": order.n,
        "size": order.params.get("size", f"{order.width}x{order.height}"),
    }
    fields = DALL_E_FIELDS.get(dall_e(order) or "", GPT_IMAGE_FIELDS)
    body.update({name: order.params[name] for name in fields if is_said(name, order)})
    if is_dall_e(order):
        body["response_format"] = "b64_json"
        return msgspec.json.encode(body)
    body["output_format"] = order.output_format
    if identifier := safety_identifier(order.params):
        body["safety_identifier"] = identifier
    if streams(order):
        body.update(stream=True, partial_images=order.partial_images)
    return msgspec.json.encode(body)


def is_said(name: str, order: Order) -> bool:
    """Whether a field is sent; a compression means nothing for PNG, which loses nothing."""
    lossless = name == "output_compression" and order.output_format == "png"
    return name in order.params and not lossless


def safety_identifier(params: Mapping[str, Scalar]) -> str:
    """The caller's own identifier, else a hash of `user`, which may be a name or an address."""
    if identifier := params.get("safety_identifier"):
        return str(identifier)
    user = str(params.get("user", ""))
    return hashlib.sha256(user.encode()).hexdigest() if user else ""
