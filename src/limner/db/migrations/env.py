"""How Alembic reaches a database: the standard library's SQLite, or asyncpg.

PostgreSQL takes an advisory lock, so that servers starting together migrate one after another;
SQLite's own write lock does the same. Beside servers at work a migration wants tables which their
transactions hold, in whatever order: where the two stand in each other's way, it is the migration
that steps back and begins again.
"""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

LOCK = 0x6C696D6E6572  # "limner"
IN_THE_WAY = ("40P01", "55P03")
"""A deadlock, or a table that was not to be had in time."""
TRIES, LONGEST_PAUSE_S = 60, 1.0
PATIENCE = "SET LOCAL lock_timeout = '900ms'"
"""Whoever wants the table meanwhile waits behind the migration; servers give up after 5 s."""


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        connection.execute(text(PATIENCE))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()


async def over_asyncpg(url: str) -> None:
    # asyncpg reads the url itself: SQLAlchemy would refuse options such as sslmode.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url), poolclass=NullPool
    )
    for number in range(1, TRIES + 1):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(run)
            break
        except DBAPIError as error:
            if number == TRIES or getattr(error.orig, "sqlstate", "") not in IN_THE_WAY:
                raise
            await asyncio.sleep(min(0.1 * number, LONGEST_PAUSE_S))
    await engine.dispose()


def over_sqlite(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": 30})
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        run(connection)
    engine.dispose()


def main() -> None:
    url: str = context.config.attributes["url"]
    if url.startswith("sqlite:"):
        over_sqlite(url)
    else:
        asyncio.run(over_asyncpg(url))


main()
