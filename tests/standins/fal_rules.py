"""What models at fal take, found out by the machine that is to draw."""

import base64
import binascii
import io
import re
from dataclasses import dataclass
from typing import Any

from PIL import Image

URI = re.compile(r"data:(image/(?:png|jpeg|webp));base64,([A-Za-z0-9+/]+=*)")
KEY = re.compile(r"Key [!-~]+")

PLAIN = {"prompt", "seed", "num_images", "output_format"}
CHECKED, SIZED = {"enable_safety_checker"}, {"image_size"}
STEERED = {"num_inference_steps", "guidance_scale"}
TOLERANT, EXTENDS = {"safety_tolerance"}, {"enhance_prompt"}
JPEG_PNG = ("jpeg", "png")


@dataclass(frozen=True, slots=True)
class Rules:
    fields: frozenset[str]
    pictures: str = ""
    most_pictures: int = 1
    mask: bool = False
    tolerances: int = 6
    formats: tuple[str, ...] = JPEG_PNG
    most: int = 4
    upscales: bool = False
    most_steps: int = 50


def rules(*groups: set[str], **others: Any) -> Rules:
    """A model's rules; a picture's field and a number of pictures are added where they belong."""
    fields = PLAIN.union(*groups, {others.get("pictures", "prompt")})
    fields -= {"num_images"} if others.get("most") == 1 else set()
    return Rules(frozenset(fields), **others)


FLUX_1 = (CHECKED, SIZED, STEERED)
FLUX_2 = (*FLUX_1, {"enable_prompt_expansion"})
PRO = (CHECKED, SIZED, TOLERANT)
MANY: dict[str, Any] = {"pictures": "image_urls", "most_pictures": 8}
ANY_FORMAT = ("jpeg", "png", "webp")
MODELS: dict[str, Rules] = {
    "fal-ai/flux/schnell": rules(*FLUX_1, most_steps=12),
    "fal-ai/flux/dev": rules(*FLUX_1),
    "fal-ai/flux/krea": rules(*FLUX_1),
    "fal-ai/flux-2": rules(*FLUX_2, formats=ANY_FORMAT),
    "fal-ai/flux-2/edit": rules(
        *FLUX_2, formats=ANY_FORMAT, pictures="image_urls", most_pictures=4
    ),
    "fal-ai/flux-2-pro": rules(*PRO, most=1, tolerances=5),
    "fal-ai/flux-2-pro/edit": rules(*PRO, most=1, tolerances=5, **MANY),
    "fal-ai/flux-2-max": rules(*PRO, most=1, tolerances=5),
    "fal-ai/flux-2-max/edit": rules(*PRO, most=1, tolerances=5, **MANY),
    "fal-ai/flux-2-flex": rules(*PRO, STEERED, most=1, tolerances=5),
    "fal-ai/flux-2-flex/edit": rules(*PRO, STEERED, most=1, tolerances=5, **MANY),
    "fal-ai/flux-pro/v1.1": rules(SIZED, TOLERANT, EXTENDS),
    "fal-ai/flux-pro/v1.1-ultra": rules({"aspect_ratio", "raw"}, TOLERANT, EXTENDS),
    "fal-ai/flux-pro/kontext/text-to-image": rules(
        {"aspect_ratio", "guidance_scale"}, TOLERANT, EXTENDS
    ),
    "fal-ai/flux-pro/kontext": rules(
        {"aspect_ratio", "guidance_scale"}, TOLERANT, EXTENDS, pictures="image_url"
    ),
    "fal-ai/flux-pro/kontext/max/text-to-image": rules(
        {"aspect_ratio", "guidance_scale"}, TOLERANT, EXTENDS
    ),
    "fal-ai/flux-pro/kontext/max": rules(
        {"aspect_ratio", "guidance_scale"}, TOLERANT, EXTENDS, pictures="image_url"
    ),
    "fal-ai/flux-pro/v1/fill": rules(
        {"mask_url"}, TOLERANT, EXTENDS, pictures="image_url", mask=True
    ),
    "fal-ai/clarity-upscaler": Rules(
        frozenset(
            {"image_url", "prompt", "negative_prompt", "upscale_factor", "creativity", "seed"}
            | {"resemblance"} | CHECKED | STEERED
        ),
        pictures="image_url",
        most=1,
        upscales=True,
    ),
}  # fmt: skip


class Refused(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def wrong(name: str, message: str, kind: str = "value_error") -> Refused:
    return Refused(422, {"detail": [{"loc": ["body", name], "msg": message, "type": kind}]})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as it will be drawn."""

    n: int = 1
    width: int = 1024
    height: int = 1024
    format: str = "png"
    seed: int = 42


def check_key(headers: dict[str, str]) -> None:
    key = headers.get("authorization", "")
    if not KEY.fullmatch(key) or key.startswith("Key wrong"):
        raise Refused(401, {"detail": "Cannot access application. Authentication is required"})


def wanted(model: str, body: dict[str, Any]) -> Wanted:
    """What a runner makes of an order. Raises Refused."""
    known = MODELS[model]
    for name in body:
        if name not in known.fields:
            raise wrong(name, "Extra inputs are not permitted", "extra_forbidden")
    if not isinstance(body.get("prompt"), str) and not known.upscales:
        raise wrong("prompt", "Field required", "missing")
    check_values(known, body)
    given = pictures(known, body)
    size = size_of(known, body, given)
    return Wanted(
        body.get("num_images", 1), *size, body.get("output_format", "png"), body.get("seed", 42)
    )


def check_values(known: Rules, body: dict[str, Any]) -> None:
    numbers: tuple[tuple[str, float, float], ...] = (
        ("num_images", 1, known.most),
        ("num_inference_steps", 1, known.most_steps),
        ("guidance_scale", 0, 20),
        ("upscale_factor", 1, 4),
        ("creativity", 0, 1),
        ("resemblance", 0, 1),
    )
    for name, least, largest in numbers:
        value = body.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(name, "Input should be a number")
        if not least <= value <= largest:
            raise wrong(name, f"Input should be {least} to {largest}")
    tolerances = [str(number) for number in range(1, known.tolerances + 1)]
    if body.get("safety_tolerance", "2") not in tolerances:
        raise wrong("safety_tolerance", f"Input should be one of {tolerances}")
    if body.get("output_format", "png") not in known.formats:
        raise wrong("output_format", "Input should be one of the formats")


def pictures(known: Rules, body: dict[str, Any]) -> list[bytes]:
    if not known.pictures:
        return []
    told = body.get(known.pictures)
    uris = told if known.pictures == "image_urls" else [told]
    if not isinstance(uris, list) or not 1 <= len(uris) <= known.most_pictures:
        raise wrong(known.pictures, "Field required", "missing")
    given = [unpacked(known.pictures, uri) for uri in uris]
    if known.mask:
        mask, picture = unpacked("mask_url", body.get("mask_url")), given[0]
        if opened("mask_url", mask).size != opened("image_url", picture).size:
            raise wrong("mask_url", "Needs to match the dimensions of the image")
    return given


def unpacked(name: str, uri: object) -> bytes:
    found = URI.fullmatch(str(uri))
    if found is None:
        raise wrong(name, "Could not be downloaded", "file_download_error")
    try:
        return base64.b64decode(found[2], validate=True)
    except binascii.Error:
        raise wrong(name, "Could not be read", "image_load_error") from None


def opened(name: str, data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data))
    except OSError:
        raise wrong(name, "Could not be read", "image_load_error") from None


def size_of(known: Rules, body: dict[str, Any], given: list[bytes]) -> tuple[int, int]:
    if known.upscales:
        width, height = opened("image_url", given[0]).size
        factor = body.get("upscale_factor", 2)
        return round(width * factor), round(height * factor)
    if "image_size" in body:
        size = body["image_size"]
        return size["width"], size["height"]
    if given:
        return opened("image_url", given[0]).size
    across, _, down = str(body.get("aspect_ratio", "1:1")).partition(":")
    return 64 * int(across), 64 * int(down)
