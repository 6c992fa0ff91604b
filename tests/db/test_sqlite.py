"""SQLite alone: durability as configured, several processes, and a disk that is full."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest
from tests.databases import FreshUrl
from tests.db.notes import CLAIM, PUT, notes

from limner.db import schema
from limner.db.base import DatabaseAway, DatabaseFull, Statement, Write
from limner.db.sqlite import READER_BUSY_MS, SQLite, connected

FILL = Write(
    "fill", (Statement("INSERT INTO meta (name, value) VALUES (:name, hex(randomblob(100000)))"),)
)


@pytest.fixture
def path(sqlite_url: FreshUrl) -> Path:
    return schema.sqlite_path(sqlite_url())


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SQLite]:
    opened = SQLite(path)
    yield opened
    await opened.close()


def test_a_commit_waits_for_the_disk_and_readers_for_nobody(path: Path) -> None:
    connection = connected(path, READER_BUSY_MS)
    full = 2
    assert connection.execute("PRAGMA journal_mode").get == "wal"
    assert connection.execute("PRAGMA synchronous").get == full
    assert connection.execute("PRAGMA foreign_keys").get == 1
    connection.close()


async def test_a_read_cannot_write(database: SQLite) -> None:
    with pytest.raises(apsw.ReadOnlyError):
        await database.fetch("INSERT INTO meta (name, value) VALUES ('a', 'b') RETURNING name")
    assert await notes(database) == {}


async def test_processes_that_write_to_one_file_wait_for_each_other(
    database: SQLite, path: Path
) -> None:
    other = SQLite(path)
    await asyncio.gather(
        *(one.write(PUT, {"name": f"{id(one)}-{i}", "value": "x"})
          for i in range(200) for one in (database, other))
    )  # fmt: skip
    assert len(await notes(database)) == 400
    await other.close()


async def test_a_full_disk_is_reported_and_after_room_was_made_writing_goes_on(
    path: Path,
) -> None:
    database = SQLite(path)
    await database.write(PUT, {"name": "before", "value": "x"})
    await database.write(Write("limit", (Statement("PRAGMA max_page_count = 60"),)), {})
    big = [database.write(FILL, {"name": f"big{i}"}) for i in range(3)]
    small = database.write(CLAIM, {"name": "small", "value": "x"})
    results = await asyncio.gather(*big, small, return_exceptions=True)
    assert DatabaseFull in {type(result) for result in results}
    assert "before" in await notes(database)
    await database.write(Write("unlimit", (Statement("PRAGMA max_page_count = 9999"),)), {})
    await database.write(FILL, {"name": "another"})
    assert "another" in await notes(database)
    await database.close()


async def test_a_file_that_cannot_be_opened_is_a_database_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway):
        SQLite(tmp_path / "no-such-folder" / "limner.db")


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "limner.db").write_bytes(b"certainly not a database" * 100)
    with pytest.raises(DatabaseAway):
        SQLite(tmp_path / "limner.db")


async def test_replacing_a_row_that_may_not_be_deleted_is_refused(database: SQLite) -> None:
    posting = """
        {verb} INTO posting (operation, at, ledger, kind, debit, credit, amount)
        VALUES ('once', 1, 'live', 'grant', 'grants', 'w/topup', :amount)
    """
    await database.write(Write("post", (Statement(posting.format(verb="INSERT")),)), {"amount": 1})
    replace = Write("replace", (Statement(posting.format(verb="INSERT OR REPLACE")),))
    with pytest.raises(apsw.ConstraintError, match="never deleted"):
        await database.write(replace, {"amount": 2})


async def test_a_sum_too_large_for_an_integer_is_refused_and_never_becomes_a_float(
    database: SQLite,
) -> None:
    add = Write(
        "add",
        (
            Statement("INSERT INTO workspace (id, name, created_at) VALUES ('w', 'w', 1)"),
            Statement("INSERT INTO wallet (workspace_id, ledger, plan) VALUES ('w', 'live', :all)"),
            Statement("UPDATE wallet SET plan = plan + :all"),
        ),
    )
    with pytest.raises(apsw.ConstraintError):
        await database.write(add, {"all": 2**63 - 1})
