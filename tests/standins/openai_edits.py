"""What OpenAI accepts as an edit: a form of texts and pictures, with rules of its own."""

import re
from typing import Any

from tests.standins.forms import BadForm, FilePart, Form, read_form
from tests.standins.messages import Request
from tests.standins.openai_rules import (
    MODELS,
    Refused,
    check_key,
    check_values,
    fields_of,
)

NUMBERS = ("n", "partial_images", "output_compression")
TAKES_FIDELITY = {
    "gpt-image-1": {"low", "high"},
    "gpt-image-1.5": {"low", "high"},
    "chatgpt-image-latest": {"low", "high"},
    "gpt-image-1-mini": {"low"},
}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
MEGABYTE = 1024 * 1024
TOKENS_PER_PICTURE = 323
"""Of each picture that goes in, as a real answer of GPT Image 1.5 counted one."""


def edit_asked(request: Request) -> tuple[dict[str, Any], Form]:
    """The fields with numbers and booleans read, and the form; both empty when it is none."""
    try:
        form = read_form(request.headers.get("content-type", ""), request.body)
    except (BadForm, UnicodeDecodeError):
        return {}, Form({}, [])
    wanted: dict[str, Any] = dict(form.texts)
    for name in NUMBERS:
        if re.fullmatch("-?[0-9]+", wanted.get(name, "")):
            wanted[name] = int(wanted[name])
    if wanted.get("stream") in ("true", "false"):
        wanted["stream"] = wanted["stream"] == "true"
    return wanted, form


def check_edit(headers: dict[str, str], wanted: dict[str, Any], form: Form) -> None:
    """Refuse what OpenAI refuses, in its order: key, model, fields, their values, the pictures."""
    check_key(headers)
    model = wanted.get("model", "dall-e-2")
    if model not in MODELS or model == "dall-e-3":
        raise Refused(f"The model '{model}' does not exist.", "model_not_found", status=404)
    fields = fields_of(model) - {"moderation"}
    fields |= set() if model == "dall-e-2" else {"input_fidelity"}
    for name in wanted:
        if name not in fields:
            raise Refused(f"Unknown parameter: '{name}'.", "unknown_parameter", name)
    fidelity = wanted.get("input_fidelity")
    if fidelity is not None and fidelity not in TAKES_FIDELITY.get(model, ()):
        raise Refused("Unsupported input_fidelity.", "invalid_value", "input_fidelity")
    for name in (*NUMBERS, "stream"):
        if isinstance(wanted.get(name), str):
            raise Refused(f"Invalid {name}.", "invalid_value", name)
    check_values(model, wanted)
    check_pictures(model, form)


def check_pictures(model: str, form: Form) -> None:
    images, masks = form.named("image", "image[]"), form.named("mask")
    if len(images) + len(masks) < len(form.files) or len(masks) > 1:
        raise Refused("Unknown file.", "unknown_parameter", None)
    most = 1 if model == "dall-e-2" else 16
    if not 1 <= len(images) <= most:
        raise Refused(f"One to {most} images.", "invalid_value", "image")
    if len(images) > 1 and any(image.name == "image" for image in images):
        raise Refused("Duplicate parameter: 'image'.", "invalid_value", "image")
    for image in images:
        check_picture(model, image)
    for mask in masks:
        if mask.content_type != "image/png" or len(mask.data) >= 4 * MEGABYTE:
            raise Refused("Invalid mask.", "invalid_value", "mask")
        if opened(mask, "mask").size != opened(images[0], "image").size:
            raise Refused("The mask has another size.", "invalid_image_format", "mask")


def check_picture(model: str, image: FilePart) -> None:
    picture = opened(image, "image")
    if FORMATS.get(image.content_type) != picture.format or len(image.data) >= 50 * MEGABYTE:
        raise Refused("Invalid image file.", "invalid_image_file", "image")
    if model == "dall-e-2":
        small = picture.format == "PNG" and len(image.data) < 4 * MEGABYTE
        if not small or picture.width != picture.height:
            raise Refused("Must be a square PNG of less than 4 MB.", "invalid_image", "image")


def opened(part: FilePart, param: str) -> Any:
    try:
        return part.opened()
    except OSError:
        raise Refused("Invalid image file.", "invalid_image_file", param) from None
