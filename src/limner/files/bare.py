"""A picture without what was written beside its pixels: place, time, camera, names, thumbnails.

Nothing is decoded: pieces of metadata are left out, all others stay the bytes they were. What the
pixels need is kept: colour profile, palette, transparency. GIF is left as it is: it has no EXIF.
"""

import struct
from collections.abc import Callable
from itertools import islice

from limner.files.marking import riff_chunk, riff_chunks
from limner.files.sniff import JPEG_SCAN, JPEG_STANDALONE, NotAnImage

APP0, APP2, APP14, APP15, COMMENT = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
PROFILE = b"ICC_PROFILE\0"
END = 0xD9
STUFFED = 0x00
PNG_METADATA = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"caBX"})
"""Text may be EXIF or XMP in other words; a manifest would be broken by what is missing."""
WEBP_NEEDED = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"})
WEBP_FLAGS = 0x08 | 0x04
"""Of EXIF and XMP."""
MOST_SEGMENTS = 50_000
"""Segments and chunks; large pictures have thousands."""


def bare(data: bytes, content_type: str) -> bytes:
    """The picture without metadata; the very same bytes where it has none. Raises NotAnImage."""
    strip = STRIPPERS.get(content_type)
    if strip is None:
        return data
    try:
        made = strip(data)
    except (struct.error, IndexError):
        raise NotAnImage("its metadata cannot be read") from None
    return data if made == data else made


def jpeg(data: bytes) -> bytes:
    """Segments up to the end of the picture; what cameras put behind it is metadata too."""
    kept, at = [data[:2]], 2
    for _ in range(MOST_SEGMENTS):
        marker = data[at + 1]
        if data[at] != 0xFF:
            raise NotAnImage("the JPEG's segments are broken")
        if marker == 0xFF:
            at += 1
            continue
        if marker == END:
            return b"".join((*kept, data[at : at + 2]))
        if marker in JPEG_STANDALONE:
            end = at + 2
        else:
            end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        if marker == JPEG_SCAN:
            end = scan_end(data, end)
        if needed(marker, data[at + 4 : at + 4 + len(PROFILE)]):
            kept.append(data[at:end])
        at = end
    raise NotAnImage("the JPEG has too many segments")


def needed(marker: int, beginning: bytes) -> bool:
    if marker == APP2:
        return beginning == PROFILE
    return marker in (APP0, APP14) or not (APP0 < marker <= APP15 or marker == COMMENT)


def scan_end(data: bytes, at: int) -> int:
    """Where the next marker stands that is not part of the pixels."""
    while (at := data.find(b"\xff", at)) >= 0:
        if data[at + 1] not in (STUFFED, *range(0xD0, 0xD8)):
            return at
        at += 2
    raise NotAnImage("the JPEG is cut off")


def png(data: bytes) -> bytes:
    kept, at = [data[:8]], 8
    for _ in range(MOST_SEGMENTS):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind not in PNG_METADATA:
            kept.append(data[at : at + 12 + length])
        if kind == b"IEND":
            return b"".join(kept)
        at += 12 + int(length)
    raise NotAnImage("the PNG has too many chunks")


def webp(data: bytes) -> bytes:
    size = 8 + int(struct.unpack("<I", data[4:8])[0])
    if size > len(data) + 1:
        raise NotAnImage("the WebP is cut off")
    first = islice(riff_chunks(data[12:size]), MOST_SEGMENTS)
    chunks = [one for one in first if one[0] in WEBP_NEEDED]
    if chunks and chunks[0][0] == b"VP8X":
        header = chunks[0][1]
        chunks[0] = (b"VP8X", bytes([header[0] & ~WEBP_FLAGS]) + header[1:])
    body = b"WEBP" + b"".join(riff_chunk(*one) for one in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


STRIPPERS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": jpeg,
    "image/png": png,
    "image/webp": webp,
}
