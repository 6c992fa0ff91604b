"""Following a job that somebody else's request made: running here, running elsewhere, or ended."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from limner.db.base import DatabaseAway
from limner.generation import wording
from limner.generation.retelling import Retelling
from limner.generation.runner import Runner
from limner.jobs.feed import Failed, JobFeed
from limner.jobs.job import Job, Ticket
from limner.jobs.jobs import Jobs
from limner.ledger.wallet import Split
from limner.providers.base import Progress

LOOK_EVERY_S = 0.5
"""How often the row of a job is read that another process works on."""


class Following:
    def __init__(self, runner: Runner, jobs: Jobs, retelling: Retelling) -> None:
        self._runner = runner
        self._jobs = jobs
        self._retelling = retelling

    @asynccontextmanager
    async def feed(self, job: Job) -> AsyncGenerator[JobFeed, None]:
        """A feed of the job from its beginning, for as long as the block lasts."""
        if feed := self._runner.feed_of(job.id):
            yield feed
            return
        feed = JobFeed()
        reading = asyncio.create_task(self._read(job, feed))
        try:
            yield feed
        finally:
            reading.cancel()

    async def _read(self, job: Job, feed: JobFeed) -> None:
        """Tell what the row says until it says how the job ended."""
        try:
            feed.put(await self._retelling.admitted(job))
            while job.state == "processing":
                feed.put(Progress(job.progress / 100))
                await asyncio.sleep(LOOK_EVERY_S)
                job = await self._jobs.job(job.workspace_id, job.ledger, job.id)
            feed.put(await self._retelling.end(job))
        except DatabaseAway:
            ticket = Ticket(job.id, job.workspace_id, job.ledger, 0, Split(0, 0))
            feed.put(Failed(wording.still_open(ticket, wording.UNCERTAIN)))
