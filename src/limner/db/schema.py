"""Which version of the schema this code needs, and how a database is brought to it.

Migrations run in a process of their own: SQLAlchemy and Alembic take half a second and 35 MiB that
the server never needs again.
"""

import asyncio
import os
import sys
from pathlib import Path

from limner.db.base import Database, DatabaseAway, Grouping
from limner.db.sqlite import SQLite
from limner.errors import ConfigError

HEAD = "0011"
"""The newest migration in `migrations/versions/`; their names sort by age."""


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


async def connect(url: str, *, migrate: bool = True) -> Grouping:
    """Open a database, bringing its schema up to date first.

    A schema newer than this code is left as it is: the version before must run beside an upgrade.
    `sqlite:///relative/or/absolute.db` or `postgresql://...`. Raises ConfigError, DatabaseAway.
    """
    if is_sqlite(url):
        sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
    elif not url.startswith(("postgresql://", "postgres://")):
        raise ConfigError("database_url must begin with sqlite:/// or postgresql://")
    database = await opened(url)
    try:
        if migrate and (await version(database) or "") < HEAD:
            await migrated(url)
    except BaseException:
        await database.close()
        raise
    return database


async def opened(url: str) -> Grouping:
    if is_sqlite(url):
        return SQLite(sqlite_path(url))
    # asyncpg takes 4 to 8 MiB, which a server on SQLite saves.
    from limner.db.postgres import Postgres

    return await Postgres.connect(url)


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


async def migrated(url: str, revision: str = "head") -> None:
    """Bring a database to a revision. Raises DatabaseAway.

    The url goes by the environment: everybody on the machine can read a command line.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "limner.db.migrate",
        revision,
        env=os.environ | {"LIMNER_DATABASE_URL": url},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise DatabaseAway(f"the migration failed:\n{errors.decode(errors='replace')[-2000:]}")
