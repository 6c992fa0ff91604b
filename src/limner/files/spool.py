"""An upload on its way to the disk: counted, hashed and looked at as it comes, never held whole."""

import asyncio
import hashlib
import threading

from limner.errors import BodyTooLarge
from limner.files.blobs import BlobPart
from limner.files.kinds import Look

CHUNK = 256 * 1024
"""What is gathered in memory before a thread writes it."""


class Spool:
    """Takes the bytes of one file in order, `limit` of them at most."""

    def __init__(self, part: BlobPart, limit: int) -> None:
        self.size = 0
        self.look = Look()
        self._part = part
        self._limit = limit
        self._digest = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._held = 0
        self._lock = threading.Lock()
        """A thread may still be writing when the task that sent it was cancelled."""

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    async def add(self, data: bytes) -> None:
        """Raises BodyTooLarge, OSError."""
        self.size += len(data)
        if self.size > self._limit:
            raise too_large(self._limit)
        self._waiting.append(data)
        self._held += len(data)
        if self._held >= CHUNK:
            await self.flush()

    async def flush(self) -> None:
        """Write what waits in memory; behind the last byte that completes hash and look."""
        data = b"".join(self._waiting)
        self._waiting, self._held = [], 0
        await asyncio.to_thread(self._take, data)

    async def keep(self) -> None:
        """Make what came a durable blob, once it is flushed. Raises OSError."""
        await asyncio.to_thread(self._locked_keep)

    async def discard(self) -> None:
        """Leave nothing behind; once kept, this does nothing."""
        await asyncio.to_thread(self._locked_discard)

    def _take(self, data: bytes) -> None:
        with self._lock:
            self._part.add(data)
            self._digest.update(data)
            self.look.at(data)

    def _locked_keep(self) -> None:
        with self._lock:
            self._part.keep()

    def _locked_discard(self) -> None:
        with self._lock:
            self._part.discard()


def too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        f"a file may have at most {limit:,} bytes; nothing was stored", param="file"
    )
