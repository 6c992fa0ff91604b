"""Which version of the schema this code needs, and how a database is brought to it.

Migrations run in a process of their own: SQLAlchemy and Alembic take half a second and 35 MiB that
the server never needs again.
"""

import asyncio
import sys
from pathlib import Path

from limner.db.base import Database, DatabaseAway
from limner.db.postgres import Postgres
from limner.db.sqlite import SQLite
from limner.errors import ConfigError

HEAD = "0001"
"""The newest migration in `migrations/versions/`."""


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


async def connect(url: str, *, migrate: bool = True) -> Database:
    """Open a database, bringing its schema up to date first.

    `sqlite:///relative/or/absolute.db` or `postgresql://...`. Raises ConfigError, DatabaseAway.
    """
    if is_sqlite(url):
        sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
    elif not url.startswith(("postgresql://", "postgres://")):
        raise ConfigError(f"database_url must begin with sqlite:/// or postgresql://, not {url!r}")
    database = await opened(url)
    if migrate and await version(database) != HEAD:
        await migrated(url)
    return database


async def opened(url: str) -> Database:
    return SQLite(sqlite_path(url)) if is_sqlite(url) else await Postgres.connect(url)


async def version(database: Database) -> str | None:
    """The schema version a database has; None when it is empty."""
    table = (
        "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
        if database.kind == "sqlite"
        else "SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"
    )
    if not await database.fetch(table):
        return None
    rows = await database.fetch("SELECT version_num FROM alembic_version")
    return str(rows[0][0]) if rows else None


async def migrated(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "limner.db.migrate", url, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise DatabaseAway(f"the migration failed:\n{errors.decode(errors='replace')[-2000:]}")
