"""`limner backup` and `limner restore`, as people use and misuse them."""

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.terminal import Ran, Terminal
from tests.databases import FreshUrl, PostgresServer
from tests.servers import administer

from limner.app import Limner
from limner.db import schema
from limner.settings import Settings

SEALED = "sk-very-secret"
TOO_MUCH_BYTES = 24 * 1024
LONGEST_S = 30.0


@pytest.fixture
def home(tmp_path: Path, sqlite_url: FreshUrl) -> Terminal:
    """A limner with its database in the data folder, a workspace and a sealed provider key."""
    made = Terminal(tmp_path, {})
    made.data.mkdir()
    shutil.copyfile(schema.sqlite_path(sqlite_url()), made.data / "limner.db")
    made.done_inside("workspace", "create", "studio")
    made.done_inside("provider", "add", "openai", "--api-key", SEALED)
    return made


def refused(ran: Ran) -> str:
    assert ran.code == 1, ran
    return ran.err


def test_a_backup_says_what_is_in_it_and_a_restore_what_became_of_it(home: Terminal) -> None:
    (home.folder / "kept").mkdir()
    taken = home.done_inside("backup", "kept")
    (archive,) = (home.folder / "kept").iterdir()
    assert archive.stat().st_mode & 0o077 == 0
    assert f"(schema {schema.HEAD}, sqlite)" in taken.out
    assert f"kept/{archive.name} (" in taken.out
    assert "the server's secret is in it" in taken.err
    done = home.done_inside("restore", str(archive), "--data", "new")
    assert done.out.splitlines()[-1].startswith("audit: all ")
    assert "`limner serve --data new`" in done.err
    assert "studio" in home.done_inside("workspace", "list", "--data", "new").out
    assert sorted(os.listdir(home.folder / "new")) == ["blobs", "files", "limner.db", "secret"]
    assert (home.folder / "new").stat().st_mode & 0o077 == 0


def test_what_was_sealed_opens_after_a_restore(home: Terminal) -> None:
    home.done_inside("backup", "a.tar")
    home.done_inside("restore", "a.tar", "--data", "new")

    async def key(limner: Limner) -> str:
        (entry,) = await limner.configs.entries()
        return entry.api_key(limner.services.vault)

    assert asyncio.run(administer(Settings(data_dir=home.folder / "new"), key)) == SEALED


def test_scripts_get_json(home: Terminal) -> None:
    taken = home.done_inside("backup", "a.tar", "--json").json
    assert (taken["archive"], taken["wrong"]) == ("a.tar", [])
    assert taken["manifest"]["rows"]["workspace"] == 1
    done = home.done_inside("restore", "a.tar", "--data", "new", "--json").json
    assert (done["ok"], done["closed"], done["broken"]) == (True, 0, 0)
    again = home.inside("restore", "a.tar", "--data", "new", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "not_empty")


def test_a_backup_goes_nowhere_it_should_not(home: Terminal) -> None:
    assert "there are no data in" in refused(home.inside("backup", "a.tar", "--data", "other"))
    assert "there is no folder nowhere" in refused(home.inside("backup", "nowhere/a.tar"))
    home.done_inside("backup", "a.tar")
    assert "a.tar is there already" in refused(home.inside("backup", "a.tar"))
    assert not (home.folder / "other").exists()


def test_the_secret_of_another_server_is_noticed(home: Terminal) -> None:
    url = f"sqlite:///{home.data / 'limner.db'}"
    elsewhere = {"LIMNER_DATABASE_URL": url}
    said = refused(home.inside("backup", "a.tar", "--data", "other", **elsewhere))
    assert "there is no secret in" in said
    (home.folder / "other").mkdir()
    (home.folder / "other" / "secret").write_text("ab" * 32)
    said = refused(home.inside("backup", "a.tar", "--data", "other", **elsewhere))
    assert "do not belong together" in said
    assert not (home.folder / "a.tar").exists()


def test_a_secret_that_is_left_out_must_be_brought(home: Terminal) -> None:
    secret = (home.data / "secret").read_text("ascii")
    taken = home.done_inside("backup", "a.tar", "--without-secret")
    assert "KEEP THE SECRET TOO" in taken.err
    assert "has no secret in it" in refused(home.inside("restore", "a.tar", "--data", "new"))
    assert not (home.folder / "new").exists()
    said = refused(home.inside("restore", "a.tar", "--data", "new", LIMNER_SECRET="cd" * 32))
    assert "LIMNER_SECRET is not the secret of this backup" in said
    (home.folder / "new").mkdir()
    (home.folder / "new" / "secret").write_text(secret, "ascii")
    home.done_inside("restore", "a.tar", "--data", "new")
    home.done_inside("restore", "a.tar", "--data", "newer", LIMNER_SECRET=secret.strip())
    assert not (home.folder / "newer" / "secret").exists()


def test_a_secret_that_is_a_setting_is_in_no_backup(tmp_path: Path) -> None:
    home = Terminal(tmp_path, {"LIMNER_SECRET": "ab" * 32})
    home.done_inside("workspace", "create", "studio")
    taken = home.done_inside("backup", "a.tar")
    assert "because it is a setting" in taken.err
    assert b"ab" * 32 not in (tmp_path / "a.tar").read_bytes()


def test_a_restore_goes_into_an_empty_place_only(home: Terminal, postgres: PostgresServer) -> None:
    home.done_inside("backup", "a.tar")
    said = refused(home.inside("restore", "a.tar"))
    assert "is not empty: it has blobs, files, limner.db" in said
    used = postgres.create(template="migrated")
    into = ("restore", "a.tar", "--data", "new", "--database-url", used)
    home.done_inside(*into)  # tables without rows are as good as none
    said = refused(home.inside("restore", "a.tar", "--data", "newer", "--database-url", used))
    assert "its table meta has rows" in said
    assert not (home.folder / "newer").exists()
    (home.folder / "file").write_text("words")
    assert "is a file" in refused(home.inside("restore", "a.tar", "--data", "file"))


def test_what_is_no_backup_is_refused_in_plain_words(home: Terminal) -> None:
    (home.folder / "words.tar").write_text("words")
    assert "no backup of limner" in refused(home.inside("restore", "words.tar", "--data", "new"))
    assert "No such file" in refused(home.inside("restore", "missing.tar", "--data", "new"))


def test_what_a_newer_limner_made_is_named(home: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    home.done_inside("backup", "a.tar")
    monkeypatch.setattr(schema, "HEAD", "0001")
    said = refused(home.inside("restore", "a.tar", "--data", "new"))
    assert "which this limner is too old to read" in said
    assert "which a newer limner made" in refused(home.inside("backup", "b.tar"))
    assert not (home.folder / "b.tar").exists()


def test_what_a_restore_that_was_cut_off_left_is_removed_by_the_next(home: Terminal) -> None:
    home.done_inside("backup", "a.tar")
    left = home.folder / "new" / "restoring" / "blobs"
    left.mkdir(parents=True)
    (left / "a_1").write_bytes(b"half")
    (home.folder / "new" / "limner.db.restoring").write_bytes(b"half")
    home.done_inside("restore", "a.tar", "--data", "new")
    assert sorted(os.listdir(home.folder / "new")) == ["blobs", "files", "limner.db", "secret"]


def test_a_copy_tells_nobody(home: Terminal) -> None:
    with sqlite3.connect(home.data / "limner.db") as database:
        database.execute(
            """INSERT INTO webhook (id, workspace_id, ledger, address, events, secret, state,
                                    created_at)
               SELECT 'wh_1', id, 'live', 'x', '[]', 'x', 'enabled', 0 FROM workspace"""
        )
        database.execute(
            """INSERT INTO webhook_delivery (id, event_id, type, workspace_id, ledger, webhook_id,
                                             target, state, tries, step, since, due_at, created_at)
               SELECT 'wd_1', 'ev_1', 'ping', id, 'live', 'wh_1', 'x', 'pending', 0, 0, 0, 0, 0
               FROM workspace"""
        )
    database.close()
    home.done_inside("backup", "a.tar")
    home.done_inside("restore", "a.tar", "--data", "copy", "--without-webhooks")
    home.done_inside("restore", "a.tar", "--data", "moved")
    assert states(home.folder / "copy") == ["disabled", "given_up"]
    assert states(home.folder / "moved") == ["enabled", "pending"]


def states(data: Path) -> list[str]:
    with sqlite3.connect(data / "limner.db") as database:
        told = database.execute(
            "SELECT state FROM webhook UNION ALL SELECT state FROM webhook_delivery"
        ).fetchall()
    database.close()
    return [row[0] for row in told]


def test_a_backup_that_is_killed_leaves_nothing_under_its_name(home: Terminal) -> None:
    picture = endless_picture(home)
    part = home.folder / "a.tar.part"
    with home.running("backup", "a.tar") as process:
        until_written(part)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert part.exists()
    assert not (home.folder / "a.tar").exists()
    assert "another backup is being written" in refused(home.inside("backup", "a.tar"))
    part.unlink()
    picture.unlink()
    assert "WARNING: 1 pictures or files" in refused(home.inside("backup", "a.tar"))
    assert (home.folder / "a.tar").exists()


def test_a_backup_that_is_interrupted_leaves_nothing_at_all(home: Terminal) -> None:
    endless_picture(home)
    for number in (signal.SIGINT, signal.SIGTERM):
        with home.running("backup", "a.tar") as process:
            until_written(home.folder / "a.tar.part")
            process.send_signal(number)
            assert process.wait(LONGEST_S) == 130
        assert [name for name in os.listdir(home.folder) if "a.tar" in name] == []


def endless_picture(home: Terminal) -> Path:
    """A picture that keeps whoever opens it waiting."""
    with sqlite3.connect(home.data / "limner.db") as database:
        database.execute(
            """INSERT INTO artifact (id, job_id, workspace_id, position, bytes, sha256,
                                     content_type, width, height, created_at, expires_at)
               SELECT 'a_00000000000000000000000001', 'job_1', id, 0, 9, '', '', 1, 1, 0,
                      9000000000000000 FROM workspace"""
        )
    database.close()
    picture = home.data / "blobs" / "00000" / "a_00000000000000000000000001"
    picture.parent.mkdir()
    os.mkfifo(picture)
    return picture


def until_written(part: Path) -> None:
    ends = time.monotonic() + LONGEST_S
    while not part.exists():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_disk_that_is_full_leaves_nothing_behind(home: Terminal) -> None:
    home.done_inside("backup", "whole.tar")
    before = sorted(os.listdir(home.folder))
    for words in (["backup", "a.tar"], ["restore", "whole.tar", "--data", "new"]):
        done = subprocess.run(
            [sys.executable, "-m", "limner", *words],
            cwd=home.folder,
            preexec_fn=no_large_files,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "error: " in done.stderr
        assert sorted(os.listdir(home.folder)) == before


def no_large_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (TOO_MUCH_BYTES, TOO_MUCH_BYTES))


def test_postgres_is_backed_up_beside_its_folder(either: Terminal) -> None:
    either.done_inside("workspace", "create", "studio")
    taken = either.done_inside("backup", "a.tar", "--json").json
    kind = "sqlite" if either.environ["LIMNER_DATABASE_URL"].startswith("sqlite") else "postgresql"
    assert taken["manifest"]["database"] == kind
    done = either("restore", "a.tar", "--data", "new", LIMNER_DATABASE_URL="")
    assert done.code == 0, done
    assert asyncio.run(names(either.folder / "new")) == ["studio"]


async def names(data: Path) -> list[str]:
    database = await schema.connect(f"sqlite:///{data / 'limner.db'}", migrate=False)
    try:
        return [str(row[0]) for row in await database.fetch("SELECT name FROM workspace")]
    finally:
        await database.close()
