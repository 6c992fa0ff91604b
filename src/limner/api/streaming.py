"""The answer of a generation as a stream: it follows the job's feed until job or reader end.

A stream does not defer, and its reader changes nothing for the job: one who leaves is not written
to any more, one who is slow sees fewer previews.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from limner.api.asgi import Header, Receive, Send, encoded
from limner.api.frames import Frames
from limner.api.sse import DONE, HEADERS, KEEP_ALIVE, send_all
from limner.errors import JobTimeout
from limner.failpoints import reached
from limner.jobs.feed import TERMINAL, Failed, JobEvent, JobFeed
from limner.settings import Settings


async def stream(
    receive: Receive,
    send: Send,
    headers: Sequence[Header],
    feed: JobFeed,
    frames: Frames,
    settings: Settings,
) -> bool:
    """Send a 200 and what happens to the job, to the end or until nobody reads any more.

    Tells whether the job ended in it.
    """
    whole = False
    start = {"type": "http.response.start", "status": 200}
    await send(start | {"headers": encoded([*HEADERS, *headers])})
    gone = asyncio.create_task(left(receive))
    try:
        async with aclosing(moments(feed, gone, settings, frames.job_id)) as happening:
            async for moment in happening:
                if moment is None:
                    await send(
                        {"type": "http.response.body", "body": KEEP_ALIVE, "more_body": True}
                    )
                else:
                    whole = isinstance(moment, TERMINAL) and not too_late(moment)
                    if whole:
                        await reached("answer.before")
                    await send_all(send, frames.of(moment))
        await send({"type": "http.response.body", "body": DONE})
        return whole
    finally:
        gone.cancel()


async def moments(
    feed: JobFeed, gone: asyncio.Task[None], settings: Settings, job_id: str
) -> AsyncGenerator[JobEvent | None, None]:
    """What happens to a job, None for each time that nothing did; ends early with its reader.

    A job that outlasts the stream is told as failed here alone: it goes on.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + settings.stream_most_s
    async with aclosing(feed.watch()) as events:
        coming = asyncio.ensure_future(anext(events))
        try:
            while True:
                patience = min(settings.heartbeat_s, max(0.0, until - clock()))
                await asyncio.wait({coming, gone}, timeout=patience, return_when="FIRST_COMPLETED")
                if gone.done():
                    return
                if coming.done():
                    yield coming.result()
                    if isinstance(coming.result(), TERMINAL):
                        return
                    coming = asyncio.ensure_future(anext(events))
                elif clock() >= until:
                    yield Failed(too_long(job_id))
                    return
                else:
                    yield None
        finally:
            coming.cancel()
            await asyncio.wait({coming})


async def left(receive: Receive) -> None:
    """Returns when the reader has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def too_late(moment: JobEvent) -> bool:
    """Whether it is the stream that ends, and not the job."""
    return isinstance(moment, Failed) and isinstance(moment.error, JobTimeout)


def too_long(job_id: str) -> JobTimeout:
    return JobTimeout(
        f"the stream ends here, but the generation is still running; collect it with "
        f"GET /v1/images/jobs/{job_id}. It is charged only when it delivers",
        job_id=job_id,
    )
