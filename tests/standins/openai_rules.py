"""What OpenAI accepts: the fields, sizes and qualities of each model, and its token figures."""

import math
from typing import Any

OLD_QUALITY = frozenset({"low", "medium", "high", "auto"})
NEW_QUALITY = OLD_QUALITY | {"xhigh", "max"}
FIXED = frozenset({"1024x1024", "1536x1024", "1024x1536", "auto"})
FREE: frozenset[str] = frozenset()
SMALL = frozenset({"256x256", "512x512", "1024x1024"})
WIDE = frozenset({"1024x1024", "1792x1024", "1024x1792"})

MODELS: dict[str, tuple[frozenset[str], frozenset[str], int, int]] = {
    "dall-e-2": (SMALL, frozenset({"standard"}), 10, 1000),
    "dall-e-3": (WIDE, frozenset({"standard", "hd"}), 1, 4000),
    "gpt-image-1": (FIXED, OLD_QUALITY, 10, 32000),
    "gpt-image-1-mini": (FIXED, OLD_QUALITY, 10, 32000),
    "gpt-image-1.5": (FIXED, OLD_QUALITY, 10, 32000),
    "chatgpt-image-latest": (FIXED, OLD_QUALITY, 10, 32000),
    "gpt-image-2": (FREE, OLD_QUALITY, 10, 32000),
    "gpt-image-2.5-flare": (FREE, NEW_QUALITY, 10, 32000),
    "gpt-image-2.5-sunburst": (FREE, NEW_QUALITY, 10, 32000),
    "gpt-image-2.6-flare": (FREE, NEW_QUALITY, 10, 32000),
    "gpt-image-2.6-sunburst": (FREE, NEW_QUALITY, 10, 32000),
}
"""Model -> sizes (FREE: multiples of 16), qualities, most pictures, most characters of prompt."""

SHARED = frozenset({"model", "prompt", "n", "size", "quality", "user"})
DALL_E = SHARED | {"response_format"}
GPT_IMAGE = SHARED | {
    *("background", "output_format", "output_compression", "moderation", "stream"),
    *("partial_images", "safety_identifier"),
}
VALUES = {
    "background": {"transparent", "opaque", "auto"},
    "output_format": {"png", "jpeg", "webp"},
    "moderation": {"auto", "low"},
    "complexity": {"low", "medium", "high"},
    "style": {"vivid", "natural"},
    "response_format": {"url", "b64_json"},
}
FACTORS = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}


class Refused(Exception):
    """An error envelope of OpenAI's."""

    def __init__(
        self,
        message: str,
        code: str | None = "invalid_value",
        param: str | None = None,
        *,
        type: str = "invalid_request_error",
        status: int = 400,
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.param = message, code, param
        self.type, self.status = type, status

    def body(self) -> dict[str, str | None]:
        return {
            "message": self.message,
            "type": self.type,
            "param": self.param,
            "code": self.code,
        }


def check(headers: dict[str, str], wanted: dict[str, Any]) -> None:
    """Refuse what OpenAI refuses, in its order: key, model, names of fields, their values."""
    check_key(headers)
    model = wanted.get("model", "dall-e-2")
    if model not in MODELS:
        raise Refused(f"The model '{model}' does not exist.", "model_not_found", status=404)
    fields = fields_of(model)
    for name in wanted:
        if name not in fields:
            raise Refused(f"Unknown parameter: '{name}'.", "unknown_parameter", name)
    check_values(model, wanted)


def check_key(headers: dict[str, str]) -> None:
    if not headers.get("authorization", "").startswith("Bearer sk-"):
        raise Refused("Incorrect API key provided: sk-***.", "invalid_api_key", status=401)


def fields_of(model: str) -> frozenset[str]:
    if not model.startswith("dall-e-"):
        return GPT_IMAGE | ({"complexity"} if model.startswith("gpt-image-2.6-") else set())
    return DALL_E | {"style"} if model == "dall-e-3" else DALL_E


def check_values(model: str, wanted: dict[str, Any]) -> None:
    sizes, qualities, most, characters = MODELS[model]
    prompt = wanted.get("prompt")
    if not isinstance(prompt, str) or not 1 <= len(prompt) <= characters:
        raise Refused("Invalid prompt.", "invalid_value", "prompt")
    if not 1 <= wanted.get("n", 1) <= most:
        raise Refused("Invalid 'n'.", "invalid_value", "n")
    if wanted.get("quality", "auto") not in qualities | {"auto"}:
        raise Refused("Invalid quality.", "invalid_value", "quality")
    if not size_fits(wanted.get("size", "auto"), sizes):
        raise Refused("Invalid size.", "invalid_value", "size")
    for name, allowed in VALUES.items():
        if name in wanted and wanted[name] not in allowed:
            raise Refused(f"Invalid {name}.", "invalid_value", name)
    check_combinations(wanted)


def check_combinations(wanted: dict[str, Any]) -> None:
    if "partial_images" in wanted and not wanted.get("stream"):
        raise Refused("partial_images needs stream.", "invalid_value", "partial_images")
    if not 0 <= wanted.get("partial_images", 0) <= 3:
        raise Refused("Invalid partial_images.", "invalid_value", "partial_images")
    png = wanted.get("output_format", "png") == "png"
    if not 0 <= wanted.get("output_compression", 100) <= 100 or (
        png and wanted.get("output_compression", 100) != 100
    ):
        raise Refused("Invalid output_compression.", "invalid_value", "output_compression")


def size_fits(size: str, sizes: frozenset[str]) -> bool:
    if size == "auto" or sizes:
        return size == "auto" or size in sizes
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        return False
    sides = sorted((int(width), int(height)))
    fits = sides[0] * 3 >= sides[1] and sides[1] <= 3840 and sides[0] % 16 == sides[1] % 16 == 0
    return fits and 655_360 <= sides[0] * sides[1] <= 8_294_400


def tokens(size: str, quality: str) -> int:
    """Image tokens of one picture by the area formula of GPT Image 2.5."""
    short, long = sorted(map(int, size.split("x")))
    factor = FACTORS.get(quality, 24)
    steps = math.floor(factor * short / long + 0.5)
    return math.ceil(factor * steps * (2_000_000 + short * long) / 4_000_000)
