"""The way in for all that creates: start the job, watch its feed, answer in time.

A route brings a reader, which makes of its own kind of body what the generation needs to know.
"""

import asyncio
import datetime
import email.utils
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from limner import money
from limner.accounts.api_key import Caller
from limner.api.asgi import JOB_ID, JSON, Header, Receive, Scope, Send, answer, request_id
from limner.api.auth import authenticated
from limner.api.body import announced, read_body, read_object, refuse_announced
from limner.api.frames import Frames
from limner.api.links import base_url
from limner.api.services import Services
from limner.api.streaming import stream
from limner.api.wire.errors import error_answer
from limner.api.wire.pictures import answer_pieces
from limner.api.wish import Wish
from limner.catalog.model import Model, Task
from limner.errors import JobTimeout, LimnerError
from limner.generation.request import GenerationRequest
from limner.jobs.feed import Admitted, Completed, Failed, JobFeed

SMALL = 64 * 1024
LONGEST_HEADER = 1000
TEST_MODE: Header = ("x-limner-mode", "test")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, and how they want to be answered."""

    caller: Caller
    request: GenerationRequest
    wish: Wish


Reader: TypeAlias = Callable[[Scope, Receive, Services], Awaitable[Asked]]
"""Raises InvalidApiKey and whatever the body is refused with."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that was accepted for a request, and what its caller wished for."""

    admitted: Admitted
    wish: Wish
    feed: JobFeed
    task: Task
    headers: list[Header]


class Creating:
    """A route that creates, as a plain ASGI callable: nothing stands between it and the server."""

    def __init__(self, services: Services, read: Reader) -> None:
        self._services = services
        self._read = read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await self._read(scope, receive, self._services)
        caller, wish, task = asked.caller, asked.wish, asked.request.task
        feed = self._services.runner.start(asked.request, caller)
        del asked  # the wait may be long, and a request may be large
        headers = [TEST_MODE] if caller.mode == "test" else []
        headers += [("preference-applied", wish.preference)] if wish.preference else []
        first = await feed.first()
        if isinstance(first, Failed):
            await refuse(scope, send, first.error, headers)
            return
        assert isinstance(first, Admitted)
        scope[JOB_ID] = first.ticket.job_id
        headers += self._of_job(first)
        await self._watch(scope, receive, send, Begun(first, wish, feed, task, headers))

    async def _watch(self, scope: Scope, receive: Receive, send: Send, begun: Begun) -> None:
        if begun.wish.stream:
            await self._stream(scope, receive, send, begun)
            return
        outcome = await ended(begun.feed, begun.wish.wait_s)
        if isinstance(outcome, Completed):
            await self._deliver(scope, send, begun, outcome)
            return
        error = outcome.error if outcome else deferred(begun.admitted)
        await refuse(scope, send, error, begun.headers, accepted=True)

    async def _deliver(self, scope: Scope, send: Send, begun: Begun, completed: Completed) -> None:
        services, admitted = self._services, begun.admitted
        model = services.catalog.models[admitted.model]
        base = base_url(scope, services.settings.public_url)
        form = begun.wish.form or model.output.response_format
        pieces = await answer_pieces(admitted, completed, form, services.links, base)
        headers = [JSON, *begun.headers, *of_answer(admitted, completed)]
        await answer(send, 200, headers, pieces)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, begun: Begun) -> None:
        services, admitted = self._services, begun.admitted
        frames = Frames(
            admitted,
            begun.wish.form,
            services.links,
            base_url(scope, services.settings.public_url),
            request_id(scope),
            edits=begun.task == "edit",
        )
        headers = [*begun.headers, *of_warnings(admitted.warnings)]
        await stream(receive, send, headers, begun.feed, frames, services.settings)

    def _of_job(self, admitted: Admitted) -> list[Header]:
        """Headers of every answer after acceptance."""
        model = self._services.catalog.models[admitted.model]
        headers = [("x-job-id", admitted.ticket.job_id), ("x-model-used", admitted.model)]
        if admitted.asked_for != admitted.model:
            headers += [("x-fallback-from", admitted.asked_for), ("x-fallback-depth", "1")]
        if admitted.ignored:
            headers.append(("x-infery-ignored-params", listed(admitted.ignored)))
        return headers + of_lifecycle(model)


async def json_asked(
    scope: Scope, receive: Receive, services: Services
) -> tuple[Caller, dict[str, object]]:
    """Who asks, and the JSON object they sent. Nobody unknown may send more than a small one.

    A small one is taken first, because it is gone once its sender has hung up.
    """
    accounts, limit = services.accounts, services.settings.max_body_bytes
    if (announced(scope) or limit) <= SMALL:
        body = await read_body(scope, receive, limit)
        caller = await authenticated(scope, accounts)
    else:
        refuse_announced(scope, limit)
        caller = await authenticated(scope, accounts)
        body = await read_body(scope, receive, limit)
    return caller, read_object(body)


async def refuse(
    scope: Scope, send: Send, error: LimnerError, headers: list[Header], *, accepted: bool = False
) -> None:
    status, own, said = error_answer(error, request_id(scope), accepted=accepted)
    await answer(send, status, headers + own, [said])


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


async def ended(feed: JobFeed, wait_s: float) -> Completed | Failed | None:
    """The end of a job, or None when the caller's wait ends first."""
    try:
        async with asyncio.timeout(wait_s):
            return await feed.last()
    except TimeoutError:
        return None


def deferred(admitted: Admitted) -> LimnerError:
    job_id = admitted.ticket.job_id
    return JobTimeout(
        f"the generation is still running; collect it with GET /v1/images/jobs/{job_id}. "
        "It is charged only when it delivers",
        job_id=job_id,
    )
