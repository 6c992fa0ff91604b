"""What Black Forest Labs is told: by family of models, declared fields alone, pictures inline.

A family knows its shape as pixels, as a ratio, or has that of the picture it is given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec
import pybase64

from limner.providers.alpha_mask import black_and_white
from limner.providers.base import InputImage, Order, Scalar
from limner.providers.failures import not_taken
from limner.providers.inline import MEGABYTE

Shape: TypeAlias = Literal["pixels", "ratio", "picture"]

NATIVE = {"prompt_extend": "prompt_upsampling"}
"""Names that are others there."""

PICTURES = ("image/png", "image/jpeg", "image/webp")
LARGEST_PICTURE = 20 * MEGABYTE
SAFEST_WITH_PICTURE = 2
"""How tolerant Kontext may be told to be where it is given a picture."""


@dataclass(frozen=True, slots=True)
class Family:
    """What models of one make take: public names of parameters, and how many pictures."""

    shape: Shape
    fields: tuple[str, ...]
    most_pictures: int = 0
    formats: bool = True
    """Whether they can be told a format."""


FLUX_2 = Family("pixels", ("seed", "safety_tolerance"), most_pictures=8)
FLEX = Family(
    "pixels", ("seed", "safety_tolerance", "steps", "guidance", "prompt_extend"), most_pictures=8
)
KLEIN = Family("pixels", ("seed", "safety_tolerance"), most_pictures=4)
FLUX_1_1 = Family("pixels", ("seed", "safety_tolerance", "prompt_extend"))
ULTRA = Family("ratio", ("seed", "safety_tolerance", "prompt_extend", "raw"))
KONTEXT = Family("ratio", ("seed", "safety_tolerance", "prompt_extend"), most_pictures=1)
FILL = Family(
    "picture",
    ("seed", "safety_tolerance", "prompt_extend", "steps", "guidance"),
    most_pictures=1,
    formats=False,
)
FLUX_1 = Family("pixels", ("seed", "safety_tolerance", "prompt_extend"), formats=False)

FAMILIES: Mapping[str, Family] = {
    "flux-2-flex": FLEX,
    "flux-2-klein": KLEIN,
    "flux-2-": FLUX_2,
    "flux-pro-1.1-ultra": ULTRA,
    "flux-pro-1.1": FLUX_1_1,
    "flux-pro-1.0-fill": FILL,
    "flux-kontext": KONTEXT,
}
"""By how a model's name begins, the first that fits; others are of the first FLUX."""


def family_of(upstream_model: str) -> Family:
    found = (one for start, one in FAMILIES.items() if upstream_model.startswith(start))
    return next(found, FLUX_1)


def request_body(order: Order) -> bytes:
    """The JSON that is sent for one picture; reads the pictures that go in."""
    family = family_of(order.upstream_model)
    body: dict[str, Scalar | msgspec.Raw] = {"prompt": order.prompt}
    if family.shape == "pixels":
        body |= {"width": order.width, "height": order.height}
    elif family.shape == "ratio" and order.params.get("aspect_ratio", "auto") != "auto":
        body["aspect_ratio"] = order.params["aspect_ratio"]
    for name in family.fields:
        if name in order.params:
            body[NATIVE.get(name, name)] = order.params[name]
    if family.formats:
        body["output_format"] = order.output_format
    body.update(pictures(order, family))
    return msgspec.json.encode(body)


def pictures(order: Order, family: Family) -> Iterator[tuple[str, msgspec.Raw]]:
    if family is FILL:
        yield from (("image", text(image.read())) for image in order.images)
        if order.mask is not None:
            yield "mask", text(black_and_white(order.mask.read()))
        return
    for number, image in enumerate(order.images, 1):
        yield "input_image" if number == 1 else f"input_image_{number}", text(image.read())


def text(data: bytes) -> msgspec.Raw:
    """Bytes as the JSON string of their base64, which the encoder takes as it is."""
    return msgspec.Raw(b'"' + pybase64.b64encode(data) + b'"')


def check_order(order: Order) -> None:
    """Raises ProviderError for what Black Forest Labs would not do."""
    family, name = family_of(order.upstream_model), order.upstream_model
    if len(order.images) > family.most_pictures:
        takes = f"at most {family.most_pictures} pictures" if family.most_pictures else "none"
        raise not_taken(f"{len(order.images)} pictures were given, and {name} takes {takes}")
    if family is FILL and not order.images:
        raise not_taken(f"{name} works on a picture, and none was given")
    if order.mask is not None and family is not FILL:
        raise not_taken(f"{name} takes no mask")
    for image in order.images:
        check_picture(image)
    tolerance = order.params.get("safety_tolerance", 0)
    if family is KONTEXT and order.images and int(tolerance) > SAFEST_WITH_PICTURE:
        raise not_taken(f"with a picture, {name} takes a safety_tolerance of 2 at most")


def check_picture(image: InputImage) -> None:
    if image.content_type not in PICTURES:
        raise not_taken(f"bfl edits PNG, JPEG and WebP, not {image.content_type}")
    if image.size > LARGEST_PICTURE:
        raise not_taken(f"bfl edits pictures of at most {LARGEST_PICTURE // MEGABYTE} MB")
