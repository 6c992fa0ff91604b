"""What xAI is told: declared fields alone, shapes as a ratio and a resolution, pictures inline."""

import hashlib
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from limner.providers.base import InputImage, Order, Scalar
from limner.providers.inline import data_uri

Source: TypeAlias = dict[str, str | msgspec.Raw]
Value: TypeAlias = Scalar | Source | list[Source]

WITHOUT_SHAPES = ("grok-2-image",)
"""Models of before Grok Imagine, which have one size and know no word for it."""


def request_body(order: Order) -> bytes:
    """The JSON of a generation or an edit; `size` and whatever else is unknown would be refused."""
    body: dict[str, Value] = {
        "model": order.upstream_model,
        "prompt": order.prompt,
        "n": order.n,
        "response_format": "b64_json",
    }
    if not order.upstream_model.startswith(WITHOUT_SHAPES):
        body.update(shape(order))
    if "quality" in order.params:
        body["quality"] = order.params["quality"]
    if user := str(order.params.get("user", "")):
        body["user"] = hashlib.sha256(user.encode()).hexdigest()
    if len(order.images) == 1:
        body["image"] = source(order.images[0])
    elif order.images:
        body["images"] = [source(image) for image in order.images]
    return msgspec.json.encode(body)


def shape(order: Order) -> Iterator[tuple[str, str]]:
    """Sent even where it is the default, because the default has changed before."""
    if not keeps_its_shape(order):
        yield "aspect_ratio", str(order.params.get("aspect_ratio", "auto"))
    yield "resolution", str(order.params.get("image_size", "1K")).lower()


def keeps_its_shape(order: Order) -> bool:
    """An edit of a single picture has that picture's ratio, whatever is asked for."""
    return len(order.images) == 1


def unmet(order: Order) -> tuple[str, ...]:
    """What the answer has to say about a shape that could not be asked for."""
    wanted = str(order.params.get("aspect_ratio", "auto"))
    if not keeps_its_shape(order) or wanted == "auto":
        return ()
    return (f"xai keeps the shape of a single picture it edits; {wanted} was not asked for",)


def source(image: InputImage) -> Source:
    return {"type": "image_url", "url": data_uri(image)}
