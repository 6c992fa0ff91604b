"""A drawing is plain values, because it is handed to another process to be drawn."""

from dataclasses import dataclass
from typing import Literal

OutputFormat = Literal["png", "jpeg", "webp"]

CONTENT_TYPES: dict[OutputFormat, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}


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
class Picture:
    data: bytes
    content_type: str
    width: int
    height: int
