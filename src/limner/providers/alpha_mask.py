"""A mask as FLUX Fill wants it: white where something may change, black where not.

limner's masks are transparent where something may change. PNG filters every byte of a pixel by
itself, so the bytes of the alpha channel can be lifted out as they are, unread, and become the
indices of a palette that runs from white to black. No pixel is decoded.
"""

import struct
import zlib
from collections.abc import Iterator

from limner.providers.failures import not_taken

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {4: 2, 6: 4}
"""Kinds of pixels with an alpha channel, which is the last of so many."""
PALETTE = bytes(value for index in range(256) for value in (255 - index,) * 3)
MOST_BYTES = 512 * 1024 * 1024
UNFIT = "masks have to be PNG files with an alpha channel, and not interlaced"


def black_and_white(mask: bytes) -> bytes:
    """Raises ProviderError for a mask that is none of these."""
    head, pixels = opened(mask)
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    if kind not in CHANNELS or interlaced:
        raise not_taken(UNFIT)
    step = CHANNELS[kind] * depth // 8
    line = 1 + width * step
    if len(pixels) != line * height:
        raise not_taken(UNFIT)
    lines = (pixels[at : at + line] for at in range(0, len(pixels), line))
    # Of 16 bits the first byte says enough.
    alpha = b"".join(one[:1] + one[1 + step - depth // 8 :: step] for one in lines)
    whole = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", whole), (b"PLTE", PALETTE), (b"IDAT", zlib.compress(alpha)), (b"IEND", b""))
    return SIGNATURE + b"".join(chunk(name, data) for name, data in parts)


def opened(mask: bytes) -> tuple[bytes, bytes]:
    """The header of a PNG, and its lines, each behind the byte that names its filter."""
    found = list(chunks(mask)) if mask.startswith(SIGNATURE) else []
    if not found or found[0][0] != b"IHDR" or len(found[0][1]) != 13:
        raise not_taken(UNFIT)
    packed = b"".join(data for name, data in found if name == b"IDAT")
    try:
        pixels = zlib.decompressobj().decompress(packed, MOST_BYTES)
    except zlib.error:
        raise not_taken(UNFIT) from None
    return found[0][1], pixels


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
