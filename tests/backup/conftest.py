"""Houses to take backups of, on both databases."""

from pathlib import Path

import pytest
from tests.backup.house import House
from tests.databases import KINDS, PostgresServer
from tests.generation.studios import Scripted, a_request, a_scene, draws, place

from limner.db.base import Database


@pytest.fixture
async def house(database: Database, database_url: str, tmp_path: Path) -> House:
    """With one picture that was drawn and paid for, and one file."""
    inside = tmp_path / "house"
    inside.mkdir()
    scene = await a_scene(database, inside, place(Scripted(draws())))
    await scene.events(a_request())
    made = House(scene, database_url, tmp_path)
    await made.upload(b"words")
    return made


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest) -> str:
    """Where a backup may be restored to: nowhere yet for SQLite, or a database without tables."""
    if request.param == "sqlite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create()
