"""Pictures that go in as text inside a JSON body: base64, encoded in a thread, copied once."""

import asyncio
from collections.abc import Callable

import msgspec
import pybase64

from limner.providers.base import InputImage, Order, ProviderError
from limner.providers.failures import not_taken

MEGABYTE = 1024 * 1024


def data_uri(image: InputImage) -> msgspec.Raw:
    """A picture as the JSON string of a `data:` URI, which the encoder takes as it is."""
    return uri_of(image.content_type, image.read())


def uri_of(content_type: str, data: bytes) -> msgspec.Raw:
    head = f'"data:{content_type};base64,'.encode()
    return msgspec.Raw(b"".join((head, pybase64.b64encode(data), b'"')))


async def built(body: Callable[[Order], bytes], order: Order) -> bytes:
    """The body of an order, whole. Raises ProviderError when its pictures are gone."""
    if not order.images:
        return body(order)
    try:
        return await asyncio.to_thread(body, order)
    except OSError as error:
        raise ProviderError(
            "the pictures to work on could not be read",
            outcome="known_not_run",
            detail=type(error).__name__,
        ) from error


def check_pictures(order: Order, who: str, kinds: tuple[str, ...], most_bytes: int) -> None:
    """Raises ProviderError for pictures that an upstream of these kinds would not take."""
    if order.mask is not None:
        raise not_taken(f"{who} takes no mask")
    for image in order.images:
        if image.content_type not in kinds:
            named = ", ".join(kind.removeprefix("image/").upper() for kind in kinds)
            raise not_taken(f"{who} edits {named}, not {image.content_type}")
        if image.size > most_bytes:
            raise not_taken(f"{who} edits pictures of at most {most_bytes // MEGABYTE} MB")
