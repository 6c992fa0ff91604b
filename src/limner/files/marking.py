"""A picture says of itself that a machine made it: IPTC's digital source type, in its XMP.

Only metadata is put in, chunk by chunk, so that every pixel stays the bit it was. A picture with a
C2PA manifest is left alone: the manifest is over its bytes and would be broken by any more of them.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator

from limner.files.credentials import credentials_in, pieces
from limner.files.sniff import JPEG_SCAN, NotAnImage, Sniffed, jpeg_segments, webp

SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
TERM = b"DigitalSourceType"
RDF_END = b"</rdf:RDF>"
PACKET = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
ABOUT = re.compile(rb"""rdf:about\s*=\s*("[^"<]*"|'[^'<]*')""")
PNG_KEYWORD = b"XML:com.adobe.xmp\0"
JPEG_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
JPEG_LONGEST = 0xFFFF - 2 - len(JPEG_HEADER)
APP0, APP1 = 0xE0, 0xE1
WEBP_XMP_FLAG, WEBP_ALPHA_FLAG = 0x04, 0x10
VP8L_ALPHA_BIT = 1 << 28
MOST_XMP = 1 << 20
"""Bytes; compressed metadata may unfold to far more than the picture."""


class Unmarked(ValueError):
    """The picture cannot say it; the message says why."""


def marked(data: bytes, content_type: str, source: str) -> bytes:
    """The picture with its source in it, by IPTC's name of it; one that says it already is left.

    Raises Unmarked.
    """
    mark = MARKERS.get(content_type)
    if mark is None:
        raise Unmarked(f"limner writes no metadata into {content_type.partition('/')[2]}")
    try:
        made = mark(data, source)
    except (struct.error, IndexError, zlib.error, NotAnImage):
        raise Unmarked("its metadata cannot be read") from None
    if made is not data and credentials_in(data, content_type):
        raise Unmarked("its content credentials would be broken")
    return made


def said(packet: bytes, source: str) -> bytes | None:
    """A packet of XMP with the source in it; None when it names one already. Raises Unmarked."""
    if TERM in packet:
        return None
    before, end, after = packet.rpartition(RDF_END)
    if not end:
        raise Unmarked("it has metadata that cannot be added to")
    about = ABOUT.search(packet)
    whom = about[1] if about else b'""'
    term = f'xmlns:Iptc4xmpExt="{NAMESPACE}" Iptc4xmpExt:DigitalSourceType="{SOURCES}{source}"'
    statement = b"<rdf:Description rdf:about=%b %b/>" % (whom, term.encode())
    return before + statement + end + after


def in_png(data: bytes, source: str) -> bytes:
    """In a text chunk behind the header, or in the one that is there."""
    for kind, at in pieces(data, 8, ">I4s", 12):
        end = at + 12 + int(struct.unpack(">I", data[at : at + 4])[0])
        if kind == b"iTXt" and data[at + 8 : end].startswith(PNG_KEYWORD):
            packet = said(png_text(data[at + 8 : end - 4]), source)
            return data if packet is None else data[:at] + png_chunk(packet) + data[end:]
    behind = 8 + 12 + int(struct.unpack(">I", data[8:12])[0])
    return data[:behind] + png_chunk(said(PACKET, source) or b"") + data[behind:]


def png_text(chunk: bytes) -> bytes:
    """What is behind keyword, flags, language and translated keyword."""
    flag, rest = chunk[len(PNG_KEYWORD)], chunk[len(PNG_KEYWORD) + 2 :]
    text = rest.split(b"\0", 2)[2]
    if not flag:
        return text
    unfolding = zlib.decompressobj()
    packet = unfolding.decompress(text, MOST_XMP)
    if not unfolding.eof:
        raise Unmarked("its metadata is too long")
    return packet


def png_chunk(packet: bytes) -> bytes:
    body = b"iTXt" + PNG_KEYWORD + b"\0\0\0\0" + packet
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def in_jpeg(data: bytes, source: str) -> bytes:
    """In a segment behind those that want to be first, or in the one that is there."""
    behind, leading = 2, True
    for marker, at in jpeg_segments(data):
        if marker == JPEG_SCAN:
            break
        end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        if marker == APP1 and data[at + 4 : end].startswith(JPEG_HEADER):
            packet = said(data[at + 4 + len(JPEG_HEADER) : end], source)
            return data if packet is None else data[:at] + jpeg_segment(packet) + data[end:]
        leading = leading and marker in (APP0, APP1)
        behind = end if leading else behind
    return data[:behind] + jpeg_segment(said(PACKET, source) or b"") + data[behind:]


def jpeg_segment(packet: bytes) -> bytes:
    if len(packet) > JPEG_LONGEST:
        raise Unmarked("its metadata is too long")
    body = JPEG_HEADER + packet
    return struct.pack(">BBH", 0xFF, APP1, len(body) + 2) + body


def in_webp(data: bytes, source: str) -> bytes:
    """In the last chunk; a plain file becomes an extended one, which alone may have such."""
    size = min(8 + int(struct.unpack("<I", data[4:8])[0]), len(data))
    chunks = list(riff_chunks(data[12:size]))
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, (b"VP8X", extended_header(data, webp(data))))
    header = chunks[0][1]
    chunks[0] = (b"VP8X", bytes([header[0] | WEBP_XMP_FLAG]) + header[1:])
    there = next((body for kind, body in chunks if kind == b"XMP "), None)
    packet = said(PACKET if there is None else there, source)
    if packet is None:
        return data
    others = [chunk for chunk in chunks if chunk[0] != b"XMP "]
    body = b"WEBP" + b"".join(riff_chunk(*one) for one in (*others, (b"XMP ", packet)))
    return b"RIFF" + struct.pack("<I", len(body)) + body + data[size:]


def riff_chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(body):
        kind, length = struct.unpack("<4sI", body[at : at + 8])
        yield kind, body[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def extended_header(data: bytes, found: Sniffed) -> bytes:
    """Flags and size; whether there is transparency, a lossless picture says in its own header."""
    bits = int.from_bytes(data[21:25], "little") if data[12:16] == b"VP8L" else 0
    flags = WEBP_ALPHA_FLAG if bits & VP8L_ALPHA_BIT else 0
    width, height = (side.to_bytes(3, "little") for side in (found.width - 1, found.height - 1))
    return bytes([flags, 0, 0, 0]) + width + height


MARKERS: dict[str, Callable[[bytes, str], bytes]] = {
    "image/png": in_png,
    "image/jpeg": in_jpeg,
    "image/webp": in_webp,
}
