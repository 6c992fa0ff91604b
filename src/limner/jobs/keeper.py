"""The keeper of one process renews its leases, and closes jobs whose owner has died.

A job that was given to a provider by a process that is gone may have run there. Without a task id
nobody can ask, so it is failed, its hold is freed, and it is never sent again.
"""

import asyncio
from typing import cast

import structlog

from limner.db.base import Database, DatabaseAway, DatabaseFull, Row
from limner.files.artifacts import Artifacts
from limner.jobs import store
from limner.jobs.job import Ticket
from limner.jobs.jobs import HOLD_BEYOND_DEADLINE_S, Jobs
from limner.ledger.wallet import LedgerName, Split

log = structlog.get_logger()

GRACE_US = 30_000_000
"""How far past its deadline a job may be before even a living owner loses it."""
ORPHAN_ROUNDS = 60
INTERRUPTED = (
    "the server was stopped while this picture was being made, so its fate is not known; "
    "nothing was charged. Send the request again if you still want it"
)


class Keeper:
    def __init__(self, database: Database, jobs: Jobs, artifacts: Artifacts) -> None:
        self._database = database
        self._jobs = jobs
        self._artifacts = artifacts

    async def run(self) -> None:
        """Beat three times a lease, for ever; a database that is away is tried again."""
        rounds = 0
        while True:
            try:
                await self.beat()
                await self.close_stale()
                await self._artifacts.sweep()
                if rounds % ORPHAN_ROUNDS == 0:
                    await self._artifacts.sweep_orphans()
            except (DatabaseAway, DatabaseFull, OSError) as error:
                log.warning("keeper_waits", error=type(error).__name__)
            rounds += 1
            await asyncio.sleep(self._jobs.lease_us / 3_000_000)

    async def beat(self) -> None:
        """Tell that this process lives: its jobs' leases and their holds start anew."""
        await self._database.write(
            store.BEAT,
            {
                "owner": self._jobs.owner,
                "lease_us": self._jobs.lease_us,
                "hold_us": HOLD_BEYOND_DEADLINE_S * 1_000_000,
            },
        )

    async def close_stale(self) -> int:
        """Take over and fail jobs whose lease has ended; returns how many."""
        rows = await self._database.fetch(store.STALE, {"grace_us": GRACE_US})
        return sum([await self._close(row) for row in rows])

    async def _close(self, row: Row) -> bool:
        job_id, workspace_id, ledger, lease, plan, topup = cast(
            tuple[str, str, LedgerName, int, int, int], row
        )
        claimed = await self._database.write(
            store.CLAIM,
            {
                "job_id": job_id,
                "lease": lease,
                "owner": self._jobs.owner,
                "lease_us": self._jobs.lease_us,
            },
        )
        if claimed.refusal:
            return False
        ticket = Ticket(job_id, workspace_id, ledger, lease + 1, Split(plan, topup))
        log.warning("job_taken_over", job_id=job_id, outcome="unknown")
        return await self._jobs.fail(
            ticket, code="internal_error", message=INTERRUPTED, outcome="unknown"
        )
