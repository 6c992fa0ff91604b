"""What a backup has is what its restore has, whichever database it came from and goes to."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.backup.house import House, broken, content, nobody, place, restored, rows

from limner.backup import store
from limner.backup.backup import Wanted, backup
from limner.backup.place import Place
from limner.db import schema
from limner.db.base import Database, Statement, Write
from limner.files.artifacts import Artifacts
from limner.files.blobs import LocalBlobs
from limner.files.files import Files
from limner.files.places import stores

OLD = "0004"
OLD_ROWS = (
    "INSERT INTO workspace (id, name, created_at) VALUES ('ws_1', 'studio', 0)",
    "INSERT INTO wallet (workspace_id, ledger, topup, topup_held) VALUES ('ws_1', 'live', 9, 4)",
    """INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount)
       VALUES ('grant/1', 0, 'live', 'grant', 'grants', 'ws_1/topup', 9)""",
    """INSERT INTO job (id, workspace_id, key_id, ledger, request_id, task, modality, model, n,
                        params, quote, state, owner, lease, lease_until, try_no, provider,
                        repeatable, created_at, deadline_at)
       VALUES ('job_1', 'ws_1', 'k', 'live', 'r', 'generate', 'image', 'm', 1, '', '',
               'processing', 'o', 1, 9000000000000000, 1, 'p', 0, 0, 9000000000000000)""",
    """INSERT INTO hold (job_id, workspace_id, ledger, plan, topup, state, created_at, expires_at)
       VALUES ('job_1', 'ws_1', 'live', 0, 4, 'open', 0, 9000000000000000)""",
)


async def write(database: Database, *statements: str) -> None:
    await database.write(Write("by_hand", tuple(map(Statement, statements))), {})


async def test_every_table_is_in_the_backup(database: Database) -> None:
    found = await database.fetch(store.COLUMNS[database.kind])
    assert {table for table, _ in found} - {"alembic_version"} == set(store.TABLES)


async def test_rows_and_bytes_come_back_on_either_database(house: House, empty_url: str) -> None:
    taken = await house.backup()
    assert (taken.wrong, taken.manifest.pictures.number, taken.manifest.files.number) == ([], 1, 1)
    at = place(house.folder / "new", empty_url)
    done = await restored(Path(taken.archive), at)
    assert done.closed == 0
    assert await broken(at) == []
    await refuse_changes(at)
    again = replace(
        house.wanted,
        database_url=at.database_url,
        data_dir=at.data_dir,
        blobs=stores("", at.data_dir, make=False),
        target=house.folder / "again.tar",
    )
    await backup(again, nobody)
    before, after = content(house.wanted.target), content(again.target)
    assert sum(map(len, before.values())) > 10
    assert before == after


async def refuse_changes(at: Place) -> None:
    """What must never change is protected in the restored database too."""
    database = await schema.connect(at.database_url, migrate=False)
    try:
        for statement in ("UPDATE posting SET amount = 1", "DELETE FROM job", "DELETE FROM hold"):
            with pytest.raises(Exception, match="never"):
                await write(database, statement)
    finally:
        await database.close()


async def test_what_goes_while_the_backup_is_taken_is_gone_from_the_restored_system(
    house: House,
) -> None:
    kept, deleted = await house.upload(b"kept"), await house.upload(b"deleted")
    owner = house.scene.caller.workspace_id

    async def go() -> None:
        database = await schema.connect(house.url, migrate=False)
        try:
            await write(database, "UPDATE artifact SET expires_at = 1")
            await Artifacts(database, LocalBlobs(house.pictures)).sweep()
            files = Files(database, house.wanted.blobs.files)
            await files.delete(owner, deleted.id)
        finally:
            await database.close()

    def told(doing: str, done: int, of: int) -> None:
        if (doing, done) == ("rows", of):
            other = threading.Thread(target=asyncio.run, args=(go(),))
            other.start()
            other.join()

    taken = await house.backup(told)
    assert (taken.wrong, taken.manifest.pictures.gone, taken.manifest.files.gone) == ([], 1, 1)
    at = place(house.folder / "new")
    await restored(house.wanted.target, at)
    alive = {row[0] for row in await rows(at, "SELECT id FROM file WHERE deleted_at IS NULL")}
    assert kept.id in alive
    assert deleted.id not in alive
    assert await broken(at) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_blobs_that_are_not_as_their_rows_say_are_told_of(house: House) -> None:
    (picture,) = house.pictures.rglob("a_*")
    (file,) = house.pictures.with_name("files").rglob("f_*")
    picture.write_bytes(picture.read_bytes()[:-1] + b"x")
    file.unlink()
    taken = await house.backup()
    assert taken.wrong == [picture.name, file.name]
    assert (taken.manifest.pictures.damaged, taken.manifest.files.lost) == (1, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_pictures_that_were_left_out_have_expired(house: House) -> None:
    taken = await house.backup(pictures=False)
    assert (taken.manifest.pictures.number, taken.manifest.files.number) == (0, 1)
    at = place(house.folder / "new")
    await restored(house.wanted.target, at)
    assert await broken(at) == []
    assert await rows(at, "SELECT COUNT(*) FROM artifact WHERE deleted_at IS NULL") == [(0,)]


async def test_an_old_schema_is_restored_and_brought_up_to_date(
    tmp_path: Path, empty_url: str
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    await schema.migrated(url, OLD)
    database = await schema.connect(url, migrate=False)
    await write(database, *OLD_ROWS)
    await database.close()
    wanted = Wanted(
        database_url=url,
        data_dir=tmp_path,
        blobs=stores("", tmp_path, make=False),
        secret=None,
        fingerprint=None,
        with_pictures=True,
        target=tmp_path / "old.tar",
    )
    taken = await backup(wanted, nobody)
    assert taken.manifest.schema == OLD
    at = place(tmp_path / "new", empty_url)
    done = await restored(wanted.target, at)
    assert done.closed == 1
    assert await rows(at, "SELECT version_num FROM alembic_version") == [(schema.HEAD,)]
    assert await rows(at, "SELECT state, charged FROM job") == [("failed", 0)]
    assert await rows(at, "SELECT topup, topup_held FROM wallet") == [(9, 0)]
    assert await broken(at) == []
