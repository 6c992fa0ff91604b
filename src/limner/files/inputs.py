"""Pictures that requests work on: on the disk as they come, and gone with the end of their job.

While a job waits for its turn or its provider, nothing of them is in memory. What was uploaded as a
file, or made here, is read where it lies.
"""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from limner.errors import (
    InvalidParams,
    NotFound,
    UnsafeImageUrl,
)
from limner.fetch.guard import NotFetched, guarded_get
from limner.fetch.reach import PUBLIC, Reach
from limner.files.artifact import Artifact
from limner.files.base64_text import NotBase64, decoded
from limner.files.blobs import BlobStore, write_all
from limner.files.file import File
from limner.files.looking import Looked, looked_at, on_disk, too_large
from limner.files.uploads import no_room
from limner.ids import new_id
from limner.providers.base import InputImage

CHUNK = 256 * 1024
"""What is gathered in memory before a thread writes it."""
MOST_FETCHED = 20 * 1024 * 1024
FETCH_S = 30.0
GONE = "the picture was deleted before it could be used; nothing was charged"


@dataclass(frozen=True, slots=True)
class InputLimits:
    """What one picture may have at most, and where it may be fetched from."""

    bytes: int
    pixels: int
    reach: Reach = PUBLIC


class Inputs:
    def __init__(self, files: BlobStore, pictures: BlobStore, limits: InputLimits) -> None:
        self._files = files
        self._pictures = pictures
        self._limits = limits

    def begin(self) -> "Batch":
        return Batch(self._files, self._pictures, self._limits)


@dataclass(slots=True)
class Arriving:
    """Bytes on their way to the disk. `name` is what their sender calls them."""

    name: str
    path: Path
    most: int
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    waiting: list[bytes] = field(default_factory=list)
    held: int = 0

    async def add(self, data: bytes) -> None:
        """Raises BodyTooLarge, StorageUnavailable."""
        self.size += len(data)
        if self.size > self.most:
            raise too_large(self.name, self.most)
        self.waiting.append(data)
        self.held += len(data)
        if self.held >= CHUNK:
            await self.flush()

    async def flush(self) -> None:
        data = b"".join(self.waiting)
        self.waiting, self.held = [], 0
        with on_disk():
            await asyncio.to_thread(self.take, data)

    def take(self, data: bytes) -> None:
        """Write bytes behind the others. The file must be there: a batch may be gone already."""
        self.digest.update(data)
        with open(self.path, "r+b", buffering=0) as out:
            out.seek(0, 2)
            write_all(out, data)


class Batch:
    """The pictures of one request. Whoever begins one releases it, or hands that on."""

    def __init__(self, files: BlobStore, pictures: BlobStore, limits: InputLimits) -> None:
        self._files = files
        self._pictures = pictures
        self._limits = limits
        self._paths: list[Path] = []

    def arriving(self, name: str, most: int | None = None) -> Arriving:
        """Room for bytes, those of a picture unless told otherwise. Raises StorageUnavailable."""
        path = self._files.temporary / f"{new_id('in')}.part"
        with on_disk():
            path.touch(mode=0o600)
        self._paths.append(path)
        return Arriving(name, path, most or self._limits.bytes)

    async def received(self, arrived: Arriving, *, mask: bool = False) -> InputImage:
        """What has arrived, as a picture. Raises UnsupportedMime, InvalidParams."""
        await arrived.flush()
        found, lies = await self._look(arrived.path, arrived.name, mask=mask)
        digest = arrived.digest.hexdigest()
        return InputImage(*found, arrived.size, digest, arrived.path.read_bytes, lies)

    async def decoded(self, name: str, text: memoryview, *, mask: bool = False) -> InputImage:
        """A picture written in base64, or in a `data:` URI; `text` is the inside of JSON's quotes.

        Raises InvalidParams, UnsupportedMime, BodyTooLarge.
        """
        arriving = self.arriving(name)
        with on_disk():
            await asyncio.to_thread(decode, text, arriving)
        return await self.received(arriving, mask=mask)

    async def of_bytes(self, name: str, data: bytes, *, mask: bool = False) -> InputImage:
        arriving = self.arriving(name)
        await arriving.add(data)
        return await self.received(arriving, mask=mask)

    async def changed(self, name: str, data: bytes) -> InputImage:
        """A picture in place of one that was sent; what is made of it here may be longer."""
        arriving = self.arriving(name, max(len(data), self._limits.bytes))
        await arriving.add(data)
        return await self.received(arriving)

    async def fetched(self, name: str, url: str, *, mask: bool = False) -> InputImage:
        """What a URL leads to. Raises UnsafeImageUrl, UnsupportedMime, InvalidParams."""
        most = min(MOST_FETCHED, self._limits.bytes)
        try:
            found = await guarded_get(
                url, limit_bytes=most, timeout_s=FETCH_S, reach=self._limits.reach
            )
        except NotFetched as error:
            raise UnsafeImageUrl(
                f"{name} cannot be fetched: {error.reason}; nothing was charged", param=name
            ) from None
        return await self.of_bytes(name, found.data, mask=mask)

    async def of_file(self, name: str, file: File, *, mask: bool = False) -> InputImage:
        """A file, where it lies. Raises NotFound, UnsupportedMime, InvalidParams, BodyTooLarge."""
        lying = Lying(self._files, file.blob, file.bytes, file.sha256)
        return await self._lying(name, lying, mask=mask)

    async def of_artifact(self, name: str, artifact: Artifact, *, mask: bool = False) -> InputImage:
        """The same for a picture that was made here."""
        lying = Lying(self._pictures, artifact.blob, artifact.bytes, artifact.sha256)
        return await self._lying(name, lying, mask=mask)

    async def _lying(self, name: str, lying: "Lying", *, mask: bool) -> InputImage:
        if lying.bytes > self._limits.bytes:
            raise too_large(name, self._limits.bytes)
        spare = self._files.temporary / f"{new_id('in')}.part"
        self._paths.append(spare)
        path = await asyncio.to_thread(brought, lying, spare, name)
        found, lies = await self._look(path, name, mask=mask)
        read = partial(read_if_there, path)
        return InputImage(*found, lying.bytes, lying.sha256, read, lies)

    async def _look(self, path: Path, name: str, *, mask: bool) -> Looked:
        try:
            return await asyncio.to_thread(looked_at, path, name, self._limits.pixels, mask)
        except FileNotFoundError:
            raise NotFound(GONE, param=name) from None

    def drop(self, arriving: Arriving) -> None:
        """Remove what is not needed any more before the others."""
        self._paths.remove(arriving.path)
        arriving.path.unlink(missing_ok=True)

    def release(self) -> None:
        """Leave nothing behind. Once is enough, more does no harm."""
        paths, self._paths = self._paths, []
        for path in paths:
            with suppress(OSError):  # then a sweep does it
                path.unlink()


@dataclass(frozen=True, slots=True)
class Lying:
    """A picture that is stored already."""

    store: BlobStore
    blob: str
    bytes: int
    sha256: str


def brought(lying: Lying, spare: Path, name: str) -> Path:
    """The path of a file on this machine with the picture's bytes, for a thread.

    Raises NotFound, StorageUnavailable.
    """
    try:
        return lying.store.at_hand(lying.blob, spare)
    except FileNotFoundError:
        raise NotFound(GONE, param=name) from None
    except OSError as error:
        raise no_room(error) from error


def decode(text: memoryview, into: Arriving) -> None:
    """Base64 as bytes on the disk, for a thread."""
    try:
        for piece in decoded(text):
            into.size += len(piece)
            if into.size > into.most:
                raise too_large(into.name, into.most)
            into.take(piece)
    except NotBase64 as error:
        raise InvalidParams(
            f"{into.name} cannot be read: {error}; nothing was charged", param=into.name
        ) from None


def read_if_there(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(GONE) from None
