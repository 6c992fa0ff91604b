"""Content Credentials: whether bytes carry a C2PA manifest, by where each format keeps it.

Places from the C2PA technical specification 2.2, appendix A. A manifest is found, not verified:
whether it is valid is for those to judge who trust some signers and not others.
"""

import struct
from collections.abc import Iterator
from typing import Literal, TypeAlias

from limner.files.sniff import Bytes, NotAnImage, boxes, jpeg_segments

Credentials: TypeAlias = Literal["preserved", "removed", "absent", "added"]
"""What became of a picture's manifest on its way: `absent` where there was none."""

PNG_CHUNK = b"caBX"
WEBP_CHUNK = b"C2PA"
AVIF_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
APP11 = 0xEB
MOST_PIECES = 10_000
"""Chunks or boxes; a picture has dozens, bytes made to keep us reading have millions."""


def credentials_in(data: Bytes, content_type: str) -> bool:
    """Whether a picture that was sniffed to be of this type has a manifest."""
    look = LOOKS.get(content_type)
    try:
        return look is not None and look(data)
    except (struct.error, IndexError, NotAnImage):
        return False


def in_png(data: Bytes) -> bool:
    return any(kind == PNG_CHUNK for kind, _ in pieces(data, 8, ">I4s", 12))


def in_webp(data: Bytes) -> bool:
    return any(kind == WEBP_CHUNK for kind in riff_kinds(data))


def in_jpeg(data: Bytes) -> bool:
    """In segments of JUMBF boxes, whose superbox says what is in it."""
    for marker, at in jpeg_segments(data):
        if marker == APP11:
            (length,) = struct.unpack(">H", data[at + 2 : at + 4])
            if data[at + 4 : at + 6] == b"JP" and b"c2pa" in data[at + 12 : at + 2 + length]:
                return True
    return False


def in_avif(data: Bytes) -> bool:
    return any(
        kind == b"uuid" and data[at + 8 : at + 24] == AVIF_BOX for kind, at, _ in boxes(data)
    )


def pieces(data: Bytes, at: int, form: str, beyond: int) -> Iterator[tuple[bytes, int]]:
    """Kinds and places of chunks that begin with their length; each is `beyond` bytes longer."""
    for _ in range(MOST_PIECES):
        if at + 8 > len(data):
            return
        length, kind = struct.unpack(form, data[at : at + 8])
        yield kind, at
        at += beyond + length


def riff_kinds(data: Bytes) -> Iterator[bytes]:
    at = 12
    for _ in range(MOST_PIECES):
        if at + 8 > len(data):
            return
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        yield kind
        at += 8 + length + length % 2


LOOKS = {
    "image/png": in_png,
    "image/jpeg": in_jpeg,
    "image/webp": in_webp,
    "image/avif": in_avif,
}
