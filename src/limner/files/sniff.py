"""What bytes are, read from the bytes: type, width and height, without decoding a pixel.

Providers' words about types are not believed, and neither are callers'. A picture that ends early
is no picture: each format says where it ends.
"""

import struct
from collections.abc import Callable, Iterator
from mmap import mmap
from typing import NamedTuple, TypeAlias

LARGEST_SIDE = 16_384
LARGEST_AREA = 134_217_728
"""Pixels: beyond a provider's largest picture (12288x1536, 8192x2048), short of a bomb."""

PNG_END = b"IEND\xaeB`\x82"
END_BYTES = 1024
"""How much of the end is searched for what must stand there."""
MOST_SEGMENTS = 10_000
"""A colour profile and metadata take hundreds; bytes made to keep us reading have millions."""
JPEG_SCAN = 0xDA
JPEG_STANDALONE = {0x01, *range(0xD0, 0xD9)}
JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


Bytes: TypeAlias = bytes | mmap
"""A file need not be read to be looked at."""


class Sniffed(NamedTuple):
    content_type: str
    width: int
    height: int


class NotMedia(ValueError):
    """The bytes are nothing limner can keep and serve."""


class NotAnImage(NotMedia):
    """The bytes are not a whole picture of a kind limner serves; the message says why."""


def sniff(data: Bytes) -> Sniffed:
    """Type and size of a PNG, JPEG, WebP, AVIF or GIF. Raises NotAnImage."""
    for starts, read in READERS:
        if starts(data):
            try:
                found = read(data)
            except (struct.error, IndexError):
                raise NotAnImage("the picture is cut off") from None
            return bounded(found)
    raise NotAnImage("the bytes are no PNG, JPEG, WebP, AVIF or GIF")


def bounded(found: Sniffed) -> Sniffed:
    _, width, height = found
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise NotAnImage(f"a picture of {width}x{height} pixels is out of bounds")
    if width * height > LARGEST_AREA:
        raise NotAnImage(f"a picture of {width}x{height} pixels is too large")
    return found


def png(data: Bytes) -> Sniffed:
    if data[12:16] != b"IHDR" or data.rfind(PNG_END, -END_BYTES) < 0:
        raise NotAnImage("the PNG is cut off")
    width, height = struct.unpack(">II", data[16:24])
    return Sniffed("image/png", width, height)


def jpeg(data: Bytes) -> Sniffed:
    """Cameras put films and other things behind a picture, so its end need not be the file's."""
    frame, scan = None, len(data)
    for marker, at in jpeg_segments(data):
        if marker in JPEG_FRAMES and frame is None:
            frame = at
        elif marker == JPEG_SCAN:
            scan = at
    if data.find(b"\xff\xd9", scan) < 0:
        raise NotAnImage("the JPEG is cut off")
    if frame is None:
        raise NotAnImage("the JPEG has no frame")
    height, width = struct.unpack(">HH", data[frame + 5 : frame + 9])
    return Sniffed("image/jpeg", width, height)


def jpeg_segments(data: Bytes) -> Iterator[tuple[int, int]]:
    """Markers and the places of their lengths, up to the first scan."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(data):
            return
        if data[at] != 0xFF:
            raise NotAnImage("the JPEG's segments are broken")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in JPEG_STANDALONE:
            at += 2
            continue
        yield marker, at
        if marker == JPEG_SCAN:
            return
        at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])


def webp(data: Bytes) -> Sniffed:
    (size,) = struct.unpack("<I", data[4:8])
    if max(size + 8, 30) > len(data) + 1:
        raise NotAnImage("the WebP is cut off")
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    elif kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[26:30]))
    else:
        raise NotAnImage("the WebP has no picture")
    return Sniffed("image/webp", width, height)


def gif(data: Bytes) -> Sniffed:
    width, height = struct.unpack("<HH", data[6:10])
    if data[-END_BYTES:].rstrip(b"\0")[-1:] != b";":
        raise NotAnImage("the GIF is cut off")
    return Sniffed("image/gif", width, height)


def avif(data: Bytes) -> Sniffed:
    """The largest of the sizes in `meta`: there may be those of an alpha plane or tiles too."""
    meta = None
    end = 0
    for kind, at, end in boxes(data):
        if kind == b"meta":
            meta = (at, end)
    if end != len(data) or meta is None:
        raise NotAnImage("the AVIF is cut off")
    sizes = list(spatial_extents(data, *meta))
    if not sizes:
        raise NotAnImage("the AVIF has no picture")
    return Sniffed("image/avif", *max(sizes, key=lambda size: size[0] * size[1]))


def boxes(data: Bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of the outermost boxes; a length of 0 reaches to the end."""
    at = 0
    for _ in range(MOST_SEGMENTS):
        if at >= len(data):
            return
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if length == 1:
            (length,) = struct.unpack(">Q", data[at + 8 : at + 16])
        end = at + length if length else len(data)
        if length and length < 8:
            raise NotAnImage("the AVIF's boxes are broken")
        yield kind, at, end
        at = end


def spatial_extents(data: Bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    at = begin
    while (at := data.find(b"ispe", at, end)) >= 0:
        width, height = struct.unpack(">II", data[at + 8 : at + 16])
        yield width, height
        at += 4


def is_avif(data: Bytes) -> bool:
    """Of the ISO family, with AVIF among its brands."""
    size = min(int.from_bytes(data[:4]), END_BYTES)
    brands = data[8:12] + data[16:size]
    named = {brands[at : at + 4] for at in range(0, len(brands), 4)}
    return data[4:8] == b"ftyp" and b"avif" in named


Starts = Callable[[Bytes], bool]
READERS: tuple[tuple[Starts, Callable[[Bytes], Sniffed]], ...] = (
    (lambda data: data[:8] == b"\x89PNG\r\n\x1a\n", png),
    (lambda data: data[:3] == b"\xff\xd8\xff", jpeg),
    (lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", webp),
    (lambda data: data[:6] in (b"GIF87a", b"GIF89a"), gif),
    (is_avif, avif),
)
