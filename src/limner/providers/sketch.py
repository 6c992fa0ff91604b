"""`sketch-1`: limner's own procedural renderer, an ordinary live model that costs nothing.

It follows rules, not weights: it knows a list of words, draws what they mean, or does it to a
picture that is given, and says which words it passed over. Each picture of a request gets a seed of
its own, which brings it back. Upscaling is resampling and needs no seed.
"""

import secrets
from collections.abc import AsyncGenerator
from itertools import product

from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    PartialImage,
    Progress,
    ProviderEvent,
    must_be,
)
from limner.providers.commissions import Draw, OpenSizes, commission, drawn, materials
from limner.sketch.drawing import Picture
from limner.sketch.grammar import read
from limner.sketch.retouch.wishes import unread

LARGEST_SEED = 2**31 - 1
WORDS_NAMED = 12


class SketchImages:
    repeatable = True

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        must_be(order, "sketch", "generate", "edit", "upscale")
        yield Accepted()
        seed, given, sizes = first_seed(order), await materials(order), sizes_of(order)
        seeds = [(seed + number) % (LARGEST_SEED + 1) for number in range(order.n)]
        steps = (order.partial_images + 1) * order.n
        looks = product(range(order.partial_images), enumerate(seeds))
        for step, (index, (number, one)) in enumerate(looks, 1):
            share = (index + 1) / (order.partial_images + 1)
            asked = commission(order, given, one, sizes=sizes, finished=share)
            preview = await drawn(self._draw, asked)
            yield PartialImage(index, image_of(preview, one), preview.content_type, number)
            yield Progress(step / steps)
        images, notes = list[ImageData](), dict[str, None]()
        for number, one in enumerate(seeds):
            picture = await drawn(self._draw, commission(order, given, one, sizes=sizes))
            notes.update(dict.fromkeys(picture.notes))
            images.append(image_of(picture, None if order.task == "upscale" else one))
            yield Progress((order.partial_images * order.n + number + 1) / steps)
        yield Generated(tuple(images), warnings=(*unknown_words(order), *notes))

    async def check(self) -> str:
        return "sketch draws on this machine and needs no key"

    async def aclose(self) -> None:
        return None


def first_seed(order: Order) -> int:
    seed = order.params.get("seed")
    return seed if isinstance(seed, int) else secrets.randbelow(LARGEST_SEED)


def sizes_of(order: Order) -> OpenSizes:
    """An edit whose size is left open keeps the size of its picture."""
    return () if order.params.get("size") == "auto" else None


def image_of(picture: Picture, seed: int | None) -> ImageData:
    return ImageData(memoryview(picture.data), "raw", seed=seed)


def unknown_words(order: Order) -> tuple[str, ...]:
    """A warning that names the words the renderer does not know."""
    unknown = unread(order.prompt) if order.task == "edit" else read(order.prompt).unknown
    if not unknown or order.task == "upscale":
        return ()
    named = ", ".join(unknown[:WORDS_NAMED])
    more = f" and {len(unknown) - WORDS_NAMED} more" if len(unknown) > WORDS_NAMED else ""
    return (f"sketch drew without the words it does not know: {named}{more}",)
