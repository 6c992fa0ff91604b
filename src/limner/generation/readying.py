"""Pictures that were sent become what a provider is to see: upright, and bare where that is wished.

A picture that needs neither stays the bytes it was. Whoever sent it is told of every change.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TypeAlias

from limner.accounts.limits import Options
from limner.darkroom.development import Undeveloped
from limner.darkroom.leaning import Leaning
from limner.errors import UnsupportedMime
from limner.files.bare import bare
from limner.files.inputs import Batch
from limner.files.orientation import QUARTER_TURNED, UPRIGHT
from limner.files.sniff import NotAnImage
from limner.providers.base import InputImage

Turn: TypeAlias = Callable[[Leaning], Awaitable[bytes]]
MASK = "the mask"


@dataclass(frozen=True, slots=True)
class Readied:
    images: tuple[InputImage, ...]
    mask: InputImage | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readying:
    """`strip` is the server's word, for workspaces that have none of their own."""

    turn: Turn
    strip: bool = False

    async def readied(
        self,
        images: tuple[InputImage, ...],
        mask: InputImage | None,
        batch: Batch,
        options: Options,
    ) -> Readied:
        """Raises UnsupportedMime, StorageUnavailable."""
        strip = self.strip if options.strip_metadata is None else options.strip_metadata
        making = Making(self.turn, batch, strip)
        leans = masked_lying_down(images[0], mask) if images and mask else UPRIGHT
        ready = [
            await making.one(image, name_of(at, len(images)), image.orientation)
            for at, image in enumerate(images, 1)
        ]
        if mask is not None:
            mask = await making.one(mask, MASK, max(mask.orientation, leans))
        return Readied(tuple(ready), mask, tuple(making.warnings))


@dataclass(frozen=True, slots=True)
class Making:
    """The pictures of one request, one after the other, so that one at most is in memory."""

    turn: Turn
    batch: Batch
    strip: bool
    warnings: list[str] = field(default_factory=list)

    async def one(self, image: InputImage, name: str, orientation: int) -> InputImage:
        if orientation != UPRIGHT:
            return await self._turned(image, name, orientation)
        return await self._bare(image, name) if self.strip else image

    async def _turned(self, image: InputImage, name: str, orientation: int) -> InputImage:
        """Without metadata too: what told how it lay is not true any more."""
        try:
            data = await asyncio.to_thread(image.read)
            data = await self.turn(Leaning(data, orientation))
        except (Undeveloped, BrokenProcessPool) as error:
            why = str(error) or "it cannot be read"
            raise unusable(name, f"cannot be turned upright: {why}") from None
        self.warnings.append(f"{name} was turned upright, and its metadata left out")
        return await self.batch.changed(name, data)

    async def _bare(self, image: InputImage, name: str) -> InputImage:
        data = await asyncio.to_thread(image.read)
        try:
            made = await asyncio.to_thread(bare, data, image.content_type)
        except NotAnImage as error:
            raise unusable(name, f"cannot be used: {error}") from None
        if made is data:
            return image
        self.warnings.append(f"the metadata of {name} was left out")
        return await self.batch.changed(name, made)


def masked_lying_down(first: InputImage, mask: InputImage) -> int:
    """How a mask has to be turned that was made for the pixels of its picture as they lay."""
    lying = (mask.width, mask.height) == (first.width, first.height)
    turned = first.orientation in QUARTER_TURNED and first.width != first.height
    return first.orientation if lying and turned else UPRIGHT


def name_of(at: int, count: int) -> str:
    return "the picture" if count == 1 else f"picture {at}"


def unusable(name: str, why: str) -> UnsupportedMime:
    param = "mask" if name == MASK else "image"
    return UnsupportedMime(f"{name} {why}; nothing was charged", param=param)
