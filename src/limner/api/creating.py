"""The way in for all that creates: start the job, watch its feed, answer in time.

A route brings a reader, which makes of its own kind of body what the generation needs to know.
"""

import asyncio
import datetime
import email.utils
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

import msgspec

from limner import money
from limner.accounts.api_key import Caller
from limner.api.asgi import (
    ERROR,
    JOB_ID,
    JSON,
    Header,
    Piece,
    Receive,
    Scope,
    Send,
    answer,
    request_id,
)
from limner.api.auth import authenticated
from limner.api.body import announced, read_body, read_object, refuse_announced
from limner.api.frames import Frames
from limner.api.links import base_url
from limner.api.origin import origin_of
from limner.api.services import Services
from limner.api.streaming import left, stream
from limner.api.track_frames import TrackFrames
from limner.api.unkept import fitting
from limner.api.weighing import unmapped, weighed
from limner.api.wire.errors import error_answer
from limner.api.wire.music import tracks
from limner.api.wire.pictures import answer_pieces
from limner.api.wish import Wish
from limner.catalog.model import Model, Task
from limner.db.base import DatabaseAway
from limner.errors import JobTimeout, LimnerError
from limner.failpoints import reached
from limner.generation.request import GenerationRequest
from limner.in_flight import Share
from limner.jobs.bounds import rates_of
from limner.jobs.feed import Admitted, Completed, Failed, JobFeed
from limner.jobs.job import Ticket
from limner.jobs.window import standing_headers
from limner.retention import Retention

SMALL = 64 * 1024
LONGEST_HEADER = 1000
TEST_MODE: Header = ("x-limner-mode", "test")
REPLAYED: Header = ("idempotent-replayed", "true")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, and how they want to be answered."""

    caller: Caller
    request: GenerationRequest
    wish: Wish


class Gone:
    """The caller has closed the connection."""


Reader: TypeAlias = Callable[[Scope, Receive, Services], Awaitable[Asked]]
"""Raises InvalidApiKey and whatever the body is refused with."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A job to be answered with, and what its caller wished for."""

    wish: Wish
    feed: JobFeed
    task: Task
    headers: list[Header]
    share: Share
    """What it holds of the bytes under way."""


class Creating:
    """A route that creates, as a plain ASGI callable: nothing stands between it and the server."""

    def __init__(self, services: Services, read: Reader) -> None:
        self._services = services
        self._read = read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._services.in_flight.share() as share:
            await self._create(scope, receive, send, share)

    async def _create(self, scope: Scope, receive: Receive, send: Send, share: Share) -> None:
        services = self._services
        with services.in_flight.share() as body:
            reading = weighed(scope, receive, services.in_flight, body)
            asked = await self._read(scope, reading, services)
        caller, wish, task = asked.caller, asked.wish, asked.request.task
        server = Retention(services.settings.retention_s)
        headers = [TEST_MODE] if caller.mode == "test" else []
        headers += [("preference-applied", wish.preference)] if wish.preference else []
        with released_if_refused(asked.request):
            wish = fitting(caller, asked.request, wish, server)
            origin = origin_of(scope, asked.request, wish, services.vault)
            earlier = await services.repeats.earlier(caller, origin)
        if earlier:
            asked.request.release()
            del asked
            async with services.following.feed(earlier) as feed:
                headers.append(REPLAYED)
                await self._answer(scope, receive, send, Begun(wish, feed, task, headers, share))
            return
        with released_if_refused(asked.request):
            webhook = await kept_webhook(scope, asked, services)
        request = replace(asked.request, origin=origin, webhook=webhook)
        feed = services.runner.start(request, caller)
        del asked, request  # the wait may be long, and a request may be large
        first = await feed.first()
        if isinstance(first, Failed) and first.error.retryable:
            services.repeats.refused(caller, origin)
        if not (isinstance(first, Failed) and first.error.headers):
            headers += await standing(caller, services)
        await self._answer(scope, receive, send, Begun(wish, feed, task, headers, share))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, begun: Begun) -> None:
        first = await begun.feed.first()
        if not isinstance(first, Admitted):
            assert isinstance(first, Failed)
            await refuse(scope, send, first.error, begun.headers)
            return
        scope[JOB_ID] = first.ticket.job_id
        begun.headers.extend(self._of_job(first))
        if begun.wish.stream:
            if not await self._stream(scope, receive, send, begun, first):
                await self._leave(first.ticket)
            return
        outcome = await ended(begun.feed, begun.wish.wait_s, receive)
        await reached("answer.before")
        if outcome is None and not await self._leave(first.ticket):
            # It ended in this very moment: who asks again would not be given it.
            outcome = await begun.feed.last()
        if isinstance(outcome, Completed):
            await self._deliver(scope, send, begun, first, outcome)
        elif isinstance(outcome, Failed):
            await refuse(scope, send, outcome.error, begun.headers, accepted=True)
        elif isinstance(outcome, Gone):
            await self._leave(first.ticket)
        else:
            await refuse(scope, send, deferred(first), begun.headers, accepted=True)

    async def _leave(self, ticket: Ticket) -> bool:
        return await self._services.repeats.leave(ticket.job_id, ticket.workspace_id)

    async def _deliver(
        self, scope: Scope, send: Send, begun: Begun, admitted: Admitted, completed: Completed
    ) -> None:
        services = self._services
        admitted = completed.admitted or admitted
        model = services.catalog.models[admitted.model]
        base = base_url(scope, services.settings.public_url)
        form = begun.wish.form or model.output.response_format
        if begun.task == "music":
            answered = tracks(admitted, completed, services.links, base)
            pieces: list[Piece] = [msgspec.json.encode(answered)]
        else:
            begun.share.take(unmapped(completed.pictures) if form == "b64_json" else 0)
            pieces = await answer_pieces(admitted, completed, form, services.links, base)
        headers = in_place(begun.headers, self._of_job(admitted))
        await answer(send, 200, [JSON, *headers, *of_answer(admitted, completed)], pieces)

    async def _stream(
        self, scope: Scope, receive: Receive, send: Send, begun: Begun, admitted: Admitted
    ) -> bool:
        """Tells whether the stream came to its end, and its reader was still there."""
        services = self._services
        kind = TrackFrames if begun.task == "music" else Frames
        frames = kind(
            admitted,
            begun.wish.form,
            services.links,
            base_url(scope, services.settings.public_url),
            request_id(scope),
            edits=begun.task == "edit",
        )
        headers = [*begun.headers, *of_warnings(admitted.warnings)]
        return await stream(receive, send, headers, begun.feed, frames, services.settings)

    def _of_job(self, admitted: Admitted) -> list[Header]:
        """Headers of every answer after acceptance."""
        model = self._services.catalog.models[admitted.model]
        headers = [("x-job-id", admitted.ticket.job_id), ("x-model-used", admitted.model)]
        if admitted.cached:
            headers.append(("x-limner-cache", "hit"))
        if admitted.asked_for != admitted.model:
            depth = str(admitted.depth or 1)
            headers += [("x-fallback-from", admitted.asked_for), ("x-fallback-depth", depth)]
        if admitted.ignored:
            headers.append(("x-infery-ignored-params", listed(admitted.ignored)))
        return headers + of_lifecycle(model)


async def kept_webhook(scope: Scope, asked: Asked, services: Services) -> str | None:
    """Who is to be told, as the job keeps it. Raises UnsafeWebhookUrl."""
    url = asked.request.webhook_url
    if url is None:
        return None
    base = base_url(scope, services.settings.public_url)
    return await services.webhooks.kept_for_job(url, base, asked.caller.workspace_id)


@contextmanager
def released_if_refused(request: GenerationRequest) -> Iterator[None]:
    """Nobody else lets go of the pictures of a request that goes no further."""
    try:
        yield
    except BaseException:
        request.release()
        raise


async def json_asked(
    scope: Scope, receive: Receive, services: Services
) -> tuple[Caller, dict[str, object]]:
    """Who asks, and the JSON object they sent. Nobody unknown may send more than a small one.

    A small one is taken first, because it is gone once its sender has hung up.
    """
    accounts, limit = services.accounts, services.settings.max_body_bytes
    if (announced(scope) or limit) <= SMALL:
        body = await read_body(scope, receive, limit)
        caller = await authenticated(scope, accounts, creates=True)
    else:
        refuse_announced(scope, limit)
        caller = await authenticated(scope, accounts, creates=True)
        body = await read_body(scope, receive, limit)
    return caller, read_object(body)


async def standing(caller: Caller, services: Services) -> list[Header]:
    """How the caller's rates stand, now that the request was counted or refused."""
    try:
        found = await services.jobs.window.standing(rates_of(caller))
    except DatabaseAway:  # what was done is done, and worth more than these
        return []
    return [*standing_headers(found)] if found else []


async def refuse(
    scope: Scope, send: Send, error: LimnerError, headers: list[Header], *, accepted: bool = False
) -> None:
    scope[ERROR] = error.code
    status, own, said = error_answer(error, request_id(scope), accepted=accepted)
    await answer(send, status, headers + own, [said])


def in_place(headers: list[Header], newer: list[Header]) -> list[Header]:
    """Headers with those that are told anew: by now another model may have answered."""
    names = {name for name, _ in newer}
    return [one for one in headers if one[0] not in names] + newer


def of_answer(admitted: Admitted, completed: Completed) -> list[Header]:
    headers = [("x-credits-used", money.shown(completed.charged))]
    headers += of_warnings((*admitted.warnings, *completed.warnings))
    if len(completed.pictures) < completed.asked:
        headers.append(("x-infery-partial", f"{len(completed.pictures)}/{completed.asked}"))
    return headers


def of_warnings(warnings: tuple[str, ...]) -> list[Header]:
    return [("x-limner-warnings", listed(warnings, "; "))] if warnings else []


def of_lifecycle(model: Model) -> list[Header]:
    """`Deprecation` and `Sunset` of a model that is going to be switched off."""
    if model.status != "deprecated":
        return []
    headers = [("deprecation", "true")]
    if model.shutdown:
        midnight = datetime.datetime.combine(model.shutdown, datetime.time(), datetime.UTC)
        headers.append(("sunset", email.utils.format_datetime(midnight, usegmt=True)))
    return headers


def listed(words: tuple[str, ...], between: str = ",") -> str:
    """Words as a header, on one line and cut to a sane length; the body has them whole."""
    text = between.join(" ".join(word.split()) for word in words)
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= LONGEST_HEADER else text[: LONGEST_HEADER - 3] + "..."


async def ended(feed: JobFeed, wait_s: float, receive: Receive) -> Completed | Failed | Gone | None:
    """The end of a job, or None when the caller's wait ends first, or Gone when the caller does."""
    last = asyncio.ensure_future(feed.last())
    gone = asyncio.ensure_future(left(receive))
    try:
        await asyncio.wait({last, gone}, timeout=wait_s, return_when="FIRST_COMPLETED")
        if last.done():
            return last.result()
        return Gone() if gone.done() else None
    finally:
        last.cancel()
        gone.cancel()


def deferred(admitted: Admitted) -> LimnerError:
    job_id = admitted.ticket.job_id
    return JobTimeout(
        f"the generation is still running; collect it with GET /v1/images/jobs/{job_id}. "
        "It is charged only when it delivers",
        job_id=job_id,
    )
