"""What a limner keeps, for tests that look for what it must not keep."""

import asyncio
from pathlib import Path

from tests.cli.terminal import Terminal

from limner.db import schema

TABLES = ("api_key", "workspace", "provider", "meta", "posting")


def everything_kept(terminal: Terminal) -> bytes:
    """The rows as text, and the bytes of every file of the data and the embedded database."""
    url = terminal.environ["LIMNER_DATABASE_URL"]
    kept = asyncio.run(rows(url)).encode() + file_bytes(terminal.data)
    if url.startswith("sqlite:"):
        kept += file_bytes(Path(url.removeprefix("sqlite:///")).parent)
    return kept


async def rows(url: str) -> str:
    database = await schema.connect(url, migrate=False)
    try:
        return repr([await database.fetch(f"SELECT * FROM {table}") for table in TABLES])
    finally:
        await database.close()


def file_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
