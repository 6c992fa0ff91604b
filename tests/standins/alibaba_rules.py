"""What Alibaba accepts: which wires a model speaks, its sizes and counts, its parameters."""

import io
import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pybase64
from PIL import Image

SYNC = "/api/v1/services/aigc/multimodal-generation/generation"
TASK = "/api/v1/services/aigc/image-generation/generation"
OLD_TASK = "/api/v1/services/aigc/text2image/image-synthesis"
WRITTEN = re.compile(r"([0-9]{2,5})\*([0-9]{2,5})")
TIERS = {"1K": 1024, "2K": 2048, "4K": 4096}
PRESETS = {"1664*928", "1472*1104", "1328*1328", "1104*1472", "928*1664"}
REWRITING = {"enable_thinking", "prompt_extend_mode"}
USUAL = {"size", "n", "negative_prompt", "prompt_extend", "watermark", "seed"}
Sizes: TypeAlias = Literal["free", "presets", "tiers", "large"]


@dataclass(frozen=True, slots=True)
class Rules:
    most: int
    sizes: Sizes = "free"
    sources: int = 0
    paths: tuple[str, ...] = (SYNC,)
    parameters: frozenset[str] = frozenset(USUAL)
    unasked: int = 1
    """How many it draws when it is not told."""


QWEN = Rules(6, sources=3)
THINKING = Rules(6, sources=3, parameters=frozenset(USUAL | REWRITING))
OF_WAN_7 = frozenset(USUAL - {"prompt_extend"} | {"thinking_mode"})
WAN_7 = Rules(4, "tiers", 9, (SYNC, TASK), OF_WAN_7, unasked=4)
OLD_WAN = Rules(4, paths=(OLD_TASK,), unasked=4)
MODELS = {
    "qwen-image-3.0-pro": THINKING,
    "qwen-image-3.0": THINKING,
    "qwen-image-2.1-pro": Rules(6, sources=10),
    "qwen-image-2.0-pro": QWEN,
    "qwen-image-2.0": QWEN,
    "qwen-image-edit-max": QWEN,
    "qwen-image-edit-plus": QWEN,
    "qwen-image-edit": Rules(1, sources=1),
    "qwen-image-max": Rules(1, "presets"),
    "qwen-image-plus": Rules(1, "presets", paths=(OLD_TASK,)),
    "qwen-image": Rules(1, "presets", paths=(OLD_TASK,)),
    "wan2.7-image-pro": WAN_7,
    "wan2.7-image": WAN_7,
    "wan2.6-t2i": Rules(4, "large", paths=(SYNC, TASK), unasked=4),
    "wan2.5-t2i-preview": OLD_WAN,
    "wan2.2-t2i-plus": OLD_WAN,
    "wan2.2-t2i-flash": OLD_WAN,
    "z-image-turbo": Rules(1, parameters=frozenset({"size", "n", "prompt_extend", "seed"})),
}


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str = "no") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def body(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "request_id": "0f1e-standin"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked order, whichever wire it came by."""

    model: str
    prompt: str
    parameters: dict[str, Any]
    sources: tuple[bytes, ...]

    @property
    def n(self) -> int:
        return int(self.parameters.get("n", MODELS[self.model].unasked))

    @property
    def pixels(self) -> tuple[int, int]:
        """As asked; of what is left open, the shape of the last picture that came in."""
        size = str(self.parameters.get("size", ""))
        if found := WRITTEN.fullmatch(size):
            return int(found[1]), int(found[2])
        edge = TIERS.get(size, 1024)
        if not self.sources:
            return edge, edge
        with Image.open(io.BytesIO(self.sources[-1])) as image:
            shape = image.width / image.height
        return round(edge * shape**0.5 / 16) * 16, round(edge / shape**0.5 / 16) * 16


def check_key(headers: dict[str, str]) -> None:
    if not headers.get("authorization", "").startswith("Bearer sk-"):
        raise Refused(401, "InvalidApiKey", "Invalid API-key provided.")


def accepted(path: str, headers: dict[str, str], body: dict[str, Any]) -> Wanted:
    """Raises Refused, in Alibaba's order: key, model, wire, parameters, content."""
    check_key(headers)
    model = str(body.get("model", ""))
    if model not in MODELS:
        raise Refused(404, "ModelNotFound", "Model not exist.")
    rules = MODELS[model]
    is_task = headers.get("x-dashscope-async") == "enable"
    if path not in rules.paths or is_task != (path != SYNC):
        said = "asynchronous" if is_task else "synchronous"
        raise Refused(403, "AccessDenied", f"current user api does not support {said} calls")
    parameters = body.get("parameters", {})
    prompt, sources = read_input(path, body.get("input", {}))
    if path == OLD_TASK and "negative_prompt" in parameters:
        raise Refused(400, "InvalidParameter", "negative_prompt belongs into input")
    for name in parameters:
        if name not in rules.parameters:
            raise Refused(400, "InvalidParameter", f"{name} is not supported")
    if len(sources) > rules.sources or not prompt:
        raise Refused(400, "InvalidParameter", "input")
    check_parameters(rules, parameters, edits=bool(sources))
    return Wanted(model, prompt, parameters, sources)


def read_input(path: str, given: dict[str, Any]) -> tuple[str, tuple[bytes, ...]]:
    """Prompt and pictures; words and pictures may come in either order."""
    if path == OLD_TASK:
        return str(given.get("prompt", "")), ()
    try:
        (message,) = given["messages"]
        parts = message["content"]
    except (KeyError, ValueError, TypeError):
        raise Refused(400, "InvalidParameter", "messages") from None
    texts = [part["text"] for part in parts if "text" in part]
    return "".join(texts), tuple(opened(part["image"]) for part in parts if "image" in part)


def opened(url: str) -> bytes:
    head, _, text = url.partition(";base64,")
    try:
        data = pybase64.b64decode(text, validate=True)
        with Image.open(io.BytesIO(data)) as image:
            fits = head == f"data:image/{str(image.format).lower()}"
    except (ValueError, OSError):
        fits, data = False, b""
    if not fits or len(data) > 10 * 1024 * 1024:
        raise Refused(400, "InvalidURL", "The image cannot be read.")
    return data


def check_parameters(rules: Rules, given: dict[str, Any], *, edits: bool) -> None:
    if not 1 <= given.get("n", 1) <= rules.most:
        raise Refused(400, "InvalidParameter", "n")
    if not 0 <= given.get("seed", 0) <= 2**31 - 1:
        raise Refused(400, "InvalidParameter", "seed")
    if len(given.get("negative_prompt", "")) > 500:
        raise Refused(400, "InvalidParameter", "negative_prompt")
    if REWRITING & given.keys() and not given.get("prompt_extend"):
        raise Refused(400, "InvalidParameter", "only with prompt_extend")
    if "size" in given and not size_fits(rules.sizes, given["size"], edits=edits):
        raise Refused(400, "InvalidParameter", "size")


def size_fits(sizes: Sizes, size: str, *, edits: bool) -> bool:
    if sizes == "presets":
        return size in PRESETS
    if sizes == "tiers" and size in TIERS:
        return not (edits and size == "4K")
    found = WRITTEN.fullmatch(size)
    if found is None:
        return False
    area = int(found[1]) * int(found[2])
    least, most = (1_625_088, 2_073_600) if sizes == "large" else (512**2, 4096**2)
    return least <= area <= most
