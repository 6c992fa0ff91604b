"""An answer on its way: held in memory while it is small, and from 4 MiB on in a nameless file.

The file has no name from its first moment on, so it is gone with the last view of it, and with the
process, however that ends. Its pages are the kernel's, which takes them back when memory is short.
"""

import asyncio
import mmap
import os
import tempfile
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from limner.in_flight import InFlight

Content: TypeAlias = bytes | mmap.mmap

COUNTED_ABOVE = 256 * 1024
SPOOL_ABOVE = STEP = 4 * 1024 * 1024
"""What is gathered in memory before a thread writes it, see docs/decisions/0027."""


@dataclass(frozen=True, slots=True)
class Spool:
    """Where large answers lie, and what their bytes are counted by."""

    folder: Path
    in_flight: InFlight = field(default_factory=InFlight)


class Arriving:
    """The bytes of one answer. Whoever begins one closes it; what `content` gave stays."""

    def __init__(self, spool: Spool | None) -> None:
        self.size = 0
        self._folder = spool.folder if spool else None
        self._share = (spool.in_flight if spool else InFlight()).share()
        self._waiting: list[memoryview] = []
        self._held = 0
        self._file: int | None = None
        self._spooled = 0
        self._closed = False
        self._handed_on = False
        self._lock = threading.Lock()
        """A thread may still be writing when the task that sent it was cancelled."""

    async def add(self, data: memoryview) -> None:
        self._waiting.append(data)
        self.size += len(data)
        self._held += len(data)
        if self.size > COUNTED_ABOVE:
            self._share.take(self.size - self._share.held)
        if self._held >= STEP and self._folder is not None:
            await self._spool(self._folder)

    async def content(self) -> Content:
        """All that came."""
        if self._folder is not None and self.size > SPOOL_ABOVE:
            await self._spool(self._folder)
        if self._file is None:
            return b"".join(self._waiting)
        mapped = mmap.mmap(self._file, self.size, access=mmap.ACCESS_READ)
        weakref.finalize(mapped, self._share.let_go).atexit = False
        self._handed_on = True
        return mapped

    def close(self) -> None:
        self._waiting = []  # an error's trace may keep this for long
        if not self._handed_on:
            self._share.let_go()
        with self._lock:
            self._closed = True
            self._let_go()

    async def _spool(self, folder: Path) -> None:
        """Where the disk takes no more, memory has to do: the answer may be paid for."""
        try:
            await asyncio.to_thread(self._write, folder, self._waiting)
            self._waiting = []
        except OSError:
            self._waiting.insert(0, memoryview(await asyncio.to_thread(self._read_back)))
            self._folder = None
        self._held = 0

    def _write(self, folder: Path, pieces: list[memoryview]) -> None:
        """Raises OSError with what was spooled before still there."""
        with self._lock:
            if self._closed:
                return
            if self._file is None:
                self._file = nameless(folder)
            at = self._spooled
            for piece in pieces:
                left = piece
                while left:
                    written = os.pwrite(self._file, left, at)
                    left, at = left[written:], at + written
            self._spooled = at

    def _read_back(self) -> bytes:
        with self._lock:
            if self._file is None or not self._spooled:
                self._let_go()
                return b""
            with mmap.mmap(self._file, self._spooled, access=mmap.ACCESS_READ) as written:
                data = written[:]
            self._let_go()
            return data

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def nameless(folder: Path) -> int:
    """A descriptor of a new file that nobody can find and that nothing has to clear away."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        return os.dup(file.fileno())
