"""What the sweepers must have removed, without waiting for the hour it may take (I15 to I17)."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from tests.clocks import Hands

from limner.db.base import Database, Statement, Write
from limner.files.artifacts import Artifacts
from limner.files.blobs import LocalBlobs
from limner.files.files import Files
from limner.files.orphans import ORPHAN_S
from limner.settings import Settings

AGE_S = 2 * 3600
BROKEN_OFF = Write(
    "broken_off", (Statement("UPDATE upload SET until = 1 WHERE state = 'uploading'"),)
)
UPLOADING = "SELECT key FROM upload WHERE state = 'uploading'"


async def swept(settings: Settings, database: Database) -> list[str]:
    """Let two hours pass, sweep as a server does, and tell what is still there; a line each.

    Nothing may be written meanwhile. All files are old afterwards, so that an audit takes any of
    them that has no row for a breach.
    """
    clock = Hands()
    pictures, files = (
        LocalBlobs(settings.data_dir / "blobs"),
        LocalBlobs(settings.data_dir / "files"),
    )
    sweepers = (Artifacts(database, pictures, clock), Files(database, files, clock))
    for path in stored(settings):
        os.utime(path, (time.time() - AGE_S,) * 2)
    await database.write(BROKEN_OFF, {})
    for _ in range(2):
        for one in sweepers:
            await one.sweep()
            await one.sweep_orphans()
        clock.now += ORPHAN_S
    left = [f"I17: {path.name}" for path in stored(settings) if path.parent.name == "tmp"]
    keys = await database.fetch(UPLOADING)
    return left + [f"an upload that was broken off: {row[0]}" for row in keys]


def stored(settings: Settings) -> Iterator[Path]:
    """Every file that holds a picture, an upload, or a part of one."""
    for folder in ("blobs", "files"):
        yield from (path for path in (settings.data_dir / folder).rglob("*") if path.is_file())
