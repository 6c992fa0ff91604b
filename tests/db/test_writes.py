"""Both databases keep the same promises about writes."""

import asyncio
import time
from datetime import UTC, datetime
from typing import cast

import pytest
from tests.db.notes import CLAIM, CLAIM_ALL, MOVE, PUT, PUT_ALL, notes

from limner.db import schema
from limner.db.base import Database, DatabaseAway, Statement, Write, Written, parameters


def test_a_statement_names_its_parameters_once_and_casts_are_none() -> None:
    assert parameters("SELECT :a, :b_2, :a, x::bigint") == ("a", "b_2")


async def test_many_writes_at_once_are_all_there_when_the_database_is_opened_again(
    database: Database, database_url: str
) -> None:
    await asyncio.gather(
        *(database.write(PUT, {"name": f"n{i:03}", "value": str(i)}) for i in range(600))
    )
    again = await schema.connect(database_url, migrate=False)
    assert await notes(again) == {f"n{i:03}": str(i) for i in range(600)}
    await again.close()


async def test_a_refused_write_leaves_nothing_and_its_neighbours_go_on(database: Database) -> None:
    await database.write(PUT, {"name": "n1", "value": "old"})
    results = await asyncio.gather(
        *(database.write(CLAIM, {"name": f"n{i}", "value": "new"}) for i in range(3))
    )
    assert results == [Written(row=("n0",)), Written(refusal="taken"), Written(row=("n2",))]
    assert await notes(database) == {"n0": "new", "n1": "old", "n2": "new"}


async def test_of_two_writes_of_one_group_that_want_the_same_only_one_gets_it(
    database: Database,
) -> None:
    results = await asyncio.gather(
        *(database.write(CLAIM, {"name": "one", "value": str(i)}) for i in range(20))
    )
    assert sorted(str(result.refusal) for result in results) == ["None"] + ["taken"] * 19


async def test_a_gate_that_refuses_late_undoes_what_its_write_had_done(database: Database) -> None:
    await database.write(PUT, {"name": "here", "value": "old"})
    moves = [{"mark": f"mark-{name}", "name": name, "value": "new"} for name in ("here", "nowhere")]
    results = await asyncio.gather(
        *(database.write(MOVE, move) for move in moves),
        database.write(PUT, {"name": "neighbour", "value": "unharmed"}),
    )
    assert results == [Written(row=("new",)), Written(refusal="missing"), Written()]
    assert await notes(database) == {
        "here": "new",
        "mark-here": "moved",
        "neighbour": "unharmed",
    }


async def test_a_write_of_which_only_some_items_pass_is_refused_whole(database: Database) -> None:
    await database.write(PUT, {"name": "taken", "value": "old"})
    results = await asyncio.gather(
        *(
            database.write(CLAIM_ALL, {"value": "new", "notes": [{"name": name} for name in names]})
            for names in (("a", "b"), ("c", "taken"), ("d",), ("b", "e"))
        )
    )
    assert results == [
        Written(row=("b",)),
        Written(refusal="taken"),
        Written(row=("d",)),
        Written(refusal="taken"),
    ]
    assert await notes(database) == {"taken": "old", "a": "new", "b": "new", "d": "new"}


async def test_writes_of_several_kinds_in_one_group_are_each_told_what_became_of_them(
    database: Database,
) -> None:
    await database.write(PUT, {"name": "n1", "value": "old"})
    results = await asyncio.gather(
        database.write(PUT, {"name": "first", "value": "x"}),
        database.write(CLAIM, {"name": "n1", "value": "new"}),
        database.write(MOVE, {"mark": "mark", "name": "n1", "value": "moved"}),
        database.write(PUT, {"name": "second", "value": "x"}),
        database.write(CLAIM, {"name": "n2", "value": "new"}),
    )
    assert [*results] == [
        Written(),
        Written(refusal="taken"),
        Written(row=("moved",)),
        Written(),
        Written(row=("n2",)),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"name": "n1", "value": "twice"}, id="breaks-a-rule-of-the-schema"),
        pytest.param({"name": "n2", "value": None}, id="lacks-a-value"),
        pytest.param({"name": 2**80, "value": "x"}, id="has-a-value-of-the-wrong-type"),
        pytest.param({"name": "n3"}, id="lacks-a-parameter"),
        pytest.param({"name": "\ud800", "value": "x"}, id="has-text-that-is-none"),
    ],
)
async def test_a_write_that_fails_fails_alone(
    database: Database, broken: dict[str, str | int | None]
) -> None:
    await database.write(PUT, {"name": "n1", "value": "first"})
    good: list[dict[str, str | int | None]] = [{"name": f"g{i}", "value": "good"} for i in range(4)]
    group: list[dict[str, str | int | None]] = [*good[:2], broken, *good[2:]]
    results = await asyncio.gather(
        *(database.write(PUT, params) for params in group), return_exceptions=True
    )
    assert [isinstance(result, Written) for result in results] == [True, True, False, True, True]
    assert not isinstance(results[2], DatabaseAway)
    assert set(await notes(database)) == {"n1", "g0", "g1", "g2", "g3"}


async def test_a_statement_runs_once_for_each_item_of_a_list(database: Database) -> None:
    items = [{"name": f"n{i}"} for i in range(3)]
    await database.write(PUT_ALL, {"value": "same", "notes": items})
    await database.write(PUT_ALL, {"value": "none", "notes": []})
    assert await notes(database) == {"n0": "same", "n1": "same", "n2": "same"}


async def test_a_caller_who_gives_up_waiting_disturbs_nobody(database: Database) -> None:
    impatient = asyncio.create_task(database.write(PUT, {"name": "gone", "value": "x"}))
    await asyncio.sleep(0)
    impatient.cancel()
    await database.write(PUT, {"name": "here", "value": "x"})
    assert "here" in await notes(database)


async def test_closing_commits_what_waits_and_then_takes_no_more(
    database: Database, database_url: str
) -> None:
    waiting = [
        asyncio.create_task(database.write(PUT, {"name": f"n{i}", "value": "x"}))
        for i in range(300)
    ]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*waiting)
    with pytest.raises(DatabaseAway):
        await database.write(PUT, {"name": "late", "value": "x"})
    with pytest.raises(DatabaseAway):
        await database.fetch("SELECT 1")
    again = await schema.connect(database_url, migrate=False)
    assert len(await notes(again)) == 300
    await again.close()


COUNTED = """
    WITH RECURSIVE counted (i) AS (
        SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < CAST(:most AS BIGINT))
    SELECT COUNT(*) FROM counted
"""


async def test_a_long_report_stops_neither_queries_nor_writes(database: Database) -> None:
    report = asyncio.create_task(database.report(COUNTED, {"most": 1_000_000}))
    await asyncio.sleep(0)
    await database.fetch("SELECT 1")
    await database.write(PUT, {"name": "meanwhile", "value": "x"})
    assert not report.done()
    assert await report == [(1_000_000,)]


async def test_more_reports_than_run_at_a_time_are_all_answered(database: Database) -> None:
    reports = [database.report(COUNTED, {"most": most}) for most in range(1, 12)]
    assert await asyncio.gather(*reports) == [[(most,)] for most in range(1, 12)]


async def test_a_report_sees_what_was_committed_and_none_is_read_after_closing(
    database: Database,
) -> None:
    await database.write(PUT, {"name": "one", "value": "x"})
    assert await database.report("SELECT value FROM meta WHERE name = 'one'") == [("x",)]
    await database.close()
    with pytest.raises(DatabaseAway):
        await database.report("SELECT 1")


async def test_the_clock_is_the_databases_and_counts_microseconds(database: Database) -> None:
    before = time.time()
    rows = await database.fetch("SELECT NOW_US()")
    after = time.time()
    assert isinstance(rows[0][0], int)
    assert before - 0.002 <= rows[0][0] / 1e6 <= after + 0.002


async def test_the_month_is_the_databases_too_and_of_utc(database: Database) -> None:
    rows = await database.fetch("SELECT NOW_US(), THIS_MONTH(), MONTH_US()")
    now_us, month, began_us = cast(tuple[int, str, int], rows[0])
    now = datetime.fromtimestamp(now_us / 1e6, UTC)
    assert month == f"{now:%Y-%m}"
    assert began_us == datetime(now.year, now.month, 1, tzinfo=UTC).timestamp() * 1e6


async def test_a_write_can_use_the_clock_and_read_it_back(database: Database) -> None:
    write = Write(
        "stamp",
        (
            Statement(
                """
                INSERT INTO workspace (id, name, created_at)
                VALUES (:id, :id, NOW_US() + CAST(:later AS BIGINT)) RETURNING created_at
                """,
                refusal="never",
            ),
        ),
    )
    stamped = await database.write(write, {"id": "w", "later": 60_000_000})
    assert stamped.row is not None
    assert isinstance(stamped.row[0], int)
    assert 58 <= stamped.row[0] / 1e6 - time.time() <= 62
