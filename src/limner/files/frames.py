"""How many frames a moving picture has, counted without decoding any."""

import struct

from limner.files.credentials import pieces, riff_kinds
from limner.files.sniff import Bytes, NotAnImage

MOST_FRAMES = 256
"""Only the first is worked on; a decoder that unfolds them all would be flooded."""
EXTENSION, PICTURE = 0x21, 0x2C
COLOURS, COLOUR_BITS = 0x80, 0x07
"""Of a byte of flags: a table of colours follows, and how long it is."""


def check_frames(data: Bytes, content_type: str) -> None:
    """For bytes that `sniff` took for a picture of this type. Raises NotAnImage."""
    try:
        count = counted(data, content_type)
    except (struct.error, IndexError):
        raise NotAnImage("the picture is cut off") from None
    if count > MOST_FRAMES:
        raise NotAnImage(f"a moving picture may have at most {MOST_FRAMES} frames")


def counted(data: Bytes, content_type: str) -> int:
    """As many as there are, or more than the most."""
    if content_type == "image/png":
        return png_frames(data)
    if content_type == "image/webp":
        return sum(kind == b"ANMF" for kind in riff_kinds(data))
    return gif_frames(data) if content_type == "image/gif" else 1


def png_frames(data: Bytes) -> int:
    """As `acTL` says, or as many as have a control chunk of their own."""
    said, there = 1, 0
    for kind, at in pieces(data, 8, ">I4s", 12):
        if kind == b"acTL":
            said = int(struct.unpack(">I", data[at + 8 : at + 12])[0])
        there += kind == b"fcTL"
    return max(said, there)


def gif_frames(data: Bytes) -> int:
    """A frame may not reach beyond the screen, whose size is what was judged."""
    screen = struct.unpack("<HH", data[6:10])
    at, count = 13 + table(data[10]), 0
    while count <= MOST_FRAMES and at < len(data):
        if data[at] == EXTENSION:
            at = behind_blocks(data, at + 2)
        elif data[at] == PICTURE:
            left, top, width, height, flags = struct.unpack("<HHHHB", data[at + 1 : at + 10])
            if left + width > screen[0] or top + height > screen[1]:
                raise NotAnImage("a frame of the GIF is larger than the GIF")
            at = behind_blocks(data, at + 11 + table(flags))
            count += 1
        else:
            break
    return count


def table(flags: int) -> int:
    """Bytes of a table of colours."""
    return 3 << (1 + (flags & COLOUR_BITS)) if flags & COLOURS else 0


def behind_blocks(data: Bytes, at: int) -> int:
    """Where a row of blocks ends, each of which begins with its length."""
    while length := data[at]:
        at += 1 + length
    return at + 1
