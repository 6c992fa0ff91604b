"""The form OpenAI takes for an edit: text fields, one picture or several, and a mask.

`moderation` is a field of generations alone, and none of this form's.
"""

from collections.abc import Iterator

from limner.providers.base import InputImage, Order, ProviderError
from limner.providers.form import Form, built_form
from limner.providers.openai_fields import is_dall_e, is_said, safety_identifier, streams

MEGABYTE = 1024 * 1024
MOST_PICTURES = 16
LARGEST_PICTURE, LARGEST_MASK, LARGEST_OF_DALL_E = 50 * MEGABYTE, 4 * MEGABYTE, 4 * MEGABYTE
TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
GPT_IMAGE_FIELDS = ("quality", "background", "input_fidelity", "output_compression", "complexity")


async def edit_form(order: Order) -> Form:
    """What is sent for an edit. Raises ProviderError for pictures OpenAI would not take."""
    check_pictures(order)
    return await built_form(text_fields(order), pictures(order))


def text_fields(order: Order) -> dict[str, str]:
    """Built of declared fields; unknown ones would be refused upstream."""
    fields = {
        "model": order.upstream_model,
        "prompt": order.prompt,
        "n": str(order.n),
        "size": str(order.params.get("size", f"{order.width}x{order.height}")),
    }
    if is_dall_e(order):
        if user := order.params.get("user"):
            fields["user"] = str(user)
        return fields | {"response_format": "b64_json"}
    names = (name for name in GPT_IMAGE_FIELDS if is_said(name, order))
    fields |= {name: str(order.params[name]) for name in names}
    fields["output_format"] = order.output_format
    if identifier := safety_identifier(order.params):
        fields["safety_identifier"] = identifier
    if streams(order):
        fields |= {"stream": "true", "partial_images": str(order.partial_images)}
    return fields


def pictures(order: Order) -> Iterator[tuple[str, InputImage]]:
    """Each picture and mask with the name of its part: a single one has no brackets."""
    name = "image" if len(order.images) == 1 else "image[]"
    yield from ((name, image) for image in order.images)
    if order.mask is not None:
        yield "mask", order.mask


def check_pictures(order: Order) -> None:
    """Raises ProviderError with what OpenAI says it takes."""
    if not 1 <= len(order.images) <= (1 if is_dall_e(order) else MOST_PICTURES):
        most = "one picture" if is_dall_e(order) else f"one to {MOST_PICTURES} pictures"
        raise not_taken(f"{order.upstream_model} edits {most} at a time")
    for image in order.images:
        if is_dall_e(order):
            check_for_dall_e(image)
        elif image.content_type not in TYPES:
            raise not_taken(f"openai edits PNG, JPEG and WebP, not {image.content_type}")
        elif image.size >= LARGEST_PICTURE:
            raise not_taken("openai edits pictures of less than 50 MB")
    mask = order.mask
    if mask is not None and (mask.content_type != "image/png" or mask.size >= LARGEST_MASK):
        raise not_taken("openai takes masks that are PNG files of less than 4 MB")


def check_for_dall_e(image: InputImage) -> None:
    square = image.width == image.height
    if image.content_type != "image/png" or image.size >= LARGEST_OF_DALL_E or not square:
        raise not_taken("DALL-E 2 edits square PNG files of less than 4 MB")


def not_taken(message: str) -> ProviderError:
    return ProviderError(message, outcome="known_not_run", reason="bad_parameter")
