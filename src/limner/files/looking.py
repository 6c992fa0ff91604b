"""What a picture to work on shows, before anybody decodes it, and why one cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from limner.errors import BodyTooLarge, InvalidParams, UnsupportedMime
from limner.files.alpha import has_alpha
from limner.files.frames import check_frames
from limner.files.orientation import orientation_of
from limner.files.sniff import NotAnImage, Sniffed, sniff
from limner.files.uploads import no_room


class Looked(NamedTuple):
    found: Sniffed
    orientation: int
    """As EXIF counts."""


def looked_at(path: Path, name: str, most_pixels: int, mask: bool) -> Looked:
    """What a file shows, from the few bytes of it that say so. Raises FileNotFoundError."""
    with open(path, "rb") as file:
        try:
            data = mmap(file.fileno(), 0, access=ACCESS_READ)
        except ValueError:
            raise UnsupportedMime(f"{name} is empty; nothing was charged", param=name) from None
    with data:
        try:
            found = sniff(data)
            check_frames(data, found.content_type)
        except NotAnImage as error:
            raise UnsupportedMime(
                f"{name} cannot be used: {error}; nothing was charged", param=name
            ) from None
        if found.content_type == "image/avif":
            raise UnsupportedMime(
                f"{name} is AVIF, which providers do not take; send it as PNG, JPEG or WebP. "
                "Nothing was charged",
                param=name,
            )
        if mask and not has_alpha(data, found.content_type):
            raise opaque(name, found.content_type)
        orientation = orientation_of(data, found.content_type)
    if found.width * found.height > most_pixels:
        raise InvalidParams(
            f"{name} has {found.width}x{found.height} pixels; a picture may have at most "
            f"{most_pixels:,} in all. Nothing was charged",
            param=name,
        )
    return Looked(found, orientation)


def opaque(name: str, content_type: str) -> InvalidParams:
    kind = content_type.partition("/")[2].upper()
    return InvalidParams(
        f"{name} has no alpha channel: this {kind} is opaque everywhere. A mask is a PNG or WebP "
        "as large as the picture, transparent where the picture is to change; black and white say "
        "nothing. Nothing was charged",
        param=name,
    )


def too_large(name: str, most: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"{name} has more than {most:,} bytes, the most that it may have; nothing was charged",
        param=name,
    )


@contextmanager
def on_disk() -> Iterator[None]:
    """Raises StorageUnavailable for what the disk does not take."""
    try:
        yield
    except OSError as error:
        raise no_room(error) from error
