"""Both databases keep the same promises."""

from limner.db.base import Database


async def test_a_fresh_database_is_migrated(database: Database) -> None:
    assert await database.fetch("SELECT version_num FROM alembic_version") == [("0001",)]
