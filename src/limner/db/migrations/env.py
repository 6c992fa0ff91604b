"""How Alembic reaches a database: the standard library's SQLite, or asyncpg.

PostgreSQL takes an advisory lock, so that servers starting together migrate one after another;
SQLite's own write lock does the same.
"""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

LOCK = 0x6C696D6E6572  # "limner"


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
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
    async with engine.connect() as connection:
        await connection.run_sync(run)
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
