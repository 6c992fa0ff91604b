"""What fal is told of an order: declared fields alone, pictures inline as `data:` URIs."""

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from limner.providers.alpha_mask import black_and_white
from limner.providers.base import InputImage, Order, Scalar
from limner.providers.failures import not_taken
from limner.providers.fal_families import CLARITY, FILL, Family, family_of
from limner.providers.inline import MEGABYTE, data_uri, uri_of

Body: TypeAlias = dict[str, Scalar | dict[str, int] | msgspec.Raw | list[msgspec.Raw]]

NATIVE = {
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
    "scale": "upscale_factor",
}
"""Names that are others there."""

SHAPE = ("size", "aspect_ratio", "image_size")
"""Of these the shape of a picture is made."""
PICTURES = ("image/png", "image/jpeg", "image/webp")
LARGEST_PICTURE = 20 * MEGABYTE


def path_of(order: Order) -> str:
    family = family_of(order.upstream_model)
    suffix = {"generate": family.draws, "edit": family.edits}.get(order.task)
    return order.upstream_model.strip("/") + (suffix or "")


def request_body(order: Order) -> bytes:
    """The JSON that is sent; reads the pictures that go in."""
    family = family_of(order.upstream_model)
    body: Body = {"prompt": order.prompt} if order.prompt or family is not CLARITY else {}
    if family.shape == "pixels":
        body["image_size"] = {"width": order.width, "height": order.height}
    elif family.shape == "ratio" and order.params.get("aspect_ratio", "auto") != "auto":
        body["aspect_ratio"] = order.params["aspect_ratio"]
    if family.most > 1:
        body["num_images"] = order.n
    body.update(told(order, family))
    body.update(pictures(order, family))
    return msgspec.json.encode(body)


def told(order: Order, family: Family) -> Iterator[tuple[str, Scalar]]:
    params = order.params
    yield from ((NATIVE.get(name, name), params[name]) for name in family.fields if name in params)
    if family.extends and "prompt_extend" in params:
        yield family.extends, params["prompt_extend"]
    if family.tolerances and "safety_tolerance" in params:
        yield "safety_tolerance", str(params["safety_tolerance"])
    if family.formats:
        yield "output_format", order.output_format
    if family.checker:
        yield "enable_safety_checker", True


def pictures(order: Order, family: Family) -> Iterator[tuple[str, msgspec.Raw | list[msgspec.Raw]]]:
    uris = [data_uri(image) for image in order.images]
    if uris:
        yield family.pictures, uris if family.pictures == "image_urls" else uris[0]
    if order.mask is not None:
        yield "mask_url", uri_of("image/png", black_and_white(order.mask.read()))


def unsaid(order: Order) -> tuple[str, ...]:
    """One line for each parameter of the caller's that this model has no name for at fal."""
    family = family_of(order.upstream_model)
    known = {*family.fields, *SHAPE, "output_format"}
    known |= {"prompt_extend"} if family.extends else set()
    known |= {"safety_tolerance"} if family.tolerances else set()
    return tuple(
        f"{name} was not sent: fal has no such parameter for this model"
        for name in order.given
        if name not in known
    )


def check_order(order: Order) -> None:
    """Raises ProviderError for what fal would not do."""
    family = family_of(order.upstream_model)
    check_task(order, family)
    check_params(order, family)
    if order.mask is not None and family is not FILL:
        raise not_taken(f"{order.upstream_model} takes no mask")
    if len(order.images) > family.most_pictures:
        raise not_taken(
            f"{len(order.images)} pictures were given, and {order.upstream_model} takes "
            f"at most {family.most_pictures}"
        )
    for image in order.images:
        check_picture(image)


def check_task(order: Order, family: Family) -> None:
    can = {
        "generate": family.draws is not None,
        "edit": family.edits is not None,
        "upscale": family is CLARITY,
    }
    if not can[order.task]:
        raise not_taken(f"{order.upstream_model} is not asked to {order.task} at fal")


def check_params(order: Order, family: Family) -> None:
    name, tolerance = order.upstream_model, order.params.get("safety_tolerance")
    if family.formats and order.output_format not in family.formats:
        raise not_taken(f"{name} gives {' or '.join(family.formats)} at fal")
    most = family.tolerances
    if most and tolerance is not None and not 1 <= int(tolerance) <= most:
        raise not_taken(f"{name} takes a safety_tolerance of 1 to {most} at fal")
    ratio = order.params.get("aspect_ratio", "auto")
    if family.ratios and ratio != "auto" and ratio not in family.ratios:
        raise not_taken(f"{name} draws no {ratio} at fal; it knows {', '.join(family.ratios)}")


def check_picture(image: InputImage) -> None:
    if image.content_type not in PICTURES:
        raise not_taken(f"fal is given PNG, JPEG and WebP, not {image.content_type}")
    if image.size > LARGEST_PICTURE:
        raise not_taken(f"fal is given pictures of at most {LARGEST_PICTURE // MEGABYTE} MB")
