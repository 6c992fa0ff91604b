"""The archive is a tar file, so that in the worst case any computer can open it without limner.

Parts follow each other as they come; the list of their SHA-256 stands behind them, and the manifest
with its own before them. Neither side holds more of it than one part of a table or a piece of a
picture: `tarfile` itself would remember every member.
"""

import errno
import hashlib
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Self

from limner.backup import manifest as manifests
from limner.backup.manifest import ROOM, Manifest, Sums
from limner.backup.refusal import BackupRefused, damaged

MANIFEST, MANIFEST_SUM, SUMS = "manifest.json", "manifest.sha256", "SHA256SUMS"
BLOCK = tarfile.BLOCKSIZE
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One member of the archive and where its bytes begin."""

    name: str
    offset: int
    size: int


class ArchiveWriter:
    def __init__(self, out: BinaryIO, folder: str, taken_s: int) -> None:
        """`folder` is where the list of sums grows until it gets its place."""
        self._out = out
        self._taken_s = taken_s
        self._sums = TemporaryFile(dir=folder)  # noqa: SIM115 - closed with the writer
        self._head(MANIFEST, ROOM)
        out.write(bytes(ROOM))
        self._place_of_sum = out.tell()
        self._body(MANIFEST_SUM, line(hashlib.sha256(b""), MANIFEST))

    def add(self, name: str, data: bytes) -> None:
        self._body(name, data)
        self._sums.write(line(hashlib.sha256(data), name))

    def copy(self, name: str, source: BinaryIO, size: int) -> str:
        """A part of that many bytes; its SHA-256."""
        self._head(name, size)
        digest = hashlib.sha256()
        for piece in pieces(source, size):
            digest.update(piece)
            self._out.write(piece)
        self._pad(size)
        self._sums.write(line(digest, name))
        return digest.hexdigest()

    def sums(self) -> Sums:
        """Write the list of all parts, which nothing may follow."""
        size = self._sums.tell()
        self._sums.seek(0)
        self._head(SUMS, size)
        offset, digest = self._out.tell(), hashlib.sha256()
        for piece in pieces(self._sums, size):
            digest.update(piece)
            self._out.write(piece)
        self._pad(size)
        self._out.write(bytes(2 * BLOCK))
        return Sums(offset, size, digest.hexdigest())

    def seal(self, manifest: Manifest) -> None:
        """Fill the room at the beginning and make all of it durable."""
        text = manifests.written(manifest)
        self._out.seek(BLOCK)
        self._out.write(text)
        self._out.seek(self._place_of_sum)
        self._body(MANIFEST_SUM, line(hashlib.sha256(text), MANIFEST))
        self._out.flush()
        os.fsync(self._out.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sums.close()

    def _body(self, name: str, data: bytes) -> None:
        self._head(name, len(data))
        self._out.write(data)
        self._pad(len(data))

    def _head(self, name: str, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self._taken_s, 0o600
        self._out.write(info.tobuf(tarfile.GNU_FORMAT))

    def _pad(self, size: int) -> None:
        self._out.write(bytes(-size % BLOCK))


class Archive:
    """An archive to read from, front to back, as often as wanted."""

    def __init__(self, source: BinaryIO) -> None:
        """Raises BackupRefused for what is no archive, is cut off, or is too new."""
        self._source = source
        self.size = os.fstat(source.fileno()).st_size
        try:
            first, second = self._part(0), self._part(BLOCK + ROOM)
        except tarfile.HeaderError:
            raise no_archive() from None
        if (first.name, first.size, second.name) != (MANIFEST, ROOM, MANIFEST_SUM):
            raise no_archive()
        text = self.read(first)
        if self.read(second) != line(hashlib.sha256(text), MANIFEST):
            raise damaged(f"the part {MANIFEST} is not as it was written")
        self.manifest = manifests.read(text)
        self._begin = second.offset + padded(second.size)

    def parts(self) -> Iterator[Part]:
        """All but the manifest and the list of sums."""
        offset, end = self._begin, self.manifest.sums.offset - BLOCK
        while offset < end:
            try:
                part = self._part(offset)
            except tarfile.HeaderError:
                raise damaged(f"at byte {offset} no part begins where one should") from None
            yield part
            offset = part.offset + padded(part.size)

    def read(self, part: Part) -> bytes:
        return b"".join(self.pieces(part))

    def pieces(self, part: Part) -> Iterator[bytes]:
        """Raises BackupRefused for a part that is not all there."""
        if part.offset + part.size > self.size:
            raise damaged(f"the archive is cut off: {self.size:,} bytes are there")
        self._source.seek(part.offset)
        return pieces(self._source, part.size)

    def checked(self) -> Iterator[Part]:
        """Every part, once it is as it was written. Raises BackupRefused with its name."""
        sums = self.manifest.sums
        if self._digest(Part(SUMS, sums.offset, sums.bytes)) != sums.sha256:
            raise damaged(f"the part {SUMS} is not as it was written")
        lines = self._lines(sums)
        for part in self.parts():
            if f"{self._digest(part)}  {part.name}" != next(lines, ""):
                raise damaged(f"the part {part.name} is not as it was written")
            yield part
        if missing := next(lines, ""):
            raise damaged(f"the part {missing.rpartition(' ')[2]} is not there")

    def _digest(self, part: Part) -> str:
        digest = hashlib.sha256()
        for piece in self.pieces(part):
            digest.update(piece)
        return digest.hexdigest()

    def _lines(self, sums: Sums) -> Iterator[str]:
        """The list of sums, read a little at a time beside the parts."""
        left, rest, offset = sums.bytes, b"", sums.offset
        while left:
            text = rest + self.read(Part(SUMS, offset, min(PIECE, left)))
            taken = min(PIECE, left)
            left, offset = left - taken, offset + taken
            *whole, rest = text.split(b"\n")
            for one in whole:
                yield one.decode(errors="replace")

    def _part(self, offset: int) -> Part:
        self._source.seek(offset)
        info = tarfile.TarInfo.frombuf(self._source.read(BLOCK), "utf-8", "replace")
        return Part(info.name, offset + BLOCK, info.size)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Raises BackupRefused, OSError."""
    with open(path, "rb") as source:
        yield Archive(source)


def pieces(source: BinaryIO, size: int) -> Iterator[bytes]:
    """Exactly `size` bytes, bit by bit."""
    while size:
        piece = source.read(min(PIECE, size))
        if not piece:
            raise OSError(errno.EIO, "a file ends before it should")
        yield piece
        size -= len(piece)


def padded(size: int) -> int:
    return size + -size % BLOCK


def line(digest: "hashlib._Hash", name: str) -> bytes:
    """As `sha256sum --check` reads it."""
    return f"{digest.hexdigest()}  {name}\n".encode()


def no_archive() -> BackupRefused:
    return BackupRefused("this is no backup of limner", "no_archive")
