"""What Alibaba is told, on each of its wires: declared fields alone, and `n` always.

Wan draws and bills four pictures when it is not told how many. Whatever a model's file does not
declare is not among an order's parameters, and so is not sent.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from limner.providers.base import Order, Scalar
from limner.providers.inline import data_uri

AIGC = "/api/v1/services/aigc"
NAMES = ("prompt_extend", "watermark", "seed", "thinking_mode")
OF_REWRITING = ("enable_thinking", "prompt_extend_mode")
"""Known only together with `prompt_extend`."""
NAMES_TIERS = ("wan2.7",)
"""Models that take `2K` for a size, and then keep the shape of pictures that go in."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One of the protocols: `is_task` says that it answers with a task instead of pictures."""

    path: str
    body: Callable[[Order], bytes]
    is_task: bool = False
    takes_pictures: bool = True


def messages_body(order: Order) -> bytes:
    """A chat of one message: the pictures in their order, then the words."""
    content = [*({"image": data_uri(image)} for image in order.images), {"text": order.prompt}]
    return msgspec.json.encode(
        {
            "model": order.upstream_model,
            "input": {"messages": [{"role": "user", "content": content}]},
            "parameters": dict([*parameters(order), *unwanted(order)]),
        }
    )


def prompt_body(order: Order) -> bytes:
    """The older form, where what is not wanted stands beside the prompt."""
    return msgspec.json.encode(
        {
            "model": order.upstream_model,
            "input": {"prompt": order.prompt, **dict(unwanted(order))},
            "parameters": dict(parameters(order)),
        }
    )


def parameters(order: Order) -> Iterator[tuple[str, Scalar]]:
    if size := size_of(order):
        yield "size", size
    yield "n", order.n
    yield from ((name, order.params[name]) for name in NAMES if name in order.params)
    if order.params.get("prompt_extend"):
        yield from ((name, order.params[name]) for name in OF_REWRITING if name in order.params)


def unwanted(order: Order) -> Iterator[tuple[str, Scalar]]:
    if words := order.params.get("negative_prompt"):
        yield "negative_prompt", words


def size_of(order: Order) -> str:
    """`1024*1024`, a tier, or nothing where the model shall choose."""
    size = str(order.params.get("size", ""))
    tier = str(order.params.get("image_size", ""))
    is_open = size == "auto" or (not size and "aspect_ratio" not in order.params)
    if is_open and tier and order.upstream_model.startswith(NAMES_TIERS):
        return tier
    if size == "auto":
        return ""
    return (size or f"{order.width}x{order.height}").replace("x", "*")


MESSAGES = Wire(f"{AIGC}/multimodal-generation/generation", messages_body)
PROTOCOLS: Mapping[str, Wire] = {
    "": MESSAGES,
    "sync_multimodal": MESSAGES,
    "async_multimodal": Wire(f"{AIGC}/image-generation/generation", messages_body, is_task=True),
    "async_text2image": Wire(
        f"{AIGC}/text2image/image-synthesis", prompt_body, is_task=True, takes_pictures=False
    ),
}
