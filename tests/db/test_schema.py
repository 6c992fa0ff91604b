"""How a database is brought to the schema this code needs, and the rules it then keeps itself."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from tests.databases import KINDS, PostgresServer

from limner.db import schema
from limner.db.base import Database, DatabaseAway, Statement, Write
from limner.errors import ConfigError

TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table'",
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
)
TO_0001 = """
import sys
from alembic import command
from limner.db.migrate import config
command.upgrade(config(sys.argv[1]), "0001")
"""
WAITING = """
    SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
      AND query LIKE 'ALTER TABLE job%'
"""
OLD_TABLES = ("workspace", "posting", "hold", "job")
ROWS = (
    """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount)
    VALUES ('once', 1, 'live', 'grant', 'grants', 'w/topup', 5)
    """,
    """
    INSERT INTO hold (job_id, workspace_id, ledger, plan, topup, state, created_at, expires_at,
                      ended_at)
    VALUES ('ended', 'w', 'live', 1, 1, 'released', 1, 2, 2),
           ('open', 'w', 'live', 1, 1, 'open', 1, 2, NULL)
    """,
    """
    INSERT INTO job (id, workspace_id, key_id, ledger, request_id, task, modality, model, n, params,
                     quote, state, owner, lease, lease_until, try_no, provider, repeatable,
                     created_at, deadline_at, ended_at)
    VALUES ('ended', 'w', 'k', 'live', 'r', 'generate', 'image', 'm', 1, '', '', 'failed', 'o', 1,
            1, 1, 'p', 0, 1, 1, 2),
           ('running', 'w', 'k', 'live', 'r', 'generate', 'image', 'm', 1, '', '', 'processing',
            'o', 1, 1, 1, 'p', 0, 1, 1, NULL)
    """,
)


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The url of a database nobody has migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'made' / 'on the way' / 'limner.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


async def run(database: Database, *statements: str) -> None:
    await database.write(Write("run", tuple(map(Statement, statements))), {})


async def test_an_empty_database_gets_all_its_tables(empty_url: str) -> None:
    database = await schema.connect(empty_url)
    assert await schema.version(database) == schema.HEAD
    tables = {row[0] for row in await database.fetch(TABLES[database.kind == "postgresql"])}
    assert {*OLD_TABLES, "wallet", "api_key", "artifact", "file", "upload", "collected"} <= tables
    await database.close()


async def test_servers_that_start_together_on_an_empty_database_all_come_up(
    empty_url: str,
) -> None:
    databases = await asyncio.gather(*(schema.connect(empty_url) for _ in range(3)))
    for database in databases:
        assert await schema.version(database) == schema.HEAD
        await database.close()


async def test_newer_tables_and_columns_come_to_a_database_that_is_in_use(empty_url: str) -> None:
    database = await schema.connect(empty_url, migrate=False)
    # In a process of its own: two SQLite libraries in one would undo each other's locks.
    command = [sys.executable, "-c", TO_0001, empty_url]
    await asyncio.to_thread(subprocess.run, command, check=True)
    await run(
        database, "INSERT INTO workspace (id, name, created_at) VALUES ('w', 'old', 1)", *ROWS
    )
    before = [await database.fetch(f"SELECT * FROM {table}") for table in OLD_TABLES]
    await database.close()
    database = await schema.connect(empty_url)
    assert await schema.version(database) == schema.HEAD
    for table, rows in zip(OLD_TABLES, before, strict=True):
        now = await database.fetch(f"SELECT * FROM {table}")
        assert [row[: len(old)] for row, old in zip(now, rows, strict=True)] == rows
    await run(database, "UPDATE job SET started_at = 2, prompt = 'sealed' WHERE state = 'x'")
    assert await database.fetch("SELECT options FROM workspace") == [("{}",)]
    await run(database, "INSERT INTO storage (workspace_id, files, bytes) VALUES ('w', 1, 5)")
    with pytest.raises(Exception, match=r"(?i)constraint"):
        await run(database, "UPDATE storage SET bytes = bytes - 6")
    with pytest.raises(Exception, match=r"(?i)constraint"):
        await run(database, "INSERT INTO storage (workspace_id, files, bytes) VALUES ('x', 0, 0)")
    with pytest.raises(Exception, match="postings are never changed"):
        await run(database, "UPDATE posting SET amount = 6")
    await database.close()


async def test_a_schema_from_the_future_is_left_as_it_is(database_url: str) -> None:
    database = await schema.connect(database_url)
    await run(database, "UPDATE alembic_version SET version_num = '0999'")
    older = await schema.connect(database_url)
    assert await schema.version(older) == "0999"
    await older.close()
    await database.close()


async def test_a_migration_that_fails_says_why_and_changes_nothing(empty_url: str) -> None:
    database = await schema.connect(empty_url, migrate=False)
    await run(database, "CREATE TABLE hold (mine TEXT)")
    with pytest.raises(DatabaseAway, match=r"(?s)migration failed.*hold"):
        await schema.connect(empty_url)
    tables = {row[0] for row in await database.fetch(TABLES[database.kind == "postgresql"])}
    assert not tables & {"workspace", "wallet", "posting"}
    await database.close()


async def test_a_migration_steps_back_for_a_transaction_that_wants_what_it_has(
    postgres: PostgresServer,
) -> None:
    url = postgres.create()
    await schema.migrated(url, "0005")
    writer, watcher = [await asyncpg.connect(url) for _ in range(2)]
    async with writer.transaction():
        await writer.execute("LOCK TABLE job IN ROW EXCLUSIVE MODE")
        migrating = asyncio.create_task(schema.migrated(url))
        for _ in range(1000):
            if await watcher.fetch(WAITING):
                break
            await asyncio.sleep(0.02)
        await writer.execute("LOCK TABLE workspace IN ROW EXCLUSIVE MODE")
    await migrating
    assert await watcher.fetchval("SELECT version_num FROM alembic_version") == schema.HEAD
    for connection in (writer, watcher):
        await connection.close()
    postgres.drop(url)


@pytest.mark.parametrize("url", ["mysql://host/name", "limner.db", ""])
async def test_only_two_kinds_of_url_are_taken(url: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:///"):
        await schema.connect(url)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE posting SET amount = 6", "postings are never changed"),
        ("UPDATE posting SET note = 'x'", "postings are never changed"),
        ("DELETE FROM posting", "postings are never deleted"),
        ("UPDATE hold SET state = 'settled' WHERE job_id = 'ended'", "ended hold never changes"),
        ("UPDATE hold SET expires_at = 9 WHERE job_id = 'ended'", "ended hold never changes"),
        ("DELETE FROM hold WHERE job_id = 'open'", "holds are never deleted"),
        ("UPDATE job SET state = 'completed' WHERE id = 'ended'", "ended job never changes"),
        ("UPDATE job SET charged = 1 WHERE id = 'ended'", "ended job never changes"),
        ("DELETE FROM job WHERE id = 'running'", "jobs are never deleted"),
    ],
)
async def test_the_database_itself_keeps_the_record(
    database: Database, statement: str, words: str
) -> None:
    await run(database, *ROWS)
    with pytest.raises(Exception, match=words):
        await run(database, statement)


@pytest.mark.parametrize("table", ["posting", "hold", "job"])
async def test_a_table_of_record_cannot_be_emptied_as_a_whole_either(
    postgres: PostgresServer, table: str
) -> None:
    url = postgres.create(template="migrated")
    database = await schema.connect(url, migrate=False)
    with pytest.raises(Exception, match="never deleted"):
        await run(database, f"TRUNCATE {table}")
    await database.close()
    postgres.drop(url)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hold SET plan_charged = 2, state = 'settled', ended_at = 3 WHERE job_id = 'open'",
        "UPDATE hold SET plan_charged = 1, state = 'released', ended_at = 3 WHERE job_id = 'open'",
        "UPDATE hold SET state = 'settled' WHERE job_id = 'open'",
        "UPDATE hold SET state = 'lost', ended_at = 3 WHERE job_id = 'open'",
        "INSERT INTO wallet (workspace_id, ledger, plan, plan_held) VALUES ('w', 'live', 1, 2)",
        "INSERT INTO wallet (workspace_id, ledger, topup) VALUES ('w', 'live', -1)",
        """INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount)
           VALUES ('negative', 1, 'live', 'grant', 'grants', 'w/topup', -5)""",
        """INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount)
           VALUES ('once', 1, 'live', 'grant', 'grants', 'w/topup', 5)""",
    ],
)
async def test_sums_that_cannot_be_true_are_refused(database: Database, statement: str) -> None:
    await run(database, *ROWS, "INSERT INTO workspace (id, name, created_at) VALUES ('w', 'w', 1)")
    with pytest.raises(Exception, match=r"(?i)constraint"):
        await run(database, statement)
