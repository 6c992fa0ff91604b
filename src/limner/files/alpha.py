"""Whether a picture can be transparent somewhere, read from its bytes without decoding a pixel."""

import struct

from limner.files.sniff import Bytes

MOST_CHUNKS = 1000
GREY_ALPHA, COLOUR_ALPHA = 4, 6
"""PNG's kinds of pixels that have an alpha channel."""


def has_alpha(data: Bytes, content_type: str) -> bool:
    """For bytes that `sniff` took for a picture of this type. JPEG never has."""
    if content_type == "image/png":
        return data[25] in (GREY_ALPHA, COLOUR_ALPHA) or png_names_a_clear_colour(data)
    if content_type == "image/webp":
        return webp_has_alpha(data)
    if content_type == "image/gif":
        at = data.find(b"\x21\xf9\x04")
        return at >= 0 and bool(data[at + 3] & 1)
    return False


def png_names_a_clear_colour(data: Bytes) -> bool:
    """A chunk `tRNS` before the pixels."""
    at = 8
    for _ in range(MOST_CHUNKS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
            return False
        if head[4:] == b"tRNS":
            return True
        at += 12 + int(struct.unpack(">I", head[:4])[0])
    return False


def webp_has_alpha(data: Bytes) -> bool:
    kind = data[12:16]
    if kind == b"VP8X":
        return bool(data[20] & 0x10)
    return kind == b"VP8L" and bool(data[24] & 0x10)
