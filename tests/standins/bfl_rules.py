"""What Black Forest Labs accepts, model by model, and what it charges for it, in cents."""

import base64
import binascii
import io
import math
import re
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

PLAIN = {"prompt", "seed", "safety_tolerance"}
PIXELS = {"width", "height"}
KEY = re.compile(r"[!-~]+")
INPUT = re.compile(r"input_image(?:_([2-8]))?")


@dataclass(frozen=True, slots=True)
class Rules:
    """One model's fields and prices; `prices` are cents for the first megapixel and each more."""

    fields: frozenset[str]
    prices: tuple[float, float]
    inputs: int = 0
    formats: tuple[str, ...] = ("jpeg", "png")
    multiple: int = 16
    edges: tuple[int, int] = (64, 4096)
    tolerant: int = 5


def rules(*fields: str, first: float, more: float = 0.0, **others: Any) -> Rules:
    return Rules(frozenset(PLAIN | set(fields)), (first, more), **others)


FORMAT, UPSAMPLES = "output_format", "prompt_upsampling"
FLUX_2 = (*PIXELS, FORMAT)
LEGACY: dict[str, Any] = {"multiple": 32, "edges": (256, 1440), "tolerant": 6}
MODELS = {
    "flux-2-pro": rules(*FLUX_2, first=3, more=1.5, inputs=8),
    "flux-2-pro-preview": rules(*FLUX_2, first=3, more=1.5, inputs=8),
    "flux-2-max": rules(*FLUX_2, first=7, more=3, inputs=8),
    "flux-2-flex": rules(
        *FLUX_2, "steps", "guidance", UPSAMPLES, first=5, more=5, inputs=8
    ),
    "flux-2-klein-9b": rules(*FLUX_2, first=1.5, more=0.2, inputs=4),
    "flux-2-klein-4b": rules(*FLUX_2, first=1.4, more=0.1, inputs=4),
    "flux-pro-1.1": rules(*FLUX_2, UPSAMPLES, first=4, **LEGACY),
    "flux-pro-1.1-ultra": rules(
        "aspect_ratio", "raw", UPSAMPLES, FORMAT, first=6,
        formats=("jpeg", "png", "webp"), tolerant=6,
    ),
    "flux-kontext-pro": rules("aspect_ratio", UPSAMPLES, FORMAT, first=4, inputs=1, tolerant=6),
    "flux-kontext-max": rules("aspect_ratio", UPSAMPLES, FORMAT, first=8, inputs=1, tolerant=6),
    "flux-pro-1.0-fill": rules(
        "image", "mask", "steps", "guidance", UPSAMPLES, first=5, tolerant=6
    ),
    "flux-dev": rules(*PIXELS, UPSAMPLES, first=2.5, **LEGACY),
    "flux-pro": rules(*PIXELS, UPSAMPLES, first=5, **LEGACY),
}  # fmt: skip


class Refused(Exception):
    """`body` is one of the three envelopes in use."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def wrong(name: str, message: str) -> Refused:
    fault = {"type": "value_error", "loc": ["body", name], "msg": message}
    return Refused(422, {"detail": [fault]})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order that was accepted."""

    model: str
    width: int
    height: int
    format: str
    seed: int
    inputs: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def cost(self) -> float:
        first, more = MODELS[self.model].prices
        return first + more * (max(0, self.output_mp - 1) + self.input_mp)

    @property
    def output_mp(self) -> int:
        return megapixels(self.width, self.height)

    @property
    def input_mp(self) -> int:
        return sum(megapixels(*opened("input_image", data).size) for data in self.inputs)


def megapixels(width: int, height: int) -> int:
    return math.ceil(width * height / (1024 * 1024))


def check_key(headers: dict[str, str]) -> None:
    if not KEY.fullmatch(headers.get("x-key", "")) or "authorization" in headers:
        raise Refused(403, {"detail": "Not authenticated"})
    if headers["x-key"].startswith("wrong"):
        raise Refused(403, {"detail": "Not authenticated - Invalid Authentication"})


def accepted(model: str, headers: dict[str, str], body: dict[str, Any]) -> Wanted:
    """The order as it will be drawn. Raises Refused."""
    check_key(headers)
    known = MODELS.get(model)
    if known is None:
        raise Refused(404, {"detail": "Not Found"})
    if not isinstance(body.get("prompt"), str):
        raise wrong("prompt", "Field required")
    for name in body:
        numbered = INPUT.fullmatch(name)
        if name not in known.fields and not (numbered and int(numbered[1] or 1) <= known.inputs):
            raise wrong(name, "Extra inputs are not permitted")
    check_values(known, body)
    inputs = pictures(body)
    return Wanted(
        model, *size_of(known, body, inputs), body.get(FORMAT, "jpeg"), body.get("seed", 42), inputs
    )


def check_values(known: Rules, body: dict[str, Any]) -> None:
    most = 2 if "input_image" in body and known.tolerant == 6 else known.tolerant
    numbers = (
        ("safety_tolerance", 0, most),
        ("steps", 1, 50),
        ("guidance", 1.5, 100),
        ("seed", 0, 2**32 - 1),
    )
    for name, least, largest in numbers:
        value = body.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(name, "Input should be a number")
        if not least <= value <= largest:
            raise wrong(name, f"Input should be {least} to {largest}")
    if body.get(FORMAT, "jpeg") not in known.formats:
        raise wrong(FORMAT, "Input should be one of the formats")


def pictures(body: dict[str, Any]) -> tuple[bytes, ...]:
    """What goes in, in its order; a mask last."""
    names = ["image", "input_image", *(f"input_image_{number}" for number in range(2, 9)), "mask"]
    return tuple(unpacked(name, body[name]) for name in names if name in body)


def unpacked(name: str, value: object) -> bytes:
    """Bare base64 of a picture."""
    try:
        data = base64.b64decode(str(value), validate=True)
    except binascii.Error:
        raise wrong(name, "Invalid base64") from None
    opened(name, data)
    return data


def opened(name: str, data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data))
    except OSError:
        raise wrong(name, "Invalid image") from None


def size_of(known: Rules, body: dict[str, Any], inputs: tuple[bytes, ...]) -> tuple[int, int]:
    if "image" in known.fields:
        if not inputs:
            raise wrong("image", "Field required")
        return opened("image", inputs[0]).size
    if not known.fields.issuperset(PIXELS):
        across, _, down = str(body.get("aspect_ratio", "1:1")).partition(":")
        if not (
            across.isdecimal() and down.isdecimal() and 9 / 21 <= int(across) / int(down) <= 21 / 9
        ):
            raise wrong("aspect_ratio", "Must be between 21:9 and 9:21")
        return 64 * int(across), 64 * int(down)
    width, height = body.get("width", 1024), body.get("height", 768)
    for name, edge in (("width", width), ("height", height)):
        if not known.edges[0] <= edge <= known.edges[1] or edge % known.multiple:
            raise wrong(name, "Out of range")
    return width, height
