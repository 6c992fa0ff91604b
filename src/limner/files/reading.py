"""The bytes of a blob on their way out: opened once, so that it stays whole while it is removed."""

import asyncio
from collections.abc import AsyncGenerator

from limner.files.blobs import BlobStore

CHUNK = 256 * 1024


async def chunks(
    blobs: BlobStore, blob_id: str, start: int, end: int
) -> AsyncGenerator[bytes, None]:
    """The bytes from `start` up to `end`. Raises OSError; FileNotFoundError before the first."""
    if start >= end:
        return
    blob = await asyncio.to_thread(blobs.open, blob_id)
    try:
        await asyncio.to_thread(blob.seek, start)
        while start < end:
            chunk = await asyncio.to_thread(blob.read, min(CHUNK, end - start))
            yield chunk
            start += len(chunk) or end
    finally:
        blob.close()
