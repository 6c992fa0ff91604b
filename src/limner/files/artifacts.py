"""Artifacts: what limner keeps, pictures and music, from a provider's bytes to a durable blob."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from typing import TypeAlias, cast

import pybase64

from limner.clock import Clock, monotonic, wall
from limner.db.base import Database, Row, Value
from limner.errors import NotFound
from limner.files import store
from limner.files.audio import listen
from limner.files.blobs import BlobStore
from limner.files.credentials import Credentials, credentials_in
from limner.files.orphans import Orphans, remove_free
from limner.files.reading import chunks
from limner.files.sniff import NotAnImage, sniff
from limner.ids import new_id
from limner.retention import FOREVER, MICROSECONDS, NEVER, Retention

LEAST, MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored picture or recording; `sha256` is hex, sizes are bytes and pixels.

    A recording has a duration and no width or height, a picture the reverse.
    """

    id: str
    job_id: str
    position: int
    bytes: int
    sha256: str
    content_type: str
    width: int
    height: int
    seed: int | None
    duration_ms: int | None = None
    expires_at: int = NEVER
    """Unix microseconds; 0 for what was handed on and not kept."""
    content_credentials: Credentials | None = None
    """None of a recording."""
    stored_as: str | None = None
    """Whose bytes it shares: those of an equal picture of the workspace that came first."""
    original_as: str | None = None
    """The blob of the signed picture it was made from, whose credentials it could not keep."""
    original_bytes: int | None = None
    original_sha256: str | None = None
    original_type: str | None = None
    file_id: str | None = None
    """The file it was kept as, where the caller wanted that."""

    @property
    def kept(self) -> bool:
        return self.expires_at > 0

    @property
    def kept_until(self) -> int | None:
        """Unix seconds; None as long as nobody deletes it."""
        return None if self.expires_at == NEVER else self.expires_at // MICROSECONDS

    @property
    def blob(self) -> str:
        """What the store calls its bytes."""
        return self.stored_as or self.id

    @property
    def original(self) -> "Artifact | None":
        """The picture as its provider gave it, where this one was made from it and lost by it."""
        if self.original_as is None or self.original_sha256 is None or self.original_type is None:
            return None
        return replace(
            self,
            stored_as=self.original_as,
            bytes=self.original_bytes or 0,
            sha256=self.original_sha256,
            content_type=self.original_type,
            content_credentials="preserved",
        )

    @property
    def blobs(self) -> list[str]:
        return [self.blob, *([self.original_as] if self.original_as else [])]


@dataclass(frozen=True, slots=True)
class Original:
    """A signed picture that was made into another, and is kept beside it."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Found:
    """What bytes turned out to be."""

    content_type: str
    width: int = 0
    height: int = 0
    duration_ms: int | None = None
    content_credentials: Credentials | None = None


def seen(data: bytes) -> Found:
    """Bytes as a picture. Raises NotAnImage."""
    content_type, width, height = sniff(data)
    there: Credentials = "preserved" if credentials_in(data, content_type) else "absent"
    return Found(content_type, width, height, content_credentials=there)


def heard(data: bytes) -> Found:
    """Bytes as a recording. Raises NotAudio."""
    content_type, duration_ms = listen(data)
    return Found(content_type, duration_ms=duration_ms)


@dataclass(frozen=True, slots=True)
class Kept:
    """What has just been stored, with the bytes still at hand for the answer."""

    artifact: Artifact
    data: memoryview
    base64: bool
    """Whether `data` is base64 text as it goes on the wire, or the plain bytes."""
    revised_prompt: str | None
    title: str | None = None
    lyrics: str | None = None
    """Words of a song, where it has any."""


class Artifacts:
    def __init__(
        self, database: Database, blobs: BlobStore, clock: Clock = monotonic, now: Clock = wall
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._now = now
        self._without_row = Orphans(database, blobs, store.BETWEEN, clock)

    async def keep(
        self,
        job_id: str,
        position: int,
        data: memoryview,
        *,
        base64: bool,
        recognise: Callable[[bytes], Found] = seen,
        retention: Retention = FOREVER,
        seed: int | None = None,
        revised_prompt: str | None = None,
        title: str | None = None,
        lyrics: str | None = None,
        original: Original | None = None,
    ) -> Kept:
        """Store one picture or recording durably, in a thread, or only look at it: as retention
        says.

        Raises NotMedia for bytes that are none, OSError when the disk will not take them.
        """
        artifact_id = new_id("a")
        blobs = None if retention.none else self._blobs
        size, digest, found = await asyncio.to_thread(
            stored, blobs, artifact_id, data, base64, recognise
        )
        if seed is not None and not LEAST <= seed <= MOST:
            seed = None  # no column holds it, and a picture is worth more than its seed
        artifact = Artifact(
            id=artifact_id,
            job_id=job_id,
            position=position,
            bytes=size,
            sha256=digest,
            content_type=found.content_type,
            width=found.width,
            height=found.height,
            seed=seed,
            duration_ms=found.duration_ms,
            expires_at=retention.expires_at(self._now()),
            content_credentials="removed"
            if original and found.content_credentials == "absent"
            else found.content_credentials,
        )
        if original and blobs is not None:
            artifact = await asyncio.to_thread(with_original, artifact, original, blobs)
        return Kept(artifact, data, base64, revised_prompt, title, lyrics)

    async def get(self, artifact_id: str) -> Artifact:
        """Raises NotFound for one that never was, has expired or was deleted."""
        rows = await self._database.fetch(store.ARTIFACT, {"id": artifact_id})
        if not rows:
            raise NotFound("there is no such picture, or it has expired")
        return artifact_of(rows[0])

    async def of_job(self, job_id: str) -> tuple[list[Artifact], bool]:
        """The pictures of a job that can still be had, and whether some have expired."""
        return pictures_of(await self._database.fetch(store.OF_JOB, {"job_id": job_id}))

    async def of_jobs(self, job_ids: Sequence[str]) -> dict[str, tuple[list[Artifact], bool]]:
        """The same for up to `store.MOST_JOBS` jobs, in one query; those without are left out."""
        names = (f"job_{number}" for number in range(store.MOST_JOBS))
        asked = dict(zip_longest(names, job_ids, fillvalue=""))
        rows = await self._database.fetch(store.OF_JOBS, asked)
        by_job = groupby(rows, key=lambda row: cast(str, row[1]))
        return {job_id: pictures_of(list(own)) for job_id, own in by_job}

    async def read(self, artifact: Artifact, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to `end`, in chunks; NotFound when the blob has gone."""
        try:
            async with aclosing(chunks(self._blobs, artifact.blob, start, end)) as pieces:
                async for piece in pieces:
                    yield piece
        except FileNotFoundError:
            raise NotFound("there is no such picture, or it has expired") from None

    async def delete(self, job_id: str, workspace_id: str) -> None:
        """Let go of all that a job made, before its time. Files made of it stay."""
        pictures, _ = await self.of_job(job_id)
        for one in pictures:
            named: dict[str, Value] = {"id": one.id, "workspace_id": workspace_id}
            await self._database.write(store.FORGET, named)
        with suppress(OSError):  # then a sweep does it
            await remove_free(self._database, self._blobs, names_of(pictures))

    async def sweep(self) -> int:
        """Delete pictures that have expired; returns how many."""
        swept = 0
        while rows := await self._database.fetch(store.EXPIRED):
            expired: list[dict[str, Value]] = [
                {"id": row[0], "workspace_id": row[1]} for row in rows
            ]
            names = [cast(str, name) for row in rows for name in row[2:] if name]
            await asyncio.gather(*(self._database.write(store.FORGET, one) for one in expired))
            await remove_free(self._database, self._blobs, names)
            swept += len(rows)
        return swept

    async def sweep_orphans(self) -> int:
        """Remove pictures no row speaks of, see `Orphans`; returns how many."""
        return await self._without_row.sweep()


def stored(
    blobs: BlobStore | None,
    artifact_id: str,
    data: memoryview,
    base64: bool,
    recognise: Callable[[bytes], Found] = seen,
) -> tuple[int, str, Found]:
    """Decode, recognise, hash and, where there are blobs, write: the heavy part, for a thread."""
    raw = plain(data, base64)
    found = recognise(raw)
    digest = hashlib.sha256(raw).hexdigest()
    if blobs is not None:
        blobs.write(artifact_id, raw)
    return len(raw), digest, found


def with_original(artifact: Artifact, original: Original, blobs: BlobStore) -> Artifact:
    """The same with the picture it was made from beside it. Raises OSError."""
    name = new_id("a")
    blobs.write(name, original.data)
    return replace(
        artifact,
        original_as=name,
        original_bytes=len(original.data),
        original_sha256=hashlib.sha256(original.data).hexdigest(),
        original_type=original.content_type,
    )


def plain(data: memoryview, base64: bool) -> bytes:
    """The bytes of what came, however it came. Raises NotAnImage for broken base64."""
    try:
        return pybase64.b64decode(data, validate=True) if base64 else bytes(data)
    except ValueError:
        raise NotAnImage("the base64 is broken") from None


def row_params(artifact: Artifact) -> dict[str, Value]:
    """An artifact as parameters of `store.NEW_ARTIFACT`."""
    return {
        "id": artifact.id,
        "position": artifact.position,
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "content_type": artifact.content_type,
        "width": artifact.width,
        "height": artifact.height,
        "seed": artifact.seed,
        "duration_ms": artifact.duration_ms,
        "expires_at": artifact.expires_at,
        "content_credentials": artifact.content_credentials,
        "original_sha256": artifact.original_sha256,
        "original_bytes": artifact.original_bytes,
        "original_type": artifact.original_type,
    }


def original_rows(artifacts: Sequence[Artifact]) -> list[dict[str, Value]]:
    """The blobs of originals, as parameters of `store.KEEP`."""
    return [
        {"name": one.original_as, "sha256": one.original_sha256, "bytes": one.original_bytes}
        for one in artifacts
        if one.original_as
    ]


def names_of(artifacts: Sequence[Artifact]) -> list[str]:
    return [name for one in artifacts for name in one.blobs]


def pictures_of(rows: Sequence[Row]) -> tuple[list[Artifact], bool]:
    """Those of a job's rows that can still be had, and whether some have expired."""
    alive = [
        replace(artifact_of(row[:-2]), file_id=cast(str | None, row[-2])) for row in rows if row[-1]
    ]
    return alive, len(alive) < len(rows)


ArtifactRow: TypeAlias = tuple[
    str,
    str,
    int,
    int,
    str,
    str,
    int,
    int,
    int | None,
    int | None,
    int,
    Credentials | None,
    str | None,
    str | None,
    int | None,
    str | None,
    str | None,
]
"""As `store.COLUMNS` select it."""


def artifact_of(row: Row) -> Artifact:
    return Artifact(*cast(ArtifactRow, row))
