"""What the renderer is asked for is plain values, because another process does the work."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

OutputFormat = Literal["png", "jpeg", "webp"]
Ground: TypeAlias = Literal["transparent", "opaque", "auto"]

CONTENT_TYPES: dict[OutputFormat, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}


class Unreadable(Exception):
    """A picture that was given cannot be worked on; the message says why, in a caller's words."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is asked for. The same drawing always gives the same bytes.

    `compression` is 0-100 as in OpenAI's `output_compression`, and png ignores it. `finished` is
    the share of the layers that are drawn; anything below 1 is a preview.
    """

    prompt: str
    width: int
    height: int
    seed: int
    output_format: OutputFormat = "png"
    compression: int | None = None
    transparent: bool = False
    mark: str | None = None
    finished: float = 1.0


@dataclass(frozen=True, slots=True)
class Retouching:
    """Pictures to be changed as a prompt says. The same retouching always gives the same bytes.

    The first picture is the one that is changed; `mask` is a picture as large as it, whose
    transparent pixels are the only ones that may change. Where the size is open, `sizes` are those
    to choose from by shape, an empty tuple means the picture's own, and `width` and `height` count
    for nothing. `finished` below 1 is a preview.
    """

    prompt: str
    pictures: tuple[bytes, ...] = field(repr=False)
    width: int
    height: int
    seed: int
    mask: bytes | None = field(default=None, repr=False)
    sizes: tuple[tuple[int, int], ...] | None = None
    output_format: OutputFormat = "png"
    compression: int | None = None
    ground: Ground = "auto"
    strength: float = 1.0
    mark: str | None = None
    finished: float = 1.0


@dataclass(frozen=True, slots=True)
class Enlarging:
    """A picture to be shown `scale` times as wide and high; no detail is added."""

    picture: bytes = field(repr=False)
    scale: float
    width: int
    height: int
    output_format: OutputFormat = "png"
    compression: int | None = None
    mark: str | None = None


Commission: TypeAlias = Drawing | Retouching | Enlarging


@dataclass(frozen=True, slots=True)
class Picture:
    """Finished work; `notes` are what its customer should know about it."""

    data: bytes = field(repr=False)
    content_type: str
    width: int
    height: int
    notes: tuple[str, ...] = ()
