"""`sketch-1`: limner's own procedural renderer, an ordinary live model that costs nothing.

It follows rules, not weights: it knows a list of words, draws what they mean and says which words
it passed over. Each picture of a request gets a seed of its own, which brings it back.
"""

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Literal, TypeAlias, cast

from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    PartialImage,
    Progress,
    ProviderEvent,
    must_generate,
)
from limner.sketch.drawing import Drawing, Picture
from limner.sketch.grammar import read

Draw: TypeAlias = Callable[[Drawing], Awaitable[Picture]]
LARGEST_SEED = 2**31 - 1
WORDS_NAMED = 12


class SketchImages:
    repeatable = True

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        must_generate(order, "sketch")
        yield Accepted()
        seed = first_seed(order)
        steps = order.partial_images + order.n
        for index in range(order.partial_images):
            share = (index + 1) / (order.partial_images + 1)
            preview = await self._draw(drawing(order, seed, finished=share))
            yield PartialImage(index, image_of(preview, seed), preview.content_type)
            yield Progress((index + 1) / steps)
        images = []
        for number in range(order.n):
            one = (seed + number) % (LARGEST_SEED + 1)
            images.append(image_of(await self._draw(drawing(order, one)), one))
            yield Progress((order.partial_images + number + 1) / steps)
        yield Generated(tuple(images), warnings=unknown_words(order.prompt))

    async def check(self) -> str:
        return "sketch draws on this machine and needs no key"

    async def aclose(self) -> None:
        return None


def first_seed(order: Order) -> int:
    seed = order.params.get("seed")
    return seed if isinstance(seed, int) else secrets.randbelow(LARGEST_SEED)


def drawing(order: Order, seed: int, *, finished: float = 1.0, mark: str | None = None) -> Drawing:
    """What the renderer is asked for, from an order's public parameters."""
    compression = order.params.get("output_compression")
    output_format = cast(Literal["png", "jpeg", "webp"], order.output_format)
    return Drawing(
        prompt=order.prompt,
        width=order.width,
        height=order.height,
        seed=seed,
        output_format=output_format,
        compression=compression if isinstance(compression, int) else None,
        transparent=order.params.get("background") == "transparent",
        mark=mark,
        finished=finished,
    )


def image_of(picture: Picture, seed: int | None) -> ImageData:
    return ImageData(memoryview(picture.data), "raw", seed=seed)


def unknown_words(prompt: str) -> tuple[str, ...]:
    """A warning that names the words the renderer does not know."""
    unknown = read(prompt).unknown
    if not unknown:
        return ()
    named = ", ".join(unknown[:WORDS_NAMED])
    more = f" and {len(unknown) - WORDS_NAMED} more" if len(unknown) > WORDS_NAMED else ""
    return (f"sketch drew without the words it does not know: {named}{more}",)
