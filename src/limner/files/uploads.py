"""How files come: received to the disk, looked at, and counted in the transaction that keeps them.

An idempotency key stands for the upload that claimed it, from the first byte on. It is free again
when that upload is abandoned, when its time is over, and when its file is deleted.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from limner.db.base import Database, DatabaseAway, DatabaseFull, Params, Value
from limner.errors import (
    FileQuotaExceeded,
    InvalidParams,
    LimnerError,
    NotFound,
    StorageQuotaExceeded,
    StorageUnavailable,
    UploadInProgress,
)
from limner.failpoints import reached
from limner.files import file_store as store
from limner.files.blobs import BlobStore
from limner.files.file import File, Quota, Usage
from limner.files.filename import tidied
from limner.files.files import Files
from limner.files.kinds import kind_of
from limner.files.orphans import let_go
from limner.files.spool import Spool
from limner.ids import base62, new_id

log = structlog.get_logger()

REMEMBERED_S = 86_400
"""How long an idempotency key leads to the file it was first sent with."""
SLOWEST_S = 120
"""Seconds an upload may take beside one more for each MiB; after that its key is free again."""
MIB = 1024 * 1024
NO_ROOM = "there is no room to store the file, so nothing was stored; try again later"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is being received."""

    workspace_id: str
    key: str | None
    file_id: str
    blob: str
    spool: Spool


class Uploads:
    def __init__(self, database: Database, blobs: BlobStore, files: Files, quota: Quota) -> None:
        self._database = database
        self._blobs = blobs
        self._files = files
        self.quota = quota

    async def begin(self, workspace_id: str, key: str | None) -> Upload | File:
        """Make ready for a file, or give the one that this key was sent with before.

        Whoever gets an `Upload` must `store` or `abandon` it. Raises UploadInProgress,
        FileQuotaExceeded, StorageQuotaExceeded, StorageUnavailable.
        """
        file_id = f"file_{base62(24)}"
        if key is not None:
            known = await self._claimed(workspace_id, key, file_id)
            if known is not None:
                return known
        blob = new_id("f")
        try:
            usage = await self._files.usage(workspace_id)
            if usage.files >= self.quota.files or usage.bytes >= self.quota.bytes:
                raise self._over(usage)
            part = await asyncio.to_thread(self._blobs.part, blob)
        except BaseException as error:
            await self._free(workspace_id, key, file_id)
            if isinstance(error, OSError):
                raise no_room(error) from error
            raise
        return Upload(workspace_id, key, file_id, blob, Spool(part, self.quota.file_bytes))

    async def _claimed(self, workspace_id: str, key: str, file_id: str) -> File | None:
        """The file a key stands for already; None once it stands for the one that begins."""
        named: dict[str, Value] = {"workspace_id": workspace_id, "key": key}
        within_us = (SLOWEST_S + self.quota.file_bytes // MIB) * 1_000_000
        try:
            written = await self._database.write(
                store.CLAIM_KEY, named | {"file_id": file_id, "within_us": within_us}
            )
        except DatabaseFull as error:
            raise no_room(error) from error
        if written.refusal is None:
            return None
        rows = await self._database.fetch(store.KEY, named)
        if rows and rows[0][1] == "stored":
            with suppress(NotFound):  # deleted just now: the sender may try again
                return await self._files.get(workspace_id, str(rows[0][0]))
        raise UploadInProgress(
            "a file with this Idempotency-Key is still being uploaded; send it again in a moment",
            retry_after=1,
        )

    async def add(self, upload: Upload, data: bytes) -> None:
        """Raises BodyTooLarge, StorageUnavailable."""
        try:
            await upload.spool.add(data)
        except OSError as error:
            raise no_room(error) from error

    async def store(self, upload: Upload, *, filename: str, declared: str, purpose: str) -> File:
        """Keep what was received; durable and counted when this returns.

        Raises UnsupportedMime, InvalidParams for an empty file, the quotas' errors,
        StorageUnavailable, DatabaseAway.
        """
        spool, name = upload.spool, tidied(filename)
        try:
            await spool.flush()
            if spool.size == 0:
                raise InvalidParams("the file is empty", param="file")
            kind = kind_of(spool.look, declared, name, purpose)
            await spool.keep()
            await self._count(upload, row(upload, purpose, name, kind))
        except DatabaseFull as error:
            await let_go(self._blobs, [upload.blob])
            raise no_room(error) from error
        except OSError as error:
            raise no_room(error) from error
        file = await self._files.get(upload.workspace_id, upload.file_id)
        if file.blob != upload.blob:  # the workspace had these bytes before
            await let_go(self._blobs, [upload.blob])
        return file

    async def _count(self, upload: Upload, new_file: dict[str, Value]) -> None:
        """Write the row if the quota allows. What it refuses leaves no blob either."""
        params: Params = {
            "workspace_id": upload.workspace_id,
            "files": 1,
            "files_bytes": upload.spool.size,
            "most_files": self.quota.files,
            "most_bytes": self.quota.bytes,
            "remembered_us": REMEMBERED_S * 1_000_000,
            "file_id": upload.file_id,
            "keys": [] if upload.key is None else [{"key": upload.key}],
            "new_files": [new_file],
        }
        await reached("upload.before", DatabaseAway("a test wants it away"))
        written = await self._database.write(store.STORE, params)
        await reached("upload.after", DatabaseAway("a test wants its answer lost"))
        if written.refusal is None:
            return
        await let_go(self._blobs, [upload.blob])
        if written.refusal == "full":
            raise self._over(await self._files.usage(upload.workspace_id))
        raise UploadInProgress("this upload took too long, and its Idempotency-Key was used again")

    def _over(self, usage: Usage) -> LimnerError:
        if usage.files >= self.quota.files:
            return FileQuotaExceeded(
                f"the workspace has {usage.files:,} files and may have {self.quota.files:,}; "
                "delete some. Nothing was stored"
            )
        return StorageQuotaExceeded(
            f"the workspace's files have {usage.bytes:,} of {self.quota.bytes:,} bytes, and this "
            "one does not fit; delete some. Nothing was stored"
        )

    async def abandon(self, upload: Upload) -> None:
        """Let go of what was not stored; nothing is left behind."""
        await upload.spool.discard()
        await self._free(upload.workspace_id, upload.key, upload.file_id)

    async def _free(self, workspace_id: str, key: str | None, file_id: str) -> None:
        """A key whose file was not stored may be used again at once."""
        if key is None:
            return
        named: dict[str, Value] = {"workspace_id": workspace_id, "key": key, "file_id": file_id}
        with suppress(DatabaseAway, DatabaseFull):  # then it is free when its time is over
            await self._database.write(store.FREE_KEY, named)


def row(upload: Upload, purpose: str, filename: str, kind: str) -> dict[str, Value]:
    """A new file as parameters of `NEW_FILE`."""
    return {
        "id": upload.file_id,
        "blob": upload.blob,
        "purpose": purpose,
        "filename": filename,
        "bytes": upload.spool.size,
        "sha256": upload.spool.sha256,
        "content_type": kind,
        "artifact_id": None,
    }


def no_room(error: BaseException) -> StorageUnavailable:
    log.error("file_not_stored", error=type(error).__name__)
    refusal = StorageUnavailable(NO_ROOM, retry_after=30)
    refusal.retryable = True
    return refusal
