"""A file: something a caller uploaded or chose to keep, for as long as nobody deletes it."""

from dataclasses import dataclass
from typing import cast

from limner.db.base import Row


@dataclass(frozen=True, slots=True)
class Quota:
    """What one workspace may have."""

    file_bytes: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class File:
    """A stored file; `created_at` is unix microseconds, `sha256` hex."""

    id: str
    blob: str
    purpose: str
    filename: str
    bytes: int
    sha256: str
    content_type: str
    created_at: int


def file_of(found: Row) -> File:
    return File(*cast(tuple[str, str, str, str, int, str, str, int], found))
