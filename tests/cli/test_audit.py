"""The audit at the command line: it says what it looked at, and ends with 1 on a breach."""

import sqlite3

from tests.cli.terminal import Terminal


def test_a_sound_house_is_told_so(either: Terminal) -> None:
    either.done_inside("workspace", "create", "studio")
    looked = either.done_inside("audit")
    assert "ok      I1   a balance is the sum of its ledger entries" in looked.out
    assert looked.out.rstrip().endswith("rules hold")
    told = either.done_inside("audit", "--json", "--bytes").json
    assert (told["ok"], told["broken"]) == (True, 0)
    assert {one["number"] for one in told["rules"]} >= {"I1", "I5", "I11", "I15", "I18"}


def test_a_breach_is_named_and_ends_with_one(terminal: Terminal) -> None:
    terminal.done_inside("workspace", "create", "studio")
    path = terminal.environ["LIMNER_DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE wallet SET topup = topup + 1 WHERE ledger = 'test'")
        database.execute("DROP TRIGGER hold_stays")
    database.close()
    looked = terminal.inside("audit")
    assert looked.code == 1
    assert "BROKEN  I1   a balance is the sum of its ledger entries: 1" in looked.out
    assert "trigger hold_stays is not there" in looked.out
    assert looked.out.rstrip().endswith("nothing was changed")
    told = terminal.inside("audit", "--json")
    assert (told.code, told.json["broken"]) == (1, 2)


def test_a_folder_without_data_is_not_sound_but_wrong(terminal: Terminal) -> None:
    looked = terminal.inside("audit", LIMNER_DATABASE_URL="")
    assert looked.code != 0
    assert "there are no data in" in looked.err
    empty = terminal.inside("audit", LIMNER_DATABASE_URL=f"sqlite:///{terminal.folder / 'new.db'}")
    assert empty.code != 0
    assert "the database is empty" in empty.err
    assert not (terminal.data / "blobs").exists()
