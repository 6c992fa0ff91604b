"""Pictures in the format the caller asked for, made here where the provider gave another.

What came in that format already is not touched. A conversion that fails loses nothing: the picture
is handed out as it came, and a warning says so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from limner.darkroom.development import Negative, Print, Undeveloped
from limner.files.artifact import Original
from limner.files.artifacts import plain
from limner.files.credentials import credentials_in
from limner.files.kinds import PICTURES, Look
from limner.files.sniff import NotAnImage, sniff
from limner.generation.formats import Finish
from limner.providers.base import ImageData

Develop: TypeAlias = Callable[[Negative], Awaitable[Print]]

HEAD = 1024
"""Bytes, and of base64 letters: enough to see what it is, and a multiple of four."""
LONGEST_S = 120.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finished:
    """A picture as it will be stored. `original` is what it was made of, if that was signed."""

    image: ImageData
    original: Original | None = None
    warning: str = ""
    came: str = ""
    """The format it was made from, where it was made here."""
    signed: bool = False
    """Whether limner gave it its content credentials."""


async def nothing_develops(negative: Negative) -> Print:
    """For those who have no processes to do it."""
    raise Undeveloped("nothing here converts pictures")


async def finished(
    image: ImageData, position: int, finish: Finish | None, develop: Develop
) -> Finished:
    """Never raises for a picture that cannot be converted."""
    if finish is None:
        return Finished(image)
    came = type_of(image)
    if came not in PICTURES or (came == f"image/{finish.form}" and not finish.anew):
        return Finished(image)
    try:
        raw = await asyncio.to_thread(readable, image)
    except NotAnImage:
        return Finished(image)  # whoever stores it says what is wrong with it
    try:
        asked = develop(Negative(raw, finish.form, finish.quality))
        made = await asyncio.wait_for(asked, LONGEST_S)
    except (Undeveloped, BrokenProcessPool, TimeoutError, OSError) as error:
        return as_it_is(image, position, finish, came, error)
    return Finished(
        ImageData(
            memoryview(made.data),
            "raw",
            image.revised_prompt,
            image.seed,
            image.title,
            image.lyrics,
        ),
        original=Original(raw, came) if credentials_in(raw, came) else None,
        warning=whitened(position) if made.whitened else "",
        came=came.partition("/")[2],
    )


def as_it_is(
    image: ImageData, position: int, finish: Finish, came: str, error: Exception
) -> Finished:
    log.warning("picture_not_converted", form=finish.form, came=came, error=type(error).__name__)
    why = str(error) if isinstance(error, Undeveloped) else "its conversion broke off"
    return Finished(
        image,
        warning=f"picture {position + 1} could not be made {finish.form}: {why}; "
        f"it is as the provider gave it, {came}",
    )


def whitened(position: int) -> str:
    return (
        f"picture {position + 1} was transparent in places; jpeg knows no transparency, so they "
        "are white. Ask for png, webp or avif to keep it"
    )


def type_of(image: ImageData) -> str | None:
    """By its first bytes, without decoding the rest."""
    head = image.data[:HEAD]
    look = Look()
    try:
        look.at(
            plain(head[: len(head) // 4 * 4], True) if image.encoding == "base64" else bytes(head)
        )
    except NotAnImage:
        return None
    return look.found()


def readable(image: ImageData) -> bytes:
    """The bytes of a picture that is whole and not too large to decode, for a thread.

    Raises NotAnImage.
    """
    raw = plain(image.data, image.encoding == "base64")
    sniff(raw)
    return raw
