"""What is asked where a picture is to be turned upright, in words that need no Pillow."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaning:
    """A picture and how it lies, as EXIF counts: 2 to 8."""

    data: bytes
    orientation: int
