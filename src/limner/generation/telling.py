"""Tells a job's watchers what happens, and the database how far the job is, now and then.

A provider that says nothing for a second is spoken for: how far it is, is then estimated from the
model's typical time, until it says something itself or the job ends.
"""

import asyncio
from contextlib import suppress

from limner.generation.typical import TypicalTimes, share_done
from limner.jobs.feed import Admitted, Completed, JobEvent, JobFeed, Started
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs
from limner.metrics.work import Work
from limner.providers.base import Progress

PROGRESS_EVERY_S = 1.0


class Telling:
    def __init__(
        self,
        feed: JobFeed,
        jobs: Jobs,
        times: TypicalTimes,
        *,
        work: Work | None = None,
        whole: bool = True,
    ) -> None:
        """`whole` is whether the job begins here, so that its time can be learnt from."""
        self._whole = whole
        self._work = work or Work()
        self.ticket: Ticket | None = None
        self._feed = feed
        self._jobs = jobs
        self._times = times
        self._model = ""
        self._done = 0.0
        self._loop = asyncio.get_running_loop()
        self._next_write = self._loop.time() + PROGRESS_EVERY_S
        self._accepted = self._began = 0.0
        self._estimating: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    async def tell(self, event: JobEvent) -> None:
        if isinstance(event, Progress):
            self._stop_estimating()
            if self._put(event):
                await self._write()
            return
        if isinstance(event, Admitted):
            self.ticket, self._model = event.ticket, event.model
            self._accepted = self._loop.time()
            if not event.waits:
                self._begin(event.ticket)
        elif isinstance(event, Started) and self.ticket is not None:
            self._begin(self.ticket)
        elif isinstance(event, Completed):
            self._learn()
            self._count(event.admitted.ticket if event.admitted else self.ticket)
        self._feed.put(event)

    def stop(self) -> None:
        """Nothing more is told: the job has ended, or is another's."""
        self._stop_estimating()
        if self._writing is not None:
            self._writing.cancel()

    def _put(self, event: Progress) -> bool:
        if event.done <= self._done:  # a second provider begins anew: that is no way back
            return False
        self._done = event.done
        self._feed.put(event)
        return True

    def _begin(self, ticket: Ticket) -> None:
        self._began = self._loop.time()
        if ticket.ledger == "live":  # a simulation tells itself how far it is
            self._estimating = self._loop.call_later(PROGRESS_EVERY_S, self._estimate)

    def _learn(self) -> None:
        if self._whole and self.ticket is not None and self.ticket.ledger == "live":
            self._times.learn(self._model, self._loop.time() - self._began)

    def _count(self, ticket: Ticket | None) -> None:
        if self._whole and ticket is not None:
            taken = self._loop.time() - self._accepted
            self._work.jobs.saw(taken, ticket.ledger, ticket.task, ticket.model)

    def _estimate(self) -> None:
        passed = self._loop.time() - self._began
        self._put(Progress(share_done(passed, self._times.of(self._model)), estimated=True))
        if self._writing is None or self._writing.done():
            self._writing = self._loop.create_task(self._write())
        self._estimating = self._loop.call_later(PROGRESS_EVERY_S, self._estimate)

    def _stop_estimating(self) -> None:
        if self._estimating is not None:
            self._estimating.cancel()
            self._estimating = None

    async def _write(self) -> None:
        if self.ticket is None or self._loop.time() < self._next_write:
            return
        with suppress(TimeoutError):  # a slow database must not keep the provider waiting
            async with asyncio.timeout(PROGRESS_EVERY_S):
                await self._jobs.progress(self.ticket, int(self._done * 100))
        self._next_write = self._loop.time() + PROGRESS_EVERY_S
