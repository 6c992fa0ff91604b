"""`POST /v1/images/generations`: start the generation, watch its feed, answer in time."""

import asyncio
import datetime
import email.utils

from limner import money
from limner.accounts.api_key import Caller
from limner.api.asgi import JOB_ID, JSON, Header, Receive, Scope, Send, answer, request_id
from limner.api.auth import authenticated
from limner.api.body import announced, read_body, read_object, refuse_announced
from limner.api.frames import Frames
from limner.api.links import base_url
from limner.api.operation import Operation, Query
from limner.api.services import Services
from limner.api.streaming import stream
from limner.api.wire.errors import error_answer
from limner.api.wire.frames import FRAMES
from limner.api.wire.images import GenerationBody, Images
from limner.api.wire.pictures import answer_pieces
from limner.api.wish import Wish, read_wish
from limner.catalog.model import Model
from limner.errors import JobTimeout, LimnerError
from limner.jobs.feed import Admitted, Completed, Failed, JobFeed

PATH = "/v1/images/generations"
SMALL = 64 * 1024
LONGEST_HEADER = 1000
TEST_MODE: Header = ("x-limner-mode", "test")


class Generations:
    """The hot route, a plain ASGI callable."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services = self._services
        caller, body = await self._asked(scope, receive)
        request, wish = read_wish(scope, read_object(body), services.settings.sync_wait_s)
        feed = services.runner.start(request, caller)
        del request, body  # the wait may be long
        headers = [TEST_MODE] if caller.mode == "test" else []
        headers += [("preference-applied", wish.preference)] if wish.preference else []
        first = await feed.first()
        if isinstance(first, Admitted):
            scope[JOB_ID] = first.ticket.job_id
            headers += self._of_job(first)
            if wish.stream:
                await self._stream(scope, receive, send, wish, first, feed, headers)
                return
        outcome = await ended(feed, wish.wait_s)
        if isinstance(first, Admitted) and isinstance(outcome, Completed):
            await self._deliver(scope, send, wish, first, outcome, headers)
            return
        error = outcome.error if isinstance(outcome, Failed) else deferred(first)
        accepted = isinstance(first, Admitted)
        status, own, said = error_answer(error, request_id(scope), accepted=accepted)
        await answer(send, status, headers + own, [said])

    async def _asked(self, scope: Scope, receive: Receive) -> tuple[Caller, bytes]:
        """Who asks, and the body. Nobody unknown may send more than a small one.

        A small one is taken first, because it is gone once its sender has hung up.
        """
        accounts, limit = self._services.accounts, self._services.settings.max_body_bytes
        if (announced(scope) or limit) <= SMALL:
            body = await read_body(scope, receive, limit)
            return await authenticated(scope, accounts), body
        refuse_announced(scope, limit)
        return await authenticated(scope, accounts), await read_body(scope, receive, limit)

    async def _deliver(
        self,
        scope: Scope,
        send: Send,
        wish: Wish,
        admitted: Admitted,
        completed: Completed,
        headers: list[Header],
    ) -> None:
        services = self._services
        model = services.catalog.models[admitted.model]
        base = base_url(scope, services.settings.public_url)
        form = wish.form or model.output.response_format
        pieces = await answer_pieces(admitted, completed, form, services.links, base)
        headers = [JSON, *headers, *of_answer(admitted, completed)]
        await answer(send, 200, headers, pieces)

    async def _stream(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        wish: Wish,
        admitted: Admitted,
        feed: JobFeed,
        headers: list[Header],
    ) -> None:
        services = self._services
        base = base_url(scope, services.settings.public_url)
        frames = Frames(admitted, wish.form, services.links, base, request_id(scope))
        headers = [*headers, *of_warnings(admitted.warnings)]
        await stream(receive, send, headers, feed, frames, services.settings)

    def _of_job(self, admitted: Admitted) -> list[Header]:
        """Headers of every answer after acceptance."""
        model = self._services.catalog.models[admitted.model]
        headers = [("x-job-id", admitted.ticket.job_id), ("x-model-used", admitted.model)]
        if admitted.asked_for != admitted.model:
            headers += [("x-fallback-from", admitted.asked_for), ("x-fallback-depth", "1")]
        if admitted.ignored:
            headers.append(("x-infery-ignored-params", listed(admitted.ignored)))
        return headers + of_lifecycle(model)


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


def deferred(first: object) -> LimnerError:
    assert isinstance(first, Admitted)
    job_id = first.ticket.job_id
    return JobTimeout(
        f"the generation is still running; collect it with GET /v1/images/jobs/{job_id}. "
        "It is charged only when it delivers",
        job_id=job_id,
    )


OPERATION = Operation(
    "create_images",
    "POST",
    PATH,
    "Draw pictures from a prompt",
    Generations,
    body=GenerationBody,
    answer=Images,
    frames=FRAMES,
    errors=(400, 401, 402, 403, 404, 409, 410, 413, 502, 504),
    query=(
        Query("Prefer", "`wait=N`: be sent away with a job id after N seconds, at most", "header"),
        Query("x-strict-params", "`true`: refuse what would be adjusted or ignored", "header"),
        Query("stream", "`true` or `1`: as `stream` in the body"),
        Query("x-request-id", "an id of your own, which every answer repeats", "header"),
    ),
)
