"""What an uploaded file is, read from its bytes as they pass; its caller's word must agree.

Whatever is none of these kinds is refused. Markup is text here: it is never served as a page.
"""

import codecs
from collections.abc import Callable, Mapping

from limner.errors import UnsupportedMime
from limner.files.audio import MP3, WAV, frame_at, tagged

HEAD_BYTES = 1024
PNG, JPEG, WEBP, GIF, AVIF = (f"image/{kind}" for kind in ("png", "jpeg", "webp", "gif", "avif"))
PDF, TEXT, JSON, JSONL = "application/pdf", "text/plain", "application/json", "application/jsonl"
PICTURES = frozenset({PNG, JPEG, WEBP, GIF, AVIF})
TEXTS = frozenset({TEXT, JSON, JSONL})
AUDIO = frozenset({MP3, WAV})
EVERYTHING = PICTURES | TEXTS | AUDIO | {PDF}

PURPOSES: Mapping[str, frozenset[str]] = {
    "assistants": EVERYTHING,
    "vision": PICTURES,
    "user_data": EVERYTHING,
    "batch": TEXTS,
    "media_artifact": PICTURES | AUDIO,
}
"""What each purpose takes."""

SAYS_NOTHING = {"", "application/octet-stream", "binary/octet-stream", "application/binary"}
OTHER_NAMES = {
    "image/jpg": JPEG,
    "image/pjpeg": JPEG,
    "image/x-png": PNG,
    "image/avif-sequence": AVIF,
    "audio/mp3": MP3,
    "audio/x-mp3": MP3,
    "audio/mpeg3": MP3,
    "audio/x-wav": WAV,
    "audio/wave": WAV,
    "audio/vnd.wave": WAV,
    "application/x-pdf": PDF,
    "application/x-ndjson": JSONL,
    "application/ndjson": JSONL,
    "application/x-jsonlines": JSONL,
    "application/jsonlines": JSONL,
    "text/json": JSON,
    "text/jsonl": JSONL,
}
ENDINGS = {".json": JSON, ".jsonl": JSONL, ".ndjson": JSONL}
ACTIVE = {"text/html", "text/xml", "text/javascript", "text/css"}
"""Declared so, a text asks to be served as something that acts."""
NO_TEXT = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
BOM = b"\xef\xbb\xbf"


def avif(head: bytes) -> bool:
    """A container of the ISO family that names AVIF among its brands."""
    size = int.from_bytes(head[:4], "big")
    brands = head[8:12] + head[16 : min(size, HEAD_BYTES)]
    named = {brands[at : at + 4] for at in range(0, len(brands), 4)}
    return head[4:8] == b"ftyp" and not named.isdisjoint({b"avif", b"avis"})


MAGIC: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), PNG),
    (lambda head: head.startswith(b"\xff\xd8\xff"), JPEG),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", WEBP),
    (lambda head: head.startswith((b"GIF87a", b"GIF89a")), GIF),
    (avif, AVIF),
    (lambda head: head.startswith(b"%PDF-"), PDF),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE", WAV),
    (lambda head: tagged(head) or frame_at(head, 0) is not None, MP3),
)


class Look:
    """Looks at the bytes of a file while they pass."""

    def __init__(self) -> None:
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = True

    def at(self, data: bytes) -> None:
        self._head += data[: HEAD_BYTES - len(self._head)]
        self._text = self._text and self._reads(data)

    def _reads(self, data: bytes, final: bool = False) -> bool:
        if len(data.translate(None, NO_TEXT)) != len(data):
            return False
        try:
            self._decoder.decode(data, final)
        except UnicodeDecodeError:
            return False
        return True

    def found(self) -> str | None:
        """The kind of all that has passed; None for none of ours."""
        for starts, kind in MAGIC:
            if starts(self._head):
                return kind
        return TEXT if self._text and self._reads(b"", final=True) else None

    def looks_like_json(self) -> bool:
        return self._head.removeprefix(BOM).lstrip()[:1] in (b"{", b"[")


def kind_of(look: Look, declared: str, filename: str, purpose: str) -> str:
    """The type a file is stored and served as. Raises UnsupportedMime."""
    declared = declared.partition(";")[0].strip().lower()
    declared = OTHER_NAMES.get(declared, declared)
    found = look.found()
    if found is None:
        raise UnsupportedMime(
            "the bytes are no PNG, JPEG, WebP, GIF, AVIF, MP3, WAV, PDF or UTF-8 text", param="file"
        )
    if found == TEXT:
        found = kind_of_text(look, declared, filename)
    elif declared not in (SAYS_NOTHING | {found}):
        raise mismatch(found, declared)
    if found not in PURPOSES[purpose]:
        takes = ", ".join(sorted(PURPOSES[purpose]))
        raise UnsupportedMime(f"purpose {purpose} takes {takes}; this is {found}", param="file")
    return found


def kind_of_text(look: Look, declared: str, filename: str) -> str:
    """Which kind of text: as declared, else as its ending says, where the bytes agree."""
    by_ending = ENDINGS.get("." + filename.lower().rpartition(".")[2], TEXT)
    said = by_ending if declared in SAYS_NOTHING | {TEXT} else declared
    if said in (JSON, JSONL):
        if look.looks_like_json():
            return said
        if declared not in SAYS_NOTHING | {TEXT}:
            raise mismatch(TEXT, declared)
        return TEXT
    if not said.startswith("text/") or said in ACTIVE:
        raise mismatch(TEXT, declared)
    return TEXT


def mismatch(found: str, declared: str) -> UnsupportedMime:
    shown = "".join(char if char.isprintable() else "?" for char in declared[:80])
    return UnsupportedMime(
        f"the bytes are {found}, but the file was sent as {shown}; send it as what it is, or "
        "leave its content type out",
        param="file",
    )
