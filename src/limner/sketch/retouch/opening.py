"""A picture somebody gave becomes pixels: upright, in 8-bit RGB or RGBA, and nothing but pixels.

What a camera or a person wrote into the file stays behind; only the profile of its colours is kept,
and only where the numbers of the pixels still mean what it says.
"""

import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from limner.darkroom.turn import TURNS
from limner.sketch.drawing import Unreadable

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 64 * 1024 * 1024
LONGEST_SIDE = 16_384
LARGEST_PROFILE = 256 * 1024
ORIENTATION = 0x0112

BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for bytes that are no picture, or no whole one."""


@dataclass(frozen=True, slots=True)
class Opened:
    image: Image.Image
    profile: bytes | None = None
    turn: Image.Transpose | None = None
    """How the picture was turned to stand upright."""


def opened(data: bytes, what: str = "the picture") -> Opened:
    """The first frame of a PNG, JPEG, WebP or GIF. Raises Unreadable."""
    # Pillow warns of damage it can do without, such as EXIF that ends early.
    with warnings.catch_warnings(action="ignore"):
        return read(data, what)


def read(data: bytes, what: str) -> Opened:
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as file:
            refuse_large(file.width, file.height, what)
            file.load()
            turn = TURNS.get(orientation(file))
            profile = profile_of(file)
            image = plain(file)
    except Image.DecompressionBombError:
        raise Unreadable(f"{what} has far too many pixels") from None
    except BROKEN:
        raise Unreadable(f"{what} is damaged or is no PNG, JPEG, WebP or GIF") from None
    return Opened(image.transpose(turn) if turn is not None else image, profile, turn)


def refuse_large(width: int, height: int, what: str, most: int = MOST_PIXELS) -> None:
    if max(width, height) > LONGEST_SIDE or width * height > most:
        raise Unreadable(
            f"{what} has {width}x{height} pixels; the most are {most:,} in all and "
            f"{LONGEST_SIDE:,} a side"
        )


def orientation(file: Image.Image) -> int:
    """As EXIF says; 1, which is upright, where EXIF is broken."""
    try:
        told = file.getexif().get(ORIENTATION, 1)
    except BROKEN:
        return 1
    return told if isinstance(told, int) else 1


def profile_of(file: Image.Image) -> bytes | None:
    """The ICC profile, where it speaks of the red, green and blue that are kept."""
    profile = file.info.get("icc_profile")
    if file.mode not in ("RGB", "RGBA", "P") or not isinstance(profile, bytes):
        return None
    fits = len(profile) <= LARGEST_PROFILE and profile[16:20] == b"RGB "
    return profile if fits else None


def plain(file: Image.Image) -> Image.Image:
    """A copy in RGB or RGBA, without anything that was written beside the pixels."""
    image: Image.Image = file
    if file.mode == "I" or file.mode.startswith("I;16"):
        # Sixteen bits of grey; Pillow would cut them off at 255.
        image = file.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    mode = "RGBA" if file.has_transparency_data else "RGB"
    image = image.convert(mode) if image.mode != mode else image.copy()
    image.info = {}
    return image
