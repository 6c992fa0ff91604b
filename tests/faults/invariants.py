"""Whether everything is as it must be, and whether everything has ended."""

import asyncio
import time
from pathlib import Path

from limner.audit.audit import audit
from limner.db.base import Database
from limner.files.blobs import LocalBlobs
from limner.files.places import Stores

UNFINISHED = """
    SELECT id FROM job WHERE state = 'processing'
    UNION SELECT job_id FROM hold WHERE state = 'open'
"""


async def breaches(database: Database, blobs: Path) -> list[str]:
    """A line for whatever breaks a rule, every byte read; none when all is well."""
    both = Stores(*(LocalBlobs(one, make=False) for one in (blobs, blobs.with_name("files"))))
    checked = audit(database, both, read_bytes=True)
    return [str(breach) async for one in checked for breach in one.named]


async def unfinished(database: Database) -> list[str]:
    """Jobs that run or have an open hold."""
    return [str(row[0]) for row in await database.fetch(UNFINISHED)]


async def until_finished(database: Database, within_s: float) -> list[str]:
    """Wait until nothing is unfinished; what still is when time is over."""
    ends = time.monotonic() + within_s
    while True:
        left = await unfinished(database)
        if not left or time.monotonic() > ends:
            return left
        await asyncio.sleep(0.2)
