"""Artifacts on their way: from a provider's bytes to a durable blob, to a reader, to their end."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import cast

import pybase64

from limner.clock import Clock, monotonic, wall
from limner.db.base import Database, Value
from limner.errors import NotFound
from limner.files import store
from limner.files.artifact import (
    Artifact,
    Found,
    Kept,
    Original,
    artifact_of,
    names_of,
    pictures_of,
    seen,
)
from limner.files.blobs import BlobStore
from limner.files.orphans import Orphans, remove_free
from limner.files.reading import chunks
from limner.files.sniff import NotAnImage
from limner.ids import new_id
from limner.retention import FOREVER, Retention

LEAST, MOST = -(2**63), 2**63 - 1


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
