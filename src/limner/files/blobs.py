"""Blobs on the local disk: written to the end, flushed, renamed, and the folder flushed too.

After `write` returns, a power cut cannot take the bytes away; before, no name points at them. The
object-store libraries' local backends do not flush, which is why this writer is our own.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from limner.durable import GroupFlush, flush_folder

FOLDER_CHARS = 5
"""An id's first characters are time: 25 bits less than a millisecond, about nine hours a folder."""

STALE_S = 3600


class Found(NamedTuple):
    """A blob that is there; `modified` is in unix seconds, by the clock of the store."""

    blob_id: str
    size: int
    modified: float


class BlobPart(Protocol):
    """A blob on its way. Whoever does not keep it discards it."""

    def add(self, data: bytes) -> None: ...
    def keep(self) -> None: ...
    def discard(self) -> None: ...


class BlobStore(Protocol):
    """Where bytes lie under names that are given once. All of it blocks, and raises OSError.

    `open` gives a file to read from, `at_hand` the path of one, which is `spare` where the store is
    not on this machine; `read` the bytes from a place on, fewer at the end. What is not there is
    FileNotFoundError.
    """

    asked_at_once: int
    """How many questions it takes at the same time."""

    @property
    def temporary(self) -> Path: ...
    def write(self, blob_id: str, data: bytes) -> None: ...
    def part(self, blob_id: str) -> BlobPart: ...
    def adopt(self, blob_id: str, source: "BlobStore", source_id: str) -> None: ...
    def open(self, blob_id: str) -> BinaryIO: ...
    def read(self, blob_id: str, start: int, length: int) -> bytes: ...
    def at_hand(self, blob_id: str, spare: Path) -> Path: ...
    def size(self, blob_id: str) -> int: ...
    def remove(self, blob_id: str) -> None: ...
    def ids(self) -> Iterator[str]: ...
    def found(self) -> Iterator[Found]: ...
    def sweep_temporary(self) -> None: ...


class LocalBlobs:
    """One file per blob, named by its id. Blocking: call it from a thread."""

    asked_at_once = 1

    def __init__(self, root: Path, *, make: bool = True) -> None:
        """Without `make` nothing is changed that is only to be looked at."""
        self._root = root
        self._temporary = root / "tmp"
        if make:
            self._temporary.mkdir(parents=True, exist_ok=True)
            flush_folder(root)
            flush_folder(root.parent)
        self._folders: dict[Path, GroupFlush] = {}

    @property
    def temporary(self) -> Path:
        """A folder for what nobody needs after an hour, see `sweep_temporary`."""
        return self._temporary

    def path(self, blob_id: str) -> Path:
        return blob_path(self._root, blob_id)

    def write(self, blob_id: str, data: bytes) -> None:
        """Store durably. Raises OSError with nothing left behind.

        The same id may be written again, by a caller who was told that the first time failed.
        """
        part = self.part(blob_id)
        try:
            part.add(data)
            part.keep()
        except BaseException:
            part.discard()
            raise

    def part(self, blob_id: str) -> "Part":
        """A blob that is written bit by bit and has its name only once it is kept."""
        target = self.path(blob_id)
        return Part(self._temporary / f"{blob_id}.part", target, self._made(target.parent))

    def adopt(self, blob_id: str, source: BlobStore, source_id: str) -> None:
        """Store the bytes of another durable blob durably; by a second name where that goes.

        Raises OSError with nothing left behind.
        """
        if not isinstance(source, LocalBlobs):
            self.write(blob_id, source.read(source_id, 0, source.size(source_id)))
            return
        path = source.path(source_id)
        target = self.path(blob_id)
        folder = self._made(target.parent)
        try:
            os.link(path, target)
        except OSError:  # another disk, or a file system without links
            self.write(blob_id, path.read_bytes())
            return
        try:
            folder.flush()
        except OSError:
            target.unlink()
            raise

    def open(self, blob_id: str) -> BinaryIO:
        """A blob to read from, which stays whole while it is removed. Raises FileNotFoundError."""
        return open(self.path(blob_id), "rb")

    def read(self, blob_id: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`; fewer at the end. Raises FileNotFoundError."""
        with open(self.path(blob_id), "rb") as blob:
            blob.seek(start)
            return blob.read(length)

    def at_hand(self, blob_id: str, spare: Path) -> Path:
        """Where the blob lies. It may be gone already."""
        return self.path(blob_id)

    def size(self, blob_id: str) -> int:
        """In bytes. Raises FileNotFoundError."""
        return self.path(blob_id).stat().st_size

    def remove(self, blob_id: str) -> None:
        """Remove a blob; one that is gone already is no error."""
        self.path(blob_id).unlink(missing_ok=True)

    def ids(self) -> Iterator[str]:
        """The ids of all blobs, sorted."""
        for folder in self._folders_there():
            yield from sorted(os.listdir(folder))

    def found(self) -> Iterator[Found]:
        """All blobs, in the order of `ids`."""
        for folder in self._folders_there():
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    with suppress(FileNotFoundError):  # removed meanwhile
                        stat = entry.stat()
                        yield Found(entry.name, stat.st_size, stat.st_mtime)

    def _folders_there(self) -> Iterator[Path]:
        for folder in sorted(self._root.iterdir()) if self._root.exists() else ():
            if folder != self._temporary and folder.is_dir():
                yield folder

    def sweep_temporary(self) -> None:
        swept(self._temporary)

    def _made(self, folder: Path) -> GroupFlush:
        """A folder whose own name is durable, whichever process made it."""
        known = self._folders.get(folder)
        if known is None:
            folder.mkdir(exist_ok=True)
            flush_folder(self._root)
            known = self._folders.setdefault(folder, GroupFlush(folder))
        return known


def swept(temporary: Path) -> None:
    """Remove what writers that died left behind more than an hour ago."""
    limit = time.time() - STALE_S
    for part in temporary.iterdir():
        with suppress(FileNotFoundError):  # its writer may be at work
            if part.stat().st_mtime < limit:
                part.unlink()


def blob_path(root: Path, blob_id: str) -> Path:
    ulid = blob_id.rpartition("_")[2]
    return root / ulid[:FOLDER_CHARS] / blob_id


class Part:
    """A blob on its way. Whoever does not keep it discards it."""

    def __init__(self, path: Path, target: Path, folder: GroupFlush) -> None:
        self._path = path
        self._target = target
        self._folder = folder
        self._out = FileIO(path, "wb")

    def add(self, data: bytes) -> None:
        write_all(self._out, data)

    def keep(self) -> None:
        """Make all that was added a durable blob. Raises OSError with no blob left behind."""
        os.fsync(self._out.fileno())
        leave_no_cache(self._out.fileno())
        self._out.close()
        os.rename(self._path, self._target)
        try:
            self._folder.flush()
        except OSError:
            self._target.unlink()
            raise

    def discard(self) -> None:
        """Leave nothing behind; what went wrong before says more than what may go wrong here."""
        with suppress(OSError):
            self._out.close()
        with suppress(OSError):
            self._path.unlink()


def leave_no_cache(descriptor: int) -> None:
    """Give a flushed file's memory back at once, see docs/decisions/0020.

    Most pictures are read once or never, and the next one finds memory that is at hand.
    """
    if hasattr(os, "posix_fadvise"):  # macOS has none
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def write_all(out: RawIOBase, data: bytes) -> None:
    """The system may take less than it is given, as when the disk is about to be full."""
    left = memoryview(data)
    while left:
        left = left[out.write(left) :]
