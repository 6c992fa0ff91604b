"""From an order to what sketch is asked for: a new picture, a changed one or a larger one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from limner.providers.base import Order, ProviderError
from limner.sketch.drawing import (
    Commission,
    Drawing,
    Enlarging,
    Ground,
    OutputFormat,
    Picture,
    Retouching,
    Unreadable,
)

Draw: TypeAlias = Callable[[Commission], Awaitable[Picture]]
OpenSizes: TypeAlias = tuple[tuple[int, int], ...] | None
"""Sizes an edit may have by the shape of its picture; empty is the picture's own, None is fixed."""

GROUNDS: tuple[Ground, ...] = ("transparent", "opaque")


@dataclass(frozen=True, slots=True)
class Materials:
    """The bytes of what goes in, for as long as an order is drawn."""

    pictures: tuple[bytes, ...] = ()
    mask: bytes | None = None


async def materials(order: Order) -> Materials:
    """Read in a thread, because they may lie on a disk. Raises ProviderError when they are gone."""
    if not order.images:
        return Materials()
    try:
        return await asyncio.to_thread(read, order)
    except OSError as error:
        raise ProviderError(
            "the pictures to work on could not be read",
            outcome="known_not_run",
            detail=type(error).__name__,
        ) from error


def read(order: Order) -> Materials:
    mask = order.mask.read() if order.mask else None
    return Materials(tuple(image.read() for image in order.images), mask)


def commission(
    order: Order,
    given: Materials,
    seed: int,
    *,
    sizes: OpenSizes = None,
    finished: float = 1.0,
    mark: str | None = None,
) -> Commission:
    """What the renderer is asked for, from an order's public parameters."""
    if order.task == "edit":
        return retouching(order, given, seed, sizes=sizes, finished=finished, mark=mark)
    if order.task == "upscale":
        return enlarging(order, given, mark=mark)
    return Drawing(
        prompt=order.prompt,
        width=order.width,
        height=order.height,
        seed=seed,
        output_format=format_of(order),
        compression=compression_of(order),
        transparent=order.params.get("background") == "transparent",
        mark=mark,
        finished=finished,
    )


def retouching(
    order: Order,
    given: Materials,
    seed: int,
    *,
    sizes: OpenSizes,
    finished: float,
    mark: str | None,
) -> Retouching:
    strength = order.params.get("strength", 1.0)
    asked_ground = order.params.get("background")
    return Retouching(
        prompt=order.prompt,
        pictures=given.pictures,
        width=order.width,
        height=order.height,
        seed=seed,
        mask=given.mask,
        sizes=sizes,
        output_format=format_of(order),
        compression=compression_of(order),
        ground=next((ground for ground in GROUNDS if ground == asked_ground), "auto"),
        strength=float(strength) if isinstance(strength, int | float) else 1.0,
        mark=mark,
        finished=finished,
    )


def enlarging(order: Order, given: Materials, *, mark: str | None) -> Enlarging:
    scale = order.params.get("scale", 2)
    return Enlarging(
        picture=given.pictures[0],
        scale=float(scale) if isinstance(scale, int | float) else 2.0,
        width=order.width,
        height=order.height,
        output_format=format_of(order),
        compression=compression_of(order),
        mark=mark,
    )


def format_of(order: Order) -> OutputFormat:
    return cast(OutputFormat, order.output_format)


def compression_of(order: Order) -> int | None:
    compression = order.params.get("output_compression")
    return compression if isinstance(compression, int) else None


async def drawn(draw: Draw, asked: Commission) -> Picture:
    """Raises ProviderError for given bytes that nobody could work on."""
    try:
        return await draw(asked)
    except Unreadable as error:
        raise ProviderError(str(error), outcome="known_not_run", reason="bad_parameter") from error
