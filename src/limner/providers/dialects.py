"""How servers that speak nearly as OpenAI does differ: in the names of fields, and in what they do.

A dialect says which of limner's parameters a server is told, and under which name. What it has no
name for is not sent, and the answer says so. Each row is from a server's own source.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from limner.providers.base import Order, Scalar

SHAPE = frozenset({"size", "aspect_ratio", "image_size"})
"""Told as pixels by all of them."""
OWN = frozenset({"output_format", "user"})
"""Told in another way, or not a server's business."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`names` maps limner's parameters to the server's fields; `most` is pictures in one call."""

    names: Mapping[str, str]
    most: int = 10
    size: bool = True
    """Whether the shape is told as `size`, else as `width` and `height`."""
    response_format: str | None = "b64_json"
    formats: tuple[str, ...] = ("png", "jpeg", "webp")
    """What it can be told to encode; the first comes when it cannot be told the one wanted."""
    splits_prompt: bool = False
    """Whether `|` in a prompt parts what is wanted from what is not."""
    edits: bool = True
    masks: bool = False
    untold: frozenset[tuple[str, Scalar]] = frozenset({("quality", "auto")})
    """Values that go without saying, or that a server has no word for."""


DIFFUSERS: Mapping[str, str] = {
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
    "true_cfg_scale": "true_cfg_scale",
    "negative_prompt": "negative_prompt",
    "seed": "seed",
    "output_compression": "output_compression",
}

OPENAI = ("quality", "style", "background", "output_compression", "moderation", "seed")
"""What whoever speaks OpenAI's wire is told under OpenAI's names."""

DIALECTS: Mapping[str, Dialect] = {
    # Whatever else speaks OpenAI's wire: it is told what OpenAI would be, and asked for base64.
    "openai": Dialect({name: name for name in OPENAI}, masks=True),
    # SGLang's diffusion server. Without output_format it gives JPEG. Of backgrounds it knows one.
    "sglang": Dialect(
        {**DIFFUSERS, "background": "background"},
        untold=frozenset({("background", "auto"), ("background", "opaque")}),
    ),
    # vLLM-Omni refuses a model it does not serve under that very name.
    "vllm_omni": Dialect(DIFFUSERS),
    # LocalAI takes guidance and the like from its own model files.
    "localai": Dialect(
        {"steps": "step", "seed": "seed"}, formats=("png",), splits_prompt=True, edits=False
    ),
    # Together AI: its own word for base64, pixels apart, and items that carry their number.
    "together": Dialect(
        {
            "steps": "steps",
            "guidance": "guidance_scale",
            "negative_prompt": "negative_prompt",
            "seed": "seed",
        },
        most=4,
        size=False,
        response_format="base64",
        formats=("jpeg", "png"),
        edits=False,
    ),
}


def encoding(dialect: Dialect, order: Order) -> str:
    """The format the server is told; the wanted one where it can make it."""
    return order.output_format if order.output_format in dialect.formats else dialect.formats[0]


def fields(dialect: Dialect, order: Order, seed: int | None) -> dict[str, Scalar]:
    """What a server is told in words, built of what its dialect has names for."""
    body: dict[str, Scalar] = {
        "model": order.upstream_model,
        "prompt": prompt(dialect, order),
        "n": order.n,
    }
    if dialect.size:
        body["size"] = f"{order.width}x{order.height}"
    else:
        body |= {"width": order.width, "height": order.height}
    told = {name: value for name, value in order.params.items() if name in dialect.names}
    told = {name: value for name, value in told.items() if (name, value) not in dialect.untold}
    body |= {dialect.names[name]: value for name, value in told.items()}
    if seed is not None and "seed" in dialect.names:
        body["seed"] = seed
    if len(dialect.formats) > 1:
        body["output_format"] = encoding(dialect, order)
    if dialect.response_format:
        body["response_format"] = dialect.response_format
    return body


def prompt(dialect: Dialect, order: Order) -> str:
    """The prompt; where `|` means something it is replaced, and what is not wanted comes behind."""
    if not dialect.splits_prompt:
        return order.prompt
    wanted = order.prompt.replace("|", ",")
    unwanted = str(order.params.get("negative_prompt", "")).replace("|", ",")
    return f"{wanted}|{unwanted}" if unwanted else wanted


def unsaid(dialect: Dialect, order: Order) -> tuple[str, ...]:
    """One line for each parameter that this server has no name for."""
    told = {*dialect.names, *SHAPE, *OWN}
    if dialect.splits_prompt:
        told.add("negative_prompt")
    lost = [
        f"{name} was not sent: the server that drew this has no such parameter"
        for name in order.given
        if name not in told
    ]
    if encoding(dialect, order) != order.output_format:
        lost.append(f"the server that drew this cannot make {order.output_format}")
    return tuple(lost)
