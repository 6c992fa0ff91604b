"""The manifest: what an archive is, and how to tell that all of it is there and as it was written.

It is the first part of the archive, so that it is read first, and the last to be written: room is
left for it.
"""

from typing import Literal

import msgspec

from limner.backup.refusal import damaged, too_new

FORMAT = 1
"""Counted on when an older limner could no longer read what is written."""
ROOM = 16 * 1024
"""Bytes the manifest takes, blanks behind it included."""


class Sums(msgspec.Struct, frozen=True):
    """Where the list of all parts and their SHA-256 is, and its own."""

    offset: int
    bytes: int
    sha256: str


GONE = "gone.json"


class Gone(msgspec.Struct, frozen=True):
    """The part of that name: blobs whose last picture or file ended while a backup was taken."""

    pictures: list[str] = []
    files: list[str] = []


class Stored(msgspec.Struct, frozen=True):
    """How many blobs of a kind are in the archive, and what is known of others.

    `gone` expired or were deleted while the backup was taken, `lost` should be on the disk and are
    not, `damaged` are there and have another size or SHA-256 than their row says.
    """

    number: int = 0
    bytes: int = 0
    gone: int = 0
    lost: int = 0
    damaged: int = 0


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    limner: str
    """The version that took the backup."""
    schema: str
    """The newest migration its database had."""
    database: Literal["sqlite", "postgresql"]
    taken_at: str
    """The moment all rows are of, in UTC."""
    fingerprint: str | None
    """Tells which secret the keys were hashed with, and gives nothing of it away."""
    has_secret: bool
    has_pictures: bool
    rows: dict[str, int]
    pictures: Stored
    files: Stored
    sums: Sums


def written(manifest: Manifest) -> bytes:
    """As it stands in the archive: JSON that fills its room."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    assert len(text) < ROOM, "the manifest has outgrown its room"
    return text + b"\n" * (ROOM - len(text))


class Kind(msgspec.Struct, frozen=True):
    """What every manifest says, however new."""

    format: int
    limner: str


def read(text: bytes) -> Manifest:
    try:
        kind = msgspec.json.decode(text, type=Kind)
        if kind.format > FORMAT:
            raise too_new(kind.limner)
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError:
        raise damaged("the manifest cannot be read") from None
