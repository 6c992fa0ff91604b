"""Every generation runs in a task of the server's own: a caller who hangs up changes nothing."""

import asyncio
import traceback
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing

import structlog

from limner.accounts.api_key import Caller
from limner.db.base import DatabaseAway, DatabaseFull
from limner.errors import (
    InternalError,
    JobCancelled,
    LimnerError,
    ServiceUnavailable,
    StorageUnavailable,
)
from limner.generation import wording
from limner.generation.generate import generate
from limner.generation.line import Turn
from limner.generation.request import GenerationRequest
from limner.generation.resuming import resumed
from limner.generation.studio import Studio
from limner.generation.telling import Telling
from limner.generation.typical import TypicalTimes
from limner.jobs.bounds import bounds_of
from limner.jobs.feed import Admitted, Failed, JobEvent, JobFeed
from limner.jobs.job import Ticket
from limner.turns import OWNER

log = structlog.get_logger()

CLOSING_S = 3.0
"""How long a job that is cut off by a stop may take to write that down."""


class Runner:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._times = TypicalTimes(studio.catalog)
        self._tasks: set[asyncio.Task[None]] = set()
        self._feeds: dict[str, JobFeed] = {}
        self._draining = False

    def start(self, request: GenerationRequest, caller: Caller) -> JobFeed:
        """Begin a generation and return at once; the feed tells what becomes of it.

        The request's pictures are let go of when it has ended.
        """
        feed, release = JobFeed(), request.release
        try:
            turn = self._turn(request, caller)
        except LimnerError as error:
            release()
            feed.put(Failed(error))
            return feed
        events = generate(request, caller, turn, self._studio)
        OWNER.set(caller.workspace_id)
        telling = Telling(feed, self._studio.jobs, self._times, work=self._studio.work)
        task = self._begin(self._drive(events, request.request_id, feed, telling))
        task.add_done_callback(lambda _: turn.leave())
        task.add_done_callback(lambda _: release())
        return feed

    def resume(self, ticket: Ticket) -> None:
        """Go on with a job that was taken over. It needs no place in the line: it only waits."""
        feed = JobFeed()
        telling = Telling(feed, self._studio.jobs, self._times, whole=False)
        self._begin(self._drive(resumed(ticket, self._studio), ticket.job_id, feed, telling))

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _turn(self, request: GenerationRequest, caller: Caller) -> Turn:
        """A place in the line, for whoever may have one. Raises LimnerError."""
        if self._draining:
            raise stopping()
        self._studio.jobs.window.refuse_blocked(bounds_of(caller, images=1, pixels=0))
        named = request.model if isinstance(request.model, str) else ""
        model = self._studio.catalog.get(named)
        return self._studio.line.arrive(caller.workspace_id, model.slug if model else "")

    def feed_of(self, job_id: str) -> JobFeed | None:
        """The feed of a job that runs in this process."""
        return self._feeds.get(job_id)

    @property
    def running(self) -> int:
        return len(self._tasks)

    @property
    def draining(self) -> bool:
        return self._draining

    async def drain(self, seconds: float) -> None:
        """Refuse new work, let running work end, and close what does not end in time.

        What a provider goes on with by itself is left to whoever takes it over. What cannot even be
        closed, because the database is away, is closed by whoever keeps the jobs next.
        """
        self._draining = True
        await self._ended_within(seconds)
        await self._cut_off(CLOSING_S)
        await self._cut_off(CLOSING_S)

    async def _ended_within(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _cut_off(self, seconds: float) -> None:
        for task in self._tasks:
            task.cancel()
        await self._ended_within(seconds)

    async def _drive(
        self,
        events: AsyncGenerator[JobEvent, None],
        request_id: str,
        feed: JobFeed,
        telling: Telling,
    ) -> None:
        """Tell what happens, and turn whatever is raised into a last event."""
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Admitted):
                        self._studio.jobs.underway.attend(event.ticket, stop_of(feed))
                        self._feeds[event.ticket.job_id] = feed
                    await telling.tell(event)
        except LimnerError as error:
            feed.put(Failed(error))
        except DatabaseAway:
            # Should the job exist all the same, no provider will ever see it.
            away = ServiceUnavailable(wording.DATABASE_AWAY, retry_after=2)
            feed.put(Failed(wording.resendable(away)))
        except DatabaseFull:
            full = StorageUnavailable(wording.DATABASE_FULL, retry_after=30)
            feed.put(Failed(wording.resendable(full)))
        except asyncio.CancelledError:
            ticket = telling.ticket
            left = wording.still_open(ticket, wording.STOPPED) if ticket else stopping()
            feed.put(Failed(left))
            raise
        except Exception as error:  # the edge: nobody above would hear of it
            log.error("generation_broke", request_id=request_id, **described(error))
            feed.put(Failed(InternalError(wording.BROKE)))
        finally:
            telling.stop()
            if telling.ticket:
                self._feeds.pop(telling.ticket.job_id, None)


def stop_of(feed: JobFeed) -> Callable[[], None]:
    """Ends the task that asks for it, whose job was cancelled, and tells those who watch first."""
    task = asyncio.current_task()
    assert task is not None

    def stop() -> None:
        feed.put(Failed(JobCancelled(wording.CANCELLED)))
        task.cancel()

    return stop


def stopping() -> ServiceUnavailable:
    return wording.resendable(ServiceUnavailable(wording.STOPPING, retry_after=2))


def described(error: Exception) -> dict[str, object]:
    """What broke and where. Its message stays out: it may quote a prompt."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-6:]],
    }
