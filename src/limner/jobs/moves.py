"""Writes that move a job on: each between its fail points, and repeated until it has come about.

A database may be away for a while; what a provider drew meanwhile is not given up for it.
"""

import asyncio

import structlog

from limner.clock import Clock
from limner.db.base import Database, DatabaseAway, DatabaseFull, Params, Write, Written
from limner.failpoints import reached

log = structlog.get_logger()

PATIENCE_S = 120.0
"""How long a write is repeated: less than a picture without a row is kept, see `Artifacts`."""
LEASES_OF_PATIENCE = 4
ARROWS = {
    "first_try": "try",
    "next_try": "try",
    "accepted": "task",
    "finish": "finish",
    "finish_filing": "finish",
    "fail": "fail",
    "fail_unheld": "fail",
}
"""Writes that move a job on, and the fail points they stand between."""


class Moves:
    """`lease_s` is for how long a job is its process's own, by which patience is measured."""

    def __init__(self, database: Database, lease_s: float, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._patience_s = min(LEASES_OF_PATIENCE * lease_s, PATIENCE_S)

    async def persistently(self, write: Write, params: Params) -> Written:
        """Write even if the database has to come back first; a repeat of what happened is refused.

        The job stays `processing` meanwhile. When this gives up, its lease runs out and somebody
        closes the job.
        """
        pause, give_up = 0.2, self._clock() + self._patience_s
        while True:
            try:
                return await self._reached(write, params)
            except (DatabaseAway, DatabaseFull) as error:
                if self._clock() > give_up:
                    raise
                log.warning(
                    "write_waits",
                    write=write.name,
                    job_id=params["job_id"],
                    error=type(error).__name__,
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _reached(self, write: Write, params: Params) -> Written:
        """The write, between the two fail points of the move it makes, if it has any."""
        arrow = ARROWS.get(write.name)
        if arrow is None:
            return await self._database.write(write, params)
        await reached(f"{arrow}.before", DatabaseAway("a test wants it away"))
        written = await self._database.write(write, params)
        await reached(f"{arrow}.after", DatabaseAway("a test wants its answer lost"))
        return written
