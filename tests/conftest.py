"""Databases for every test that wants one: `database` is open, `database_url` is for a server.

Both come as SQLite and as PostgreSQL, fresh and migrated; `[sqlite]` and `[postgresql]` choose one.
"""

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.databases import KINDS, FreshUrl, PostgresServer, copied, migrated, postgres_server

from limner.db import schema
from limner.db.base import Database


def pytest_configure() -> None:
    # A test run that is told to stop must still stop the servers it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Ignored signals are inherited: what the tests start must not be deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The session's PostgreSQL server; its database `migrated` is the template of fresh ones."""
    with postgres_server() as server:
        migrated(server.create("migrated"))
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> FreshUrl:
    return lambda: postgres.create(template="migrated")


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> FreshUrl:
    folder: Path = tmp_path_factory.mktemp("sqlite")
    migrated(f"sqlite:///{folder / 'migrated.db'}")
    return lambda: copied(folder / "migrated.db", folder)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The url of a fresh, migrated database."""
    if request.param == "sqlite":
        fresh: FreshUrl = request.getfixturevalue("sqlite_url")
        yield fresh()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create(template="migrated")
    yield url
    server.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, fresh, migrated database."""
    opened = await schema.connect(database_url, migrate=False)
    yield opened
    await opened.close()
