"""The keeper of one process renews its leases, and closes jobs whose owner has died.

A job that was given to a provider by a process that is gone may have run there, and is never sent
again. Where the provider gave a task's reference, it is asked what became of that; otherwise nobody
can ask, so the job is failed and its hold is freed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

import structlog

from limner.clock import Clock, monotonic
from limner.db.base import Database, DatabaseAway, DatabaseFull
from limner.failpoints import reached
from limner.jobs import store
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs
from limner.jobs.taking_over import GoingOn, Stale, claimed, claimed_to_go_on, stale_of

log = structlog.get_logger()

BEATS_PER_LEASE = 3
RETRY_S = 1.0
SWEEP_S = 30.0
ORPHANS_S = 300.0
INTERRUPTED = (
    "the server was stopped while this picture was being made, so its fate is not known; "
    "nothing was charged. Send the request again if you still want it"
)

NOT_BEGUN = (
    "the server was stopped before this picture was begun; nothing was charged. Send the request "
    "again if you still want it"
)


class Swept(Protocol):
    """What keeps blobs, and removes those that nobody may have any more."""

    async def sweep(self) -> int: ...
    async def sweep_orphans(self) -> int: ...


class Renewed(Protocol):
    """What begins a month for whoever has one that is over."""

    async def renew(self) -> int: ...


class Keeper:
    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        *stores: Swept,
        going_on: GoingOn | None = None,
        plans: Renewed | None = None,
        clock: Clock = monotonic,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._stores = stores
        self._going_on = going_on
        self._plans = plans
        self._clock = clock
        self._offset: float | None = None
        self._steady = asyncio.Event()

    async def run(self) -> None:
        """Do all this for ever; no failure of one thing keeps the others from being done."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(for_ever(self.renew, self._jobs.lease_s / BEATS_PER_LEASE))
            tasks.create_task(for_ever(self.close_when_steady, 0.0))
            tasks.create_task(for_ever(self._jobs.window.trim, SWEEP_S))
            for one in self._stores:
                tasks.create_task(for_ever(one.sweep, SWEEP_S))
                tasks.create_task(for_ever(one.sweep_orphans, ORPHANS_S))
            if self._plans:
                tasks.create_task(for_ever(self._plans.renew, SWEEP_S))

    async def renew(self) -> None:
        """One beat: renew what is ours, and see whether what nobody renews may be closed.

        That waits until two beats in a row were answered and the database's clock went on as ours
        did: after an outage or a jump of that clock, other owners must first get the time to renew
        what is theirs.
        """
        self._steady.clear()
        before, self._offset = self._offset, None
        await self.beat()
        now = cast(int, (await self._database.fetch(store.NOW))[0][0]) / 1_000_000
        self._offset = now - self._clock()
        most = max(1.0, self._jobs.lease_s / 6)
        if before is not None and abs(self._offset - before) < most:
            self._steady.set()

    async def close_when_steady(self) -> None:
        """Close what nobody renews, once after each beat that allows it.

        Beats do not wait for it: what a slow database makes of one job must not cost another its
        lease.
        """
        await self._steady.wait()
        await self.close()

    async def close(self) -> None:
        """Close what nobody renews, if that is allowed since the last beat."""
        if self._steady.is_set():
            self._steady.clear()
            await self.close_stale()
            await self._jobs.expire_holds()

    async def beat(self) -> None:
        """Tell that this process lives: its jobs' leases and their holds start anew."""
        results = await asyncio.gather(
            *(self._renew(ticket) for ticket in self._jobs.underway.tickets()),
            return_exceptions=True,
        )
        for error in results:
            if error is not None:
                raise error

    async def _renew(self, ticket: Ticket) -> None:
        if not await self._jobs.renew(ticket):
            await self._let_go(ticket)

    async def _let_go(self, ticket: Ticket) -> None:
        """Stop work that was cancelled through another process; else its end will be refused."""
        if await self._jobs.was_cancelled(ticket):
            self._jobs.underway.stop(ticket.job_id)
        self._jobs.underway.forget(ticket)

    async def close_stale(self) -> int:
        """Take over jobs whose lease has ended, to go on or to fail them; returns how many."""
        closed = 0
        while rows := await self._database.fetch(store.STALE):
            ended = sum(await asyncio.gather(*(self._take_over(stale_of(row)) for row in rows)))
            closed += ended
            if not ended:
                break
        return closed

    async def _take_over(self, stale: Stale) -> bool:
        if not (stale.has_task and self._going_on):
            return await self._close(stale)
        if self._going_on.draining:
            return False
        ticket = await claimed_to_go_on(stale, self._database, self._jobs)
        if ticket is None:
            return await self._close(stale)
        await reached("takeover.after", DatabaseAway("a test wants it away"))
        log.warning("job_taken_over", job_id=ticket.job_id, goes_on=True)
        self._jobs.go_on(ticket, stale.left_s)
        self._going_on.resume(ticket)
        return True

    async def _close(self, stale: Stale) -> bool:
        ticket = await claimed(stale, self._database, self._jobs)
        if ticket is None:
            return False
        await reached("takeover.after", DatabaseAway("a test wants it away"))
        outcome = "unknown" if stale.tries else "known_not_run"
        log.warning("job_taken_over", job_id=ticket.job_id, goes_on=False, outcome=outcome)
        return await self._jobs.fail(
            ticket,
            code="internal_error",
            message=INTERRUPTED if stale.tries else NOT_BEGUN,
            outcome=outcome,
            hold_end=stale.hold_end,
        )


async def for_ever(step: Callable[[], Awaitable[object]], every_s: float) -> None:
    """Repeat a step; after a failure it is tried again soon, and never given up."""
    while True:
        try:
            await step()
            pause = every_s
        except (DatabaseAway, DatabaseFull, OSError) as error:
            log.warning("keeper_waits", step=step.__name__, error=type(error).__name__)
            pause = min(RETRY_S, every_s)
        except Exception:  # the keeper must outlive every fault of one step
            log.exception("keeper_stumbled", step=step.__name__)
            pause = every_s
        await asyncio.sleep(pause)
