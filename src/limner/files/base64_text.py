"""Base64 as JSON strings carry it, made bytes piece by piece: large ones are never held twice.

Line breaks, a `data:` prefix, the letters of URLs and missing padding are forgiven. So are escapes:
several languages write `/` as `\\/` and `=` as `\\u003d`.
"""

import re
from collections.abc import Iterable, Iterator

import pybase64

PIECE = 256 * 1024
ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
LONGEST_ESCAPE = 6
BREAKS = b" \t\r\n"
OF_URLS = bytes.maketrans(b"-_", b"+/")
WRITTEN = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
LONGEST_PREFIX = 256
WRONG = b"*"
"""Stands in for a character that no base64 has."""


class NotBase64(ValueError):
    """The text is no base64; the message says in what way."""


def decoded(text: memoryview) -> Iterator[bytes]:
    """The bytes that a string's inside stands for. Raises NotBase64."""
    carried = b""
    for piece in without_prefix(unescaped(text)):
        letters = carried + piece.translate(OF_URLS, BREAKS)
        whole = len(letters) // 4 * 4
        yield plain(letters[:whole])
        carried = letters[whole:]
    yield plain(carried + b"=" * (-len(carried) % 4))


def plain(letters: bytes) -> bytes:
    try:
        return pybase64.b64decode(letters, validate=True)
    except ValueError:
        raise NotBase64("it is no base64, or was cut off") from None


def unescaped(text: memoryview) -> Iterator[bytes]:
    """The characters of a JSON string. No escape is cut in two."""
    start = 0
    while start < len(text):
        piece = bytes(text[start : start + PIECE])
        if start + PIECE < len(text):
            cut = piece.rfind(b"\\", -LONGEST_ESCAPE + 1)
            piece = piece if cut < 0 else piece[:cut]
        start += len(piece)
        yield ESCAPE.sub(character, piece) if b"\\" in piece else piece


def character(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:
        return WRITTEN.get(escape[2], escape[2])
    number = int(escape[1], 16)
    return bytes([number]) if number < 128 else WRONG


def without_prefix(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same without `data:image/png;base64,` in front."""
    inside = iter(pieces)
    first = next(inside, b"").lstrip()
    if first[:5].lower() == b"data:":
        prefix, comma, first = first.partition(b",")
        if not comma or len(prefix) > LONGEST_PREFIX:
            raise NotBase64("it begins as a data: URI and does not go on as one")
        if not prefix.lower().endswith(b";base64"):
            raise NotBase64("it is a data: URI without base64")
    yield first
    yield from inside
