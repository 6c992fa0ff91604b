"""Which way up a picture is to be shown, as EXIF says, read without decoding a pixel.

1 is as it lies, also where EXIF is absent or broken; 2 to 8 are mirrored or turned.
"""

import struct
from collections.abc import Iterator

from limner.files.credentials import pieces
from limner.files.sniff import Bytes, NotAnImage, jpeg_segments

UPRIGHT = 1
KNOWN = range(2, 9)
QUARTER_TURNED = range(5, 9)
"""Those that exchange width and height."""
ORIENTATION = 0x0112
SHORT = 3
APP1 = 0xE1
JPEG_HEADER = b"Exif\0\0"
MOST_ENTRIES = 1000
LONGEST = 1 << 20
"""Bytes of EXIF that are looked at; the entry is among the first."""


def orientation_of(data: Bytes, content_type: str) -> int:
    """For bytes that `sniff` took for a picture of this type."""
    try:
        for block in blocks(data, content_type):
            said = told(block.removeprefix(JPEG_HEADER))
            if said in KNOWN:
                return said
    except (struct.error, IndexError, NotAnImage):
        return UPRIGHT
    return UPRIGHT


def blocks(data: Bytes, content_type: str) -> Iterator[bytes]:
    """Where each format keeps EXIF."""
    if content_type == "image/jpeg":
        for marker, at in jpeg_segments(data):
            end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
            if marker == APP1 and data[at + 4 : at + 10] == JPEG_HEADER:
                yield data[at + 4 : end]
    elif content_type == "image/png":
        for kind, at in pieces(data, 8, ">I4s", 12):
            if kind == b"eXIf":
                yield chunk(data, at, ">I")
    elif content_type == "image/webp":
        yield from webp_blocks(data)


def webp_blocks(data: Bytes) -> Iterator[bytes]:
    at = 12
    for _ in range(MOST_ENTRIES):
        if at + 8 > len(data):
            return
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        if kind == b"EXIF":
            yield data[at + 8 : at + 8 + min(length, LONGEST)]
        at += 8 + length + length % 2


def chunk(data: Bytes, at: int, form: str) -> bytes:
    length = int(struct.unpack(form, data[at : at + 4])[0])
    return data[at + 8 : at + 8 + min(length, LONGEST)]


def told(tiff: bytes) -> int:
    """The entry of the first directory."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    (at,) = struct.unpack(f"{order}I", tiff[4:8])
    (count,) = struct.unpack(f"{order}H", tiff[at : at + 2])
    for entry in range(at + 2, at + 2 + 12 * min(count, MOST_ENTRIES), 12):
        tag, kind, _, value = struct.unpack(f"{order}HHIH", tiff[entry : entry + 10])
        if tag == ORIENTATION:
            return int(value) if kind == SHORT else UPRIGHT
    return UPRIGHT
