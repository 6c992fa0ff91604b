"""Every accepted job ends, whatever becomes of the process that accepted it."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.clocks import Hands
from tests.jobs.flaky import Flaky
from tests.jobs.orders import (
    LEASE_S,
    admission,
    finish,
    jobs_on,
    run,
    tended,
    workspace_with,
)
from tests.ledger.books import balance_of, breaches

from limner.db.base import Database, DatabaseAway, Params, Write, Written
from limner.files.artifacts import Artifacts
from limner.files.blobs import LocalBlobs
from limner.jobs.job import Ticket
from limner.jobs.jobs import CLOSING_S, Jobs, NotOurs
from limner.jobs.keeper import INTERRUPTED, Keeper, for_ever
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import Wallet

ROOT = Path(__file__).parents[2]
SILENT = "UPDATE job SET lease_until = 1"


@pytest.fixture
def artifacts(database: Database, tmp_path: Path) -> Artifacts:
    return Artifacts(database, LocalBlobs(tmp_path / "blobs"))


class Hanging(Flaky):
    """A database that never comes back from failing a job."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.hangs = asyncio.Event()

    async def write(self, write: Write, params: Params) -> Written:
        if write.name == "fail":
            self.hangs.set()
            await asyncio.Event().wait()
        return await super().write(write, params)


async def states(database: Database) -> list[object]:
    rows = await database.fetch(
        """
        SELECT j.state, h.state, j.error_code, j.outcome
        FROM job j JOIN hold h ON h.job_id = j.id ORDER BY j.id
        """
    )
    return list(rows)


async def test_jobs_of_a_process_that_fell_silent_are_failed_and_their_holds_freed(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 1000)
    dead = jobs_on(database)
    ticket = await dead.admit(admission(workspace, 4))
    await asyncio.gather(*(dead.admit(admission(workspace, 1)) for _ in range(250)))
    keeper = Keeper(database, jobs_on(database), artifacts)
    assert await keeper.close_stale() == 0
    await run(database, SILENT)
    assert await keeper.close_stale() == 251
    assert await states(database) == [("failed", "released", "internal_error", "unknown")] * 251
    job = await dead.job(workspace.id, "live", ticket.job_id)
    assert job.error_message == INTERRUPTED
    assert await Ledger(database).wallet(workspace.id, "live") == Wallet(0, 0, 1000, 0)
    assert await balance_of(database, "losses", "live") == 254
    assert await breaches(database) == []
    assert await keeper.close_stale() == 0


async def test_two_keepers_that_find_the_same_job_close_it_once(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 100)
    jobs = jobs_on(database)
    for _ in range(20):
        await jobs.admit(admission(workspace, 4))
    await run(database, SILENT)
    keepers = [Keeper(database, jobs_on(database), artifacts) for _ in range(2)]
    assert sum(await asyncio.gather(*(keeper.close_stale() for keeper in keepers))) == 20
    assert (await Ledger(database).wallet(workspace.id, "live")).held == 0
    assert await breaches(database) == []


async def test_a_living_job_renews_its_lease_and_its_hold(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    await run(database, SILENT)
    await run(database, "UPDATE hold SET expires_at = 1")
    await Keeper(database, jobs, artifacts).beat()
    ((lease, hold),) = await database.fetch(
        """
        SELECT j.lease_until - NOW_US(), h.expires_at - NOW_US()
        FROM job j JOIN hold h ON h.job_id = j.id
        """
    )
    assert 25e6 < int(str(lease)) <= 30e6
    assert 115e6 < int(str(hold)) <= 120e6
    await finish(jobs, ticket, 4)


async def test_a_beat_never_shortens_a_hold(database: Database, artifacts: Artifacts) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    await jobs.admit(admission(workspace, 4, deadline_s=600.0))
    before = await database.fetch("SELECT expires_at FROM hold")
    await Keeper(database, jobs, artifacts).beat()
    assert await database.fetch("SELECT expires_at FROM hold") == before


async def test_a_job_that_was_taken_over_is_renewed_no_longer(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    await jobs.admit(admission(workspace, 4))
    await run(database, "UPDATE job SET lease = 2, lease_until = 1")
    await Keeper(database, jobs, artifacts).beat()
    assert jobs.underway.tickets() == []
    assert await database.fetch("SELECT lease_until FROM job") == [(1,)]


async def test_a_job_that_hangs_far_beyond_its_deadline_is_given_up(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 10)
    clock = Hands()
    jobs = Jobs(database, Ledger(database), LEASE_S, clock)
    ticket = await jobs.admit(admission(workspace, 4, deadline_s=60.0))
    clock.now += 60.0 + CLOSING_S - 1
    assert jobs.underway.tickets() == [ticket]
    clock.now += 2
    assert jobs.underway.tickets() == []
    await run(database, SILENT)
    assert await Keeper(database, jobs, artifacts).close_stale() == 1
    with pytest.raises(NotOurs):
        await finish(jobs, ticket, 4)


async def test_an_admission_whose_answer_was_lost_is_not_renewed(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 10)
    flaky = Flaky(database)
    jobs = Jobs(flaky, Ledger(flaky), LEASE_S)
    flaky.lose("answer", "admit")
    with pytest.raises(DatabaseAway):
        await jobs.admit(admission(workspace, 4))
    assert jobs.underway.tickets() == []
    await run(database, SILENT)
    await Keeper(database, jobs, artifacts).close_stale()
    assert await states(database) == [("failed", "released", "internal_error", "unknown")]


@pytest.mark.parametrize("taken", [True, False])
async def test_an_admission_whose_answer_outlasts_its_lease_counts_unless_another_took_the_job(
    database: Database, artifacts: Artifacts, taken: bool
) -> None:
    workspace = await workspace_with(database, 10)
    clock = Hands()
    keeper = Keeper(database, jobs_on(database), artifacts)

    class Slow(Flaky):
        async def write(self, write: Write, params: Params) -> Written:
            written = await super().write(write, params)
            if write.name == "admit":
                clock.now += LEASE_S + 1
                await run(database, SILENT)
                assert not taken or await keeper.close_stale() == 1
            return written

    jobs = Jobs(Slow(database), Ledger(database), LEASE_S, clock)
    if taken:
        with pytest.raises(DatabaseAway):
            await jobs.admit(admission(workspace, 4))
        assert await states(database) == [("failed", "released", "internal_error", "unknown")]
        return
    await finish(jobs, await jobs.admit(admission(workspace, 4)), 4)


@pytest.mark.parametrize("move", ["finish", "fail"])
async def test_a_job_that_ended_is_at_work_no_longer(database: Database, move: str) -> None:
    workspace = await workspace_with(database, 10)
    jobs = jobs_on(database)
    ticket = await jobs.admit(admission(workspace, 4))
    assert jobs.underway.tickets() == [ticket]
    if move == "finish":
        await finish(jobs, ticket, 4)
    else:
        await jobs.fail(ticket, code="provider_error", message="", outcome="ran")
    assert jobs.underway.tickets() == []


async def test_a_hold_that_ran_out_with_its_dead_job_is_expired_not_released(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 10)
    await jobs_on(database).admit(admission(workspace, 4))
    await run(database, SILENT)
    await run(database, "UPDATE hold SET expires_at = 1")
    await Keeper(database, jobs_on(database), artifacts).close_stale()
    assert await states(database) == [("failed", "expired", "internal_error", "unknown")]
    assert (await Ledger(database).wallet(workspace.id, "live")).held == 0


async def test_closing_waits_for_two_steady_beats_so_that_living_owners_come_first(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 10)
    silent = await jobs_on(database).admit(admission(workspace, 4))
    await run(database, SILENT)
    flaky, clock = Flaky(database), Hands()
    jobs = Jobs(flaky, Ledger(flaky), LEASE_S)
    mine = await jobs.admit(admission(workspace, 1))
    keeper = Keeper(flaky, jobs, artifacts, clock=clock)

    async def still_open() -> bool:
        job = await jobs.job(workspace.id, "live", silent.job_id)
        return job.state == "processing"

    await tended(keeper)
    assert await still_open()
    flaky.lose("request", "beat")
    with pytest.raises(DatabaseAway):
        await tended(keeper)
    await tended(keeper)
    assert await still_open(), "an outage lies between the two beats"
    clock.now += 3600
    await tended(keeper)
    assert await still_open(), "one of the two clocks jumped"
    await tended(keeper)
    assert not await still_open()
    assert jobs.underway.tickets() == [mine]


async def test_a_hold_nobody_ends_is_expired_by_the_keeper(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 10)
    await jobs_on(database).admit(admission(workspace, 4))
    await run(database, "UPDATE hold SET expires_at = NOW_US() - 11000000")
    clock = Hands()
    keeper = Keeper(database, jobs_on(database), artifacts, clock=clock)
    for _ in range(2):
        await tended(keeper)
    assert await states(database) == [("processing", "expired", None, None)]
    assert (await Ledger(database).wallet(workspace.id, "live")).held == 0


async def test_no_fault_of_a_step_ends_the_keeper() -> None:
    faults: list[Exception] = [DatabaseAway("away"), OSError("disk"), ValueError("a defect")]
    done = asyncio.Event()

    async def step() -> None:
        if faults:
            raise faults.pop()
        done.set()

    keeping = asyncio.create_task(for_ever(step, 0.01))
    await done.wait()
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def test_a_take_over_that_hangs_keeps_nobody_from_renewing(
    database: Database, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 100)
    await jobs_on(database).admit(admission(workspace, 4))
    await run(database, SILENT)
    hanging = Hanging(database)
    jobs = Jobs(hanging, Ledger(hanging), 0.6)
    keeping = asyncio.create_task(Keeper(hanging, jobs, artifacts).run())
    await hanging.hangs.wait()
    mine = await jobs.admit(admission(workspace, 1))
    await run(database, "UPDATE job SET lease_until = 1 WHERE charged = 0")

    async def renewed() -> bool:
        rows = await database.fetch(
            "SELECT lease_until - NOW_US() FROM job WHERE id = :id", {"id": mine.job_id}
        )
        return int(str(rows[0][0])) > 0

    await asyncio.wait_for(until(renewed), 10)
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    while True:
        if await true():
            return
        await asyncio.sleep(0.05)


async def test_what_a_killed_process_had_accepted_is_ended_by_the_next_one(
    database: Database, database_url: str, artifacts: Artifacts
) -> None:
    workspace = await workspace_with(database, 100)
    command = [sys.executable, "-m", "tests.jobs.worker", database_url, workspace.id, "1.5"]
    worker = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    assert (await worker.stdout.readline()).strip() == b"5 jobs at work"
    worker.send_signal(signal.SIGKILL)
    await worker.communicate()

    jobs = jobs_on(database, lease_s=1.5)
    living: Ticket = await jobs.admit(admission(workspace, 7))
    keeping = asyncio.create_task(Keeper(database, jobs, artifacts).run())

    async def all_ended() -> bool:
        return len([one for one in await states(database) if "processing" in str(one)]) == 1

    await asyncio.wait_for(until(all_ended), 30)
    assert (await Ledger(database).wallet(workspace.id, "live")).held == 7
    await finish(jobs, living, 7)
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    assert await breaches(database) == []
