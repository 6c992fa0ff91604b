"""What xAI accepts and what it charges: fields, shapes and qualities of each model, in ticks."""

import io
from dataclasses import dataclass
from typing import Any

import pybase64
from PIL import Image

TICKS = 10**10
"""Of one US dollar."""
RATIOS = [
    *("1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "9:19.5", "19.5:9", "9:20", "20:9"),
    *("1:2", "2:1", "auto"),
]
EDGES = {"1k": 1024, "1.5k": 1536, "2k": 2048}
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rules:
    """`prices` in thousandths of a dollar, by quality and resolution; the first fits all others."""

    ratios: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    sources: int = 0
    prices: tuple[tuple[str, str, int], ...] = ()
    source_price: int = 0

    @property
    def fields(self) -> set[str]:
        named = {"model", "prompt", "n", "response_format", "user"}
        named |= {"aspect_ratio", "resolution"} if self.ratios else set()
        return named | ({"quality"} if self.qualities else set())


NEWEST = Rules(
    (*RATIOS, "21:9", "5:2"),
    ("1k", "1.5k", "2k"),
    ("auto", "low", "medium"),
    5,
    (("low", "1k", 40), ("low", "", 60), ("medium", "1k", 60), ("medium", "", 80)),
    10,
)
REDIRECTED = Rules(NEWEST.ratios, ("1k", "2k"), (), 5, NEWEST.prices, 10)
MODELS = {
    "grok-imagine-image-2.0": NEWEST,
    "grok-imagine-image": Rules(tuple(RATIOS), ("1k", "2k"), (), 3, (("", "", 20),), 2),
    "grok-imagine-image-quality": REDIRECTED,
    "grok-imagine-image-pro": REDIRECTED,
    "grok-2-image-1212": Rules(prices=(("", "", 70),)),
}


class Refused(Exception):
    """A refusal in xAI's words; `envelope` says in which of its forms they come."""

    def __init__(self, status: int, text: str, envelope: str = "flat") -> None:
        super().__init__(text)
        self.status, self.text, self.envelope = status, text, envelope

    def body(self) -> dict[str, Any]:
        if self.envelope == "nested":
            return {"error": {"message": self.text, "type": None, "param": None, "code": None}}
        told = {"error": self.text}
        return {"code": str(self.status), **told} if self.envelope == "flat" else told


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that came in, as a `data:` URI."""

    data: bytes
    width: int
    height: int


def check_key(headers: dict[str, str]) -> None:
    said = headers.get("authorization", "")
    if not said.startswith("Bearer "):
        raise Refused(401, "Missing or malformed authorization header", "bare")
    if not said.startswith(("Bearer sk-", "Bearer xai-")):
        raise Refused(400, "Incorrect API key provided: wr***. You can obtain an API key there.")


def check(headers: dict[str, str], wanted: dict[str, Any], *, edit: bool) -> None:
    """Refuse what xAI refuses: key, type of body, model, names of fields, their values."""
    check_key(headers)
    if headers.get("content-type") != "application/json":
        raise Refused(415, "Expected request with `Content-Type: application/json`", "bare")
    model = str(wanted.get("model", ""))
    if model not in MODELS:
        raise Refused(404, f"The model {model} does not exist or your team has no access to it.")
    rules = MODELS[model]
    for name in wanted:
        if name not in rules.fields and not (edit and name in ("image", "images")):
            raise Refused(400, f"Argument not supported: {name}")
    for name, values in (
        ("aspect_ratio", rules.ratios),
        ("resolution", rules.resolutions),
        ("quality", rules.qualities),
        ("response_format", ("url", "b64_json")),
    ):
        if name in wanted and wanted[name] not in values:
            raise Refused(422, f"Failed to deserialize: {name}: unknown variant", "bare")
    prompt, n = wanted.get("prompt"), wanted.get("n", 1)
    if not isinstance(prompt, str) or not prompt:
        raise Refused(400, "Prompt is required", "nested")
    if not isinstance(n, int) or not 1 <= n <= 10:
        raise Refused(400, "n must be between 1 and 10", "nested")


def sources_of(wanted: dict[str, Any]) -> list[Source]:
    """The pictures of an edit, the first first. Raises Refused."""
    if ("image" in wanted) == ("images" in wanted):
        raise Refused(400, "Provide either image or images", "nested")
    named = [wanted["image"]] if "image" in wanted else wanted["images"]
    if len(named) > MODELS[wanted["model"]].sources:
        raise Refused(400, "Too many images", "nested")
    return [read(one) for one in named]


def read(named: Any) -> Source:
    if not isinstance(named, dict) or named.keys() != {"type", "url"}:
        raise Refused(422, "Failed to deserialize: image", "bare")
    head, _, text = str(named["url"]).partition(";base64,")
    kind = head.removeprefix("data:image/").upper()
    try:
        data = pybase64.b64decode(text, validate=True)
        with Image.open(io.BytesIO(data)) as image:
            fits = image.format == kind and kind in ("PNG", "JPEG", "WEBP")
            size = image.size
    except (ValueError, OSError):
        raise Refused(400, "The image cannot be decoded") from None
    if not fits or len(data) > 10 * MEGABYTE:
        raise Refused(400, "Unsupported image type or size")
    return Source(data, *size)


def served_quality(wanted: dict[str, Any], *, edit: bool) -> str:
    """What `auto` is today, and what names that lead elsewhere are served with."""
    quality = str(wanted.get("quality", "auto" if MODELS[wanted["model"]].qualities else "low"))
    return ("medium" if edit else "low") if quality == "auto" else quality


def ticks(wanted: dict[str, Any], pictures: int, sources: int) -> int:
    """What a call costs; whether sources count once or per picture nobody knows: here, once."""
    rules = MODELS[wanted["model"]]
    quality = served_quality(wanted, edit=bool(sources))
    resolution = wanted.get("resolution", "1k")
    each = next(
        price
        for named, at, price in rules.prices
        if named in ("", quality) and at in ("", resolution)
    )
    return (each * pictures + rules.source_price * sources) * TICKS // 1000


def pixels(wanted: dict[str, Any], sources: list[Source]) -> tuple[int, int]:
    """About the area of the resolution, in the ratio asked for or that of a single source."""
    edge = EDGES[wanted.get("resolution", "1k")]
    ratio = wanted.get("aspect_ratio", "auto")
    shape = 1.0
    if len(sources) == 1:
        shape = sources[0].width / sources[0].height
    elif ratio != "auto":
        wide, _, high = ratio.partition(":")
        shape = float(wide) / float(high)
    return max(16, round(edge * shape**0.5 / 16) * 16), max(16, round(edge / shape**0.5 / 16) * 16)
