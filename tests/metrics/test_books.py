"""What is counted of jobs and money is what stands in the books."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import cast

import pytest
from tests.jobs.flaky import Flaky
from tests.jobs.orders import admission, finish, jobs_on, picture, run, workspace_with
from tests.metrics.scrapes import Scrape, scrape_of

import limner
from limner.db.base import Database, DatabaseAway, Grouping, Write
from limner.errors import InsufficientCredits, JobCancelled
from limner.jobs.cancelling import cancel
from limner.jobs.keeper import Keeper
from limner.ledger.ledger import Ledger
from limner.metrics.books import Books
from limner.metrics.calls import Calls
from limner.metrics.family import written
from limner.metrics.heard import Heard
from limner.metrics.metrics import Metrics


def scrape(heard: Heard) -> Scrape:
    families = [*heard.books.families(), *heard.writes.families()]
    return scrape_of(written(families, "")[0].decode())


@pytest.fixture
def heard(database: Database) -> Heard:
    return Heard(cast(Grouping, database))


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(limner.__path__, "limner."):
        if found.name.endswith("store"):
            yield importlib.import_module(found.name)


def test_whatever_is_counted_is_the_name_of_a_write() -> None:
    writes = {one.name for room in modules() for one in vars(room).values() if type(one) is Write}
    assert set(Books().heard) - writes == set()


async def test_a_job_that_is_delivered_counts_its_hold_its_charge_and_its_rest(
    heard: Heard,
) -> None:
    workspace = await workspace_with(heard, 10)
    jobs = jobs_on(heard)
    ticket = await jobs.admit(admission(workspace, 8, n=2, model="gpt-image-2"))
    await finish(jobs, ticket, 5, picture(ticket), picture(ticket, 1))
    told, about = scrape(heard), {"ledger": "live", "task": "generate", "model": "gpt-image-2"}
    assert told.sum("limner_jobs_accepted_total", **about) == 1
    assert told.sum("limner_jobs_ended_total", state="completed", code="", **about) == 1
    assert told.sum("limner_jobs_ended_total") == 1
    assert told.sum("limner_pictures_total", **about) == 2
    assert told.sum("limner_held_microcredits_total", **about) == 8
    assert told.sum("limner_charged_microcredits_total", **about) == 5
    assert told.sum("limner_released_microcredits_total", **about) == 3
    assert told.sum("limner_lost_microcredits_total") == 0


async def test_a_failure_counts_by_its_code_and_what_a_provider_may_bill_as_lost(
    heard: Heard,
) -> None:
    workspace = await workspace_with(heard, 10)
    jobs = jobs_on(heard)
    for code, outcome in (("provider_error", "unknown"), ("content_policy_violation", "ran")):
        ticket = await jobs.admit(admission(workspace, 4, at_list=3))
        assert await jobs.fail(ticket, code=code, message="m", outcome=outcome)
        assert not await jobs.fail(ticket, code=code, message="m", outcome=outcome)
    told = scrape(heard)
    for code in ("provider_error", "content_policy_violation"):
        assert told.sum("limner_jobs_ended_total", state="failed", code=code) == 1
    assert told.sum("limner_lost_microcredits_total") == 3
    assert told.sum("limner_held_microcredits_total") == 8
    assert told.sum("limner_released_microcredits_total") == 8
    assert told.sum("limner_database_writes_total", write="fail", result="done") == 2
    assert told.sum("limner_database_writes_total", write="fail", result="refused") == 2


async def test_who_cannot_pay_and_who_cancels_are_counted_as_such(heard: Heard) -> None:
    workspace = await workspace_with(heard, 10)
    jobs = jobs_on(heard)
    with pytest.raises(InsufficientCredits):
        await jobs.admit(admission(workspace, 11))
    assert scrape(heard).sum("limner_jobs_accepted_total") == 0
    ticket = await jobs.admit(admission(workspace, 4, repeatable=True, task="edit"))
    job = await jobs.job(workspace.id, "live", ticket.job_id)
    for _ in range(2):
        await cancel(job, "as you wish", database=heard, jobs=jobs)
    told, about = scrape(heard), {"task": "edit", "model": "sketch-1"}
    assert told.sum("limner_jobs_ended_total", code=JobCancelled.code, **about) == 1
    assert told.sum("limner_released_microcredits_total", **about) == 4


async def test_a_job_of_a_dead_process_counts_where_it_is_closed_with_what_it_was_about(
    database: Database, heard: Heard
) -> None:
    workspace = await workspace_with(database, 10)
    await jobs_on(database).admit(admission(workspace, 4, model="imagen-4", task="generate"))
    await run(database, "UPDATE job SET lease_until = NOW_US() - 1")
    jobs = jobs_on(heard)
    assert await Keeper(heard, jobs).close_stale() == 1
    told = scrape(heard)
    assert told.sum("limner_jobs_taken_over_total") == 1
    about = {"ledger": "live", "task": "generate", "model": "imagen-4"}
    assert told.sum("limner_jobs_ended_total", code="internal_error", **about) == 1
    assert told.sum("limner_lost_microcredits_total", **about) == 4
    assert told.sum("limner_jobs_accepted_total") == 0


async def test_a_refund_counts_what_goes_back_once(heard: Heard) -> None:
    workspace = await workspace_with(heard, 10)
    jobs = jobs_on(heard)
    ticket = await jobs.admit(admission(workspace, 8))
    await finish(jobs, ticket, 8, picture(ticket))
    ledger = Ledger(heard)
    for _ in range(2):
        await ledger.refund(workspace.id, ticket.job_id, "sorry", amount=3)
    await ledger.correct(workspace.id, "start", "a slip", amount=1)
    told = scrape(heard)
    assert told.sum("limner_refunded_microcredits_total", ledger="live") == 3
    assert told.sum("limner_refunded_microcredits_total", ledger="test") == 0


async def test_the_sums_are_those_of_the_ledger(heard: Heard) -> None:
    workspace = await workspace_with(heard, 1000)
    jobs = jobs_on(heard)
    for number in range(12):
        ticket = await jobs.admit(admission(workspace, 10 + number, model=f"m{number % 3}"))
        if number % 4 == 3:
            await jobs.fail(ticket, code="provider_error", message="m", outcome="ran")
        elif number % 4:
            await finish(jobs, ticket, number, picture(ticket))
    rows = await heard.fetch("SELECT kind, CAST(SUM(amount) AS BIGINT) FROM posting GROUP BY kind")
    booked = Counter(dict(cast(list[tuple[str, int]], rows)))
    wallet = await Ledger(heard).wallet(workspace.id, "live")
    told = scrape(heard)
    charged = told.sum("limner_charged_microcredits_total")
    assert charged == booked["settle"]
    assert told.sum("limner_lost_microcredits_total") == booked["loss"]
    released = told.sum("limner_released_microcredits_total")
    held = told.sum("limner_held_microcredits_total")
    assert held - charged - released == wallet.topup_held > 0


async def test_what_the_database_did_not_take_is_told_and_not_counted(database: Database) -> None:
    flaky = Flaky(database)
    heard = Heard(cast(Grouping, flaky))
    workspace = await workspace_with(database, 10)
    flaky.lose("request", "admit")
    with pytest.raises(DatabaseAway):
        await jobs_on(heard).admit(admission(workspace, 8))
    told = scrape(heard)
    assert told.sum("limner_database_writes_total", write="admit", result="away") == 1
    assert told.sum("limner_jobs_accepted_total") == 0


async def test_writes_of_one_turn_share_a_commit(heard: Heard) -> None:
    before = heard.commits
    await workspace_with(heard, 5)
    told = scrape(heard)
    assert told.sum("limner_database_writes_total", result="done") == 2
    assert told.sum("limner_database_write_seconds_count") == 2
    assert heard.commits - before == 2


def test_the_process_itself_is_among_the_numbers(heard: Heard) -> None:
    metrics = Metrics(Calls(), heard.books, heard.writes)
    names = {family.name for family in metrics.families()}
    assert {
        "process_cpu_seconds",
        "process_resident_memory_bytes",
        "python_gc_collections",
    } <= names
