"""What is asked of the darkroom and what comes of it, in words that need no Pillow."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Format: TypeAlias = Literal["png", "jpeg", "webp", "avif"]
FORMATS: tuple[Format, ...] = get_args(Format)
LOSSY: frozenset[Format] = frozenset({"jpeg", "webp", "avif"})
LARGEST_AREA = 67_108_864
"""Pixels of what is decoded here: 256 MB of memory at four bytes each."""
LARGEST_SIDE: dict[Format, int] = {"png": 65_535, "jpeg": 65_535, "webp": 16_383, "avif": 65_535}


@dataclass(frozen=True, slots=True)
class Negative:
    """A picture as it came, and what it is to become. `quality` is 0 to 100, None for a good one.

    `edge` is the longest side it may keep: larger ones become smaller, none becomes larger.
    """

    data: bytes
    form: Format
    quality: int | None = None
    edge: int | None = None


@dataclass(frozen=True, slots=True)
class Print:
    """The finished bytes. `whitened` says that transparent parts became white."""

    data: bytes
    width: int
    height: int
    whitened: bool = False


class Undeveloped(Exception):
    """The picture cannot be made into what was asked; the message says why."""


def format_named(word: object) -> Format | None:
    return next((form for form in FORMATS if form == word), None)
