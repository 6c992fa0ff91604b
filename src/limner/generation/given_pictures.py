"""Whether a model can work on the pictures that came with a request, and with their mask."""

from collections.abc import Sequence

from limner.catalog.model import Model, Task
from limner.catalog.sizes import Pixels
from limner.errors import ImageNotSupported, InvalidParams
from limner.providers.base import InputImage

MOST_PICTURES = 16


def check_pictures(
    model: Model, task: Task, images: Sequence[InputImage], mask: InputImage | None
) -> None:
    """Raises InvalidParams, ImageNotSupported."""
    if task not in ("edit", "upscale"):
        return
    check_count(model, task, len(images))
    if mask is None:
        return
    check_takes_mask(model)
    first = images[0]
    if (mask.width, mask.height) != (first.width, first.height):
        raise InvalidParams(
            f"the mask has {mask.width}x{mask.height} pixels and the first picture "
            f"{first.width}x{first.height}; they must be of the same size. Nothing was charged",
            param="mask",
        )


def check_count(model: Model, task: Task, count: int) -> None:
    most = 1 if task == "upscale" else most_pictures(model)
    if count == 0:
        raise InvalidParams(
            "image is required: a picture as a file part `image`, or in JSON as image_base64, "
            "image_url or image_file_id. Nothing was charged",
            param="image",
        )
    if count > most:
        takes = "one picture" if most == 1 else f"at most {most} pictures"
        raise InvalidParams(
            f"{count} pictures were sent and {model.slug} takes {takes}; nothing was charged",
            param="image",
        )


def check_takes_mask(model: Model) -> None:
    """Without its mask an edit would change, and bill, what was to be left alone."""
    if not model.capabilities.mask:
        raise ImageNotSupported(
            f"{model.slug} takes no mask: say in the prompt what is to change, or choose a model "
            "with capabilities.mask. Nothing was charged",
            param="mask",
        )


def check_enlarged(model: Model, task: Task, pixels: Pixels) -> None:
    """Whether what comes out is small enough. Raises InvalidParams."""
    rule = model.sizes.rule if model.sizes and task == "upscale" else None
    if rule is None:
        return
    width, height = pixels
    if max(width, height) > rule.max_edge or width * height > rule.max_pixels:
        raise InvalidParams(
            f"the enlarged picture would have {pixels} pixels; {model.slug} makes at most "
            f"{rule.max_pixels:,} in all and {rule.max_edge:,} a side. Nothing was charged",
            param="scale",
        )


def most_pictures(model: Model) -> int:
    return min(max(1, model.capabilities.max_reference_images), MOST_PICTURES)
