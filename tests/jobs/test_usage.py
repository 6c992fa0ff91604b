"""Usage adds up: over keys, models and days it is what the ledger charged, to the last digit."""

import dataclasses
import random
from contextlib import aclosing

import pytest
from tests.jobs.ended import DAY_US, ended
from tests.jobs.orders import admission, finish, jobs_on, picture, workspace_with

from limner.accounts.workspace import Workspace
from limner.db.base import Database
from limner.errors import InvalidParams
from limner.jobs import usage as usages
from limner.jobs.jobs import Jobs
from limner.jobs.listing import END_OF_TIME
from limner.jobs.request_log import RequestLog
from limner.jobs.usage import Ended, Line, Sum, Usage, Used, total
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import LedgerName

ALWAYS = Used("live", 0, END_OF_TIME, "ws_1")
LEDGERS: tuple[LedgerName, ...] = ("live", "test")
GROUPINGS = [("key",), ("model",), ("day",), ("model", "day"), ("key", "model", "day")]
SETTLED = """
    SELECT COALESCE(SUM(amount), 0) FROM posting
    WHERE kind = 'settle' AND workspace_id = :workspace_id AND ledger = :ledger
"""
REFUNDED = SETTLED.replace("'settle'", "'refund'")
CHARGED = """
    SELECT COALESCE(SUM(charged), 0), COUNT(ended_at) FROM job
    WHERE workspace_id = :workspace_id AND ledger = :ledger
"""


def used(**changes: object) -> Used:
    return dataclasses.replace(ALWAYS, **changes)  # type: ignore[arg-type]  # names are the fields'


async def every(usage: Usage, used: Used) -> list[Ended]:
    async with aclosing(usage.ended(used)) as pages:
        return [one async for page in pages for one in page]


def told(lines: list[Line]) -> list[tuple[object, ...]]:
    """Names and counts, with what was refunded at the end where something was."""
    sums = [dataclasses.astuple(line.sum) for line in lines]
    return [
        (*line.names.values(), *(one if one[-1] else one[:-1]))
        for line, one in zip(lines, sums, strict=True)
    ]


async def a_history(
    dice: random.Random, jobs: Jobs, workspaces: list[Workspace], ledger_of: Ledger
) -> None:
    """Requests that complete, fail or go on, of several workspaces, keys, models and ledgers."""
    for _ in range(50):
        held = dice.choice([0, 1, 100, 4_000_000, 33_333_300])
        ledger = dice.choice(["live", "live", "test"])
        asked = admission(dice.choice(workspaces), held, ledger=ledger)
        ticket = await jobs.admit(
            dataclasses.replace(
                asked,
                key_id=dice.choice(["key_1", "key_2", "key_3"]),
                model=dice.choice(["sketch-1", "imagen-4"]),
            )
        )
        pictures = [picture(ticket, position) for position in range(dice.randint(1, 3))]
        match dice.choice(["completes", "completes", "fails", "goes on"]):
            case "completes":
                charged = dice.randint(0, held)
                await finish(jobs, ticket, charged, *pictures)
                if charged and dice.random() < 0.4:
                    part = dice.randint(1, charged)
                    await ledger_of.refund(
                        ticket.workspace_id, ticket.job_id, "r", amount=part, ledger=ticket.ledger
                    )
            case "fails":
                await jobs.fail(ticket, code="provider_error", message="no", outcome="ran")


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_every_report_is_the_sum_of_what_was_charged(
    database: Database, seed: int
) -> None:
    dice = random.Random(seed)
    workspaces = [await workspace_with(database, 10**12, name) for name in ("one", "two")]
    await a_history(dice, jobs_on(database), workspaces, Ledger(database))
    usage = Usage(database)
    sums: dict[tuple[str, LedgerName], Sum] = {}
    for workspace in workspaces:
        for ledger in LEDGERS:
            own = used(workspace_id=workspace.id, ledger=ledger)
            wallet = {"workspace_id": workspace.id, "ledger": ledger}
            ((settled,),) = await database.fetch(SETTLED, wallet)
            ((charged, count),) = await database.fetch(CHARGED, wallet)
            ((refunded,),) = await database.fetch(REFUNDED, wallet)
            rows = await every(usage, own)
            assert settled == charged == sum(row.charged for row in rows)
            for by in GROUPINGS:
                summed = total(await usage.lines(own, by))
                assert (summed.charged, summed.requests) == (settled, count)
                assert summed.refunded == refunded
            sums[workspace.id, ledger] = summed
    for ledger in LEDGERS:
        lines = await usage.lines(used(workspace_id=None, ledger=ledger), ["workspace"])
        assert {line.names["workspace"]: line.sum for line in lines} == {
            workspace.id: sums[workspace.id, ledger] for workspace in workspaces
        }
    assert sum(one.charged for one in sums.values()) > 0
    assert sum(one.failed for one in sums.values()) > 0
    assert sum(one.refunded for one in sums.values()) > 0


async def test_a_refund_counts_when_it_was_made_and_changes_no_charge(database: Database) -> None:
    workspace = await workspace_with(database, 100)
    jobs, ledger = jobs_on(database), Ledger(database)
    for model in ("imagen-4", "sketch-1"):
        ticket = await jobs.admit(admission(workspace, 9, model=model))
        await finish(jobs, ticket, 9, picture(ticket))
    await ledger.refund(workspace.id, ticket.job_id, "r", amount=4)
    own, usage = used(workspace_id=workspace.id), Usage(database)
    assert told(await usage.lines(own, ["model"])) == [
        ("imagen-4", 1, 1, 9, 0),
        ("sketch-1", 1, 1, 9, 0, 4),
    ]
    assert await usage.lines(dataclasses.replace(own, model="imagen-4"), ["day"]) != []
    (made,) = await database.fetch("SELECT MAX(at) FROM posting WHERE kind = 'refund'")
    since = dataclasses.replace(own, start_us=int(str(made[0])))
    assert [line.sum.refunded for line in await usage.lines(since, ["key"])] == [4]
    until = dataclasses.replace(own, end_us=int(str(made[0])))
    assert total(await usage.lines(until, ["day", "key", "model"])).refunded == 0
    entry = await RequestLog(database).entry(workspace.id, "live", ticket.job_id)
    assert (entry.charged, entry.refunded) == (9, 4)


async def test_a_report_counts_requests_pictures_credits_and_failures(database: Database) -> None:
    for model, state, charged in (
        ("imagen-4", "completed", 500),
        ("imagen-4", "completed", 300),
        ("imagen-4", "failed", 0),
        ("sketch-1", "completed", 0),
    ):
        pictures = 2 if charged else 0
        await ended(database, DAY_US, model=model, state=state, charged=charged, pictures=pictures)
    lines = await Usage(database).lines(ALWAYS, ["model"])
    assert told(lines) == [("imagen-4", 3, 4, 800, 1), ("sketch-1", 1, 0, 0, 0)]


async def test_a_request_counts_when_it_ended_and_the_end_is_not_included(
    database: Database,
) -> None:
    for at in (DAY_US - 1, DAY_US, 2 * DAY_US - 1, 2 * DAY_US):
        await ended(database, at, charged=at % 1000 or 1)
    usage = Usage(database)
    day = used(start_us=DAY_US, end_us=2 * DAY_US)
    assert [one.ended_at for one in await every(usage, day)] == [DAY_US, 2 * DAY_US - 1]
    assert told(await usage.lines(day, ["day"])) == [("1970-01-02", 2, 2, 1000, 0)]
    whole = await usage.lines(ALWAYS, ["day"])
    assert [line.names["day"] for line in whole] == ["1970-01-01", "1970-01-02", "1970-01-03"]
    assert await usage.lines(used(start_us=3 * DAY_US), ["day"]) == []


async def test_what_still_runs_is_not_used_yet(database: Database) -> None:
    workspace = await workspace_with(database, 100)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 5))
    own = used(workspace_id=workspace.id)
    assert await Usage(database).lines(own, ["model"]) == []
    await finish(jobs, ticket, 5, picture(ticket))
    assert told(await Usage(database).lines(own, ["model"])) == [("sketch-1", 1, 1, 5, 0)]


async def test_a_report_is_narrowed_to_a_key_a_model_and_a_workspace(database: Database) -> None:
    for workspace in ("ws_1", "ws_2"):
        for key in ("key_a", "key_b"):
            for model in ("imagen-4", "sketch-1"):
                await ended(database, DAY_US, workspace_id=workspace, key_id=key, model=model)
    usage = Usage(database)
    assert total(await usage.lines(ALWAYS, ["day"])).requests == 4
    assert total(await usage.lines(used(key_id="key_a"), ["day"])).requests == 2
    both = used(key_id="key_a", model="sketch-1")
    assert total(await usage.lines(both, ["day"])).requests == 1
    assert len(await every(usage, both)) == 1
    assert await usage.lines(used(workspace_id="ws_3"), ["day"]) == []


async def test_pages_of_requests_that_ended_in_one_moment_miss_none(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usages, "A_PAGE", 3)
    made = [await ended(database, DAY_US) for _ in range(7)]
    made.append(await ended(database, DAY_US + 1))
    assert [one.job_id for one in await every(Usage(database), ALWAYS)] == [
        *sorted(made[:7]),
        made[7],
    ]


async def test_a_report_nobody_could_read_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usages, "MOST_LINES", 2)
    for model in ("a", "b", "c"):
        await ended(database, DAY_US, model=model)
    with pytest.raises(InvalidParams, match="more than 2 lines"):
        await Usage(database).lines(ALWAYS, ["model"])
    assert len(await Usage(database).lines(ALWAYS, ["day"])) == 1


async def test_play_credits_are_no_part_of_live_usage(database: Database) -> None:
    workspace = await workspace_with(database, 0)
    await Ledger(database).grant(workspace.id, 5, "play", ledger="test")
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 5, ledger="test"))
    await finish(jobs, ticket, 5, picture(ticket))
    usage = Usage(database)
    assert await usage.lines(used(workspace_id=workspace.id), ["key"]) == []
    play = await usage.lines(used(workspace_id=workspace.id, ledger="test"), ["key"])
    assert total(play).charged == 5
