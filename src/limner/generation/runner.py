"""Every generation runs in a task of the server's own: a caller who hangs up changes nothing."""

import asyncio
from contextlib import aclosing

import structlog

from limner.accounts.api_key import Caller
from limner.db.base import DatabaseAway, DatabaseFull
from limner.errors import InternalError, LimnerError, ServiceUnavailable, StorageUnavailable
from limner.generation import wording
from limner.generation.generate import generate
from limner.generation.request import GenerationRequest
from limner.generation.studio import Studio
from limner.jobs.feed import Admitted, Failed, JobFeed
from limner.jobs.job import Ticket
from limner.providers.base import Progress

log = structlog.get_logger()

PROGRESS_EVERY_S = 1.0


class Runner:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False

    def start(self, request: GenerationRequest, caller: Caller) -> JobFeed:
        """Begin a generation and return at once; the feed tells what becomes of it."""
        feed = JobFeed()
        if self._draining:
            feed.put(Failed(stopping()))
            return feed
        task = asyncio.create_task(self._drive(request, caller, feed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return feed

    @property
    def running(self) -> int:
        return len(self._tasks)

    @property
    def draining(self) -> bool:
        return self._draining

    async def drain(self, seconds: float) -> None:
        """Refuse new work, let running work end, and close what does not end in time."""
        self._draining = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _drive(self, request: GenerationRequest, caller: Caller, feed: JobFeed) -> None:
        ticket: Ticket | None = None
        told = 0.0
        clock = asyncio.get_running_loop().time
        try:
            async with aclosing(generate(request, caller, self._studio)) as events:
                async for event in events:
                    if isinstance(event, Admitted):
                        ticket, told = event.ticket, clock()
                    if isinstance(event, Progress) and ticket and clock() > told + PROGRESS_EVERY_S:
                        told = clock()
                        await self._studio.jobs.progress(ticket, int(event.done * 100))
                    feed.put(event)
        except LimnerError as error:
            feed.put(Failed(error))
        except DatabaseAway:
            feed.put(Failed(ServiceUnavailable(wording.DATABASE_AWAY, retry_after=2)))
        except DatabaseFull:
            feed.put(Failed(StorageUnavailable(wording.DATABASE_FULL, retry_after=30)))
        except asyncio.CancelledError:
            feed.put(Failed(wording.still_open(ticket) if ticket else stopping()))
            raise
        except Exception:
            log.exception("generation_broke", request_id=request.request_id)
            feed.put(Failed(InternalError(wording.BROKE)))


def stopping() -> ServiceUnavailable:
    error = ServiceUnavailable(
        "this server is stopping; nothing was charged, send the request again", retry_after=2
    )
    error.retryable = True
    return error
