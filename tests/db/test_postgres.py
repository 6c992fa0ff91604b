"""PostgreSQL alone: other servers on the same database, and a server that goes away."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.databases import FreshUrl, PostgresServer, postgres_server
from tests.db.notes import CLAIM, MOVE, PUT, TOUCH, notes

from limner.db import schema
from limner.db.base import Database, DatabaseAway, DatabaseFull, Statement, Write
from limner.db.postgres import ANSWER_S, OLDEST, Postgres
from limner.errors import ConfigError

META = "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> {own}"


@pytest.fixture(scope="module")
def victim() -> Iterator[PostgresServer]:
    """A server of this module's own, to be crashed."""
    with postgres_server() as server:
        yield server


@pytest.fixture
async def doomed(victim: PostgresServer) -> AsyncIterator[Database]:
    opened = await schema.connect(victim.create(), migrate=False)
    await opened.write(Write("make", (Statement(META),)), {})
    yield opened
    await opened.close()


async def until_back(database: Database) -> None:
    while True:
        try:
            await database.write(CLAIM, {"name": "back", "value": "x"})
            return
        except DatabaseAway:
            await asyncio.sleep(0.05)


async def test_a_server_that_went_away_is_named_and_found_again_when_it_is_back(
    doomed: Database, victim: PostgresServer
) -> None:
    await doomed.write(PUT, {"name": "before", "value": "kept"})
    victim.crash()
    with pytest.raises(DatabaseAway):
        await doomed.write(PUT, {"name": "during", "value": "x"})
    with pytest.raises(DatabaseAway):
        await doomed.fetch("SELECT 1")
    victim.start()
    await until_back(doomed)
    assert (await notes(doomed))["before"] == "kept"


async def test_writes_caught_by_a_crash_are_told_so_and_all_that_were_confirmed_are_kept(
    doomed: Database, victim: PostgresServer
) -> None:
    confirmed: set[str] = set()
    news = asyncio.Semaphore(0)
    stop = asyncio.Event()

    async def write_on(writer: int) -> None:
        number = 0
        while not stop.is_set():
            name = f"w{writer}-{number}"
            number += 1
            try:
                await doomed.write(PUT, {"name": name, "value": "x"})
                confirmed.add(name)
                news.release()
            except DatabaseAway:
                await asyncio.sleep(0.02)

    writers = [asyncio.create_task(write_on(writer)) for writer in range(20)]
    for _ in range(3):
        for _ in range(200):
            await news.acquire()
        await asyncio.to_thread(victim.crash)
        await asyncio.to_thread(victim.start)
    stop.set()
    await asyncio.gather(*writers)
    await until_back(doomed)
    assert confirmed <= set(await notes(doomed))


async def test_sessions_that_are_ended_under_way_cost_no_reader_its_answer(
    doomed: Database,
) -> None:
    await asyncio.gather(*(doomed.fetch("SELECT pg_sleep(0.2)") for _ in range(8)))
    other = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    assert len(await doomed.fetch(f"{other} AND datname = current_database()")) > 2
    answers = await asyncio.gather(*(doomed.fetch("SELECT 1") for _ in range(30)))
    assert answers == [[(1,)]] * 30


async def test_a_server_that_falls_silent_is_given_up_and_replaced(
    doomed: Database, victim: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.db.postgres.ANSWER_S", ANSWER_S / 50)
    await doomed.write(PUT, {"name": "before", "value": "x"})
    pids = [int(str(row[0])) for row in await doomed.fetch(BACKENDS.format(own=0))]
    for pid in pids:
        victim.freeze(pid)
    try:
        with pytest.raises(DatabaseAway):
            await doomed.write(PUT, {"name": "during", "value": "x"})
        with pytest.raises(DatabaseAway):
            await doomed.fetch("SELECT 1")
        monkeypatch.undo()
        await doomed.write(PUT, {"name": "after", "value": "x"})
        assert "after" in await notes(doomed)
    finally:
        for pid in pids:
            victim.thaw(pid)


async def test_two_servers_that_touch_the_same_rows_in_opposite_order_do_not_lock_each_other_out(
    postgres_url: FreshUrl,
) -> None:
    url = postgres_url()
    servers = [await schema.connect(url, migrate=False) for _ in range(2)]
    for name in ("a", "b"):
        await servers[0].write(PUT, {"name": name, "value": "0"})
    there = {"topic": "both", "name": "a", "other": "b", "value": "x"}
    back = {"topic": "both", "name": "b", "other": "a", "value": "y"}
    for _ in range(20):
        await asyncio.gather(
            *(servers[0].write(TOUCH, there) for _ in range(20)),
            *(servers[1].write(TOUCH, back) for _ in range(20)),
        )
    tell = Write("tell", (Statement("SELECT pg_stat_force_next_flush()"),))
    for server in servers:
        await server.write(tell, {})
        await server.close()
    reader = await schema.connect(url, migrate=False)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await reader.fetch(deadlocks) == [(0,)]
    await reader.close()


async def test_those_who_were_refused_late_cost_their_neighbours_one_commit_more_and_no_other(
    doomed: Database,
) -> None:
    await doomed.write(PUT, {"name": "there", "value": "x"})
    words = ["there" if number % 3 else "missing" for number in range(60)]
    moved = [
        doomed.write(MOVE, {"mark": f"mark {number}", "name": word, "value": "new"})
        for number, word in enumerate(words)
    ]
    results = await asyncio.gather(*moved)
    assert [one.refusal for one in results] == [None if w == "there" else "missing" for w in words]
    marks = "FROM meta WHERE name LIKE 'mark%'"
    assert await doomed.fetch(f"SELECT COUNT(*) {marks}") == [(40,)]
    (row,) = await doomed.fetch(f"SELECT COUNT(DISTINCT CAST(xmin AS TEXT)) {marks}")
    assert int(row[0] or 0) <= 2  # the first may have gone alone


async def test_behind_a_statement_that_nobody_needed_a_gate_undoes_nothing(
    doomed: Database,
) -> None:
    listed = Statement("INSERT INTO meta (name, value) VALUES (:name, 'x')", each="notes")
    write = Write("claim_listed", (listed, *CLAIM.statements))
    group = [doomed.write(write, {"name": "one", "value": "x", "notes": ()}) for _ in range(50)]
    group += [doomed.write(write, {"name": str(n), "value": "x", "notes": ()}) for n in range(50)]
    results = await asyncio.gather(*group)
    assert [one.refusal for one in results].count("taken") == 49
    (row,) = await doomed.fetch("SELECT COUNT(DISTINCT CAST(xmin AS TEXT)) FROM meta")
    assert int(row[0] or 0) <= 2


async def test_a_full_disk_is_reported_as_such_to_the_write_that_met_it(
    postgres_url: FreshUrl,
) -> None:
    database = await schema.connect(postgres_url(), migrate=False)
    make = """
        CREATE FUNCTION no_room() RETURNS TEXT LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$
    """
    await database.write(Write("make", (Statement(make),)), {})
    full = Write("full", (Statement("INSERT INTO meta (name, value) VALUES ('x', no_room())"),))
    results = await asyncio.gather(
        database.write(PUT, {"name": "n1", "value": "x"}),
        database.write(full, {}),
        return_exceptions=True,
    )
    assert isinstance(results[1], DatabaseFull)
    assert list(await notes(database)) == ["n1"]
    await database.close()


async def test_an_old_server_is_refused_with_the_version_that_is_needed(
    postgres_url: FreshUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("limner.db.postgres.OLDEST", 99)
    with pytest.raises(ConfigError, match="needs PostgreSQL 99 or newer; this server is 18"):
        await Postgres.connect(postgres_url())
    assert OLDEST == 15


async def test_commits_wait_for_the_disk_even_where_the_server_is_set_not_to(
    postgres: PostgresServer, postgres_url: FreshUrl
) -> None:
    url = postgres_url()
    name = url.partition("?")[0].rpartition("/")[2]
    postgres.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = await schema.connect(url, migrate=False)
    remember = """
        INSERT INTO meta (name, value) VALUES ('mode', current_setting('synchronous_commit'))
    """
    await database.write(Write("remember", (Statement(remember),)), {})
    assert await notes(database) == {"mode": "on"}
    await database.close()


async def test_a_url_that_leads_nowhere_says_so() -> None:
    with pytest.raises(DatabaseAway, match="cannot connect"):
        await Postgres.connect("postgresql://nobody@127.0.0.1:1/nothing")
