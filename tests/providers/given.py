"""Pictures that go in, and orders to work on them."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace

from PIL import Image
from tests.providers.orders import an_order
from tests.sketch.files import flat

from limner.providers.base import InputImage, Order, Scalar, Task


def given(data: bytes) -> InputImage:
    """As whoever takes requests hands a picture over."""
    with Image.open(io.BytesIO(data)) as image:
        kind, (width, height) = f"image/{str(image.format).lower()}", image.size
    digest = hashlib.sha256(data).hexdigest()
    return InputImage(kind, width, height, len(data), digest, lambda: data)


def an_edit(
    *pictures: bytes,
    model: str = "gpt-image-2.5-flare",
    mask: bytes | None = None,
    prompt: str = "a red balloon",
    size: str = "64x48",
    n: int = 1,
    output_format: str = "png",
    partial_images: int = 0,
    timeout_s: float = 5.0,
    params: Mapping[str, Scalar] | None = None,
    task: Task = "edit",
) -> Order:
    order = an_order(
        model,
        prompt=prompt,
        n=n,
        size=size,
        output_format=output_format,
        partial_images=partial_images,
        timeout_s=timeout_s,
        params=params,
    )
    return replace(
        order,
        task=task,
        images=tuple(given(data) for data in pictures or (flat(),)),
        mask=None if mask is None else given(mask),
    )


def an_upscale(picture: bytes, scale: int = 2, *, output_format: str = "png") -> Order:
    """As the gate hands it over: the pixels are those that will come."""
    image = given(picture)
    return an_edit(
        picture,
        prompt="",
        size=f"{image.width * scale}x{image.height * scale}",
        output_format=output_format,
        params={"scale": scale},
        task="upscale",
    )
