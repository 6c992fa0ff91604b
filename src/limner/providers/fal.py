"""fal's queue: an order becomes a request there, and the request is asked for its pictures.

fal is told by when an order must have begun, and how long it is to keep the pictures. An order that
nobody took in time is taken back; where one stops asking earlier, the work goes on, and so does
whoever takes it over: `resume` asks for the same requests.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.base import Accepted, Generated, Order, ProviderEvent, must_be
from limner.providers.failures import failed_call
from limner.providers.fal_asking import Asking, lasts_s
from limner.providers.fal_check import asked_for_no_order
from limner.providers.fal_errors import WHO, refusal
from limner.providers.fal_families import family_of
from limner.providers.fal_fields import check_order, path_of, request_body, unsaid
from limner.providers.fal_task import DOMAIN, FalTask, read_submitted, read_task
from limner.providers.fan_out import fanned_out, resumed
from limner.providers.home import Home
from limner.providers.http import HttpClient, HttpFailure
from limner.providers.inline import built
from limner.providers.polling import polled
from limner.providers.result_links import ResultLinks

SUBMIT_S = 60.0
TAKEN = (200, 201, 202)
BEGIN_WITHIN = 0.8
"""Of the time it is asked for; what begins later would hardly be drawn in it."""
KEEP_S = 3600
"""How long fal keeps pictures for whoever goes on with an order."""


class FalQueue:
    """An ImageProvider and a ResumingProvider. `base_url` ends where a model's name begins."""

    repeatable = False

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str, reach: Reach = PUBLIC
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {"authorization": f"Key {api_key}", "accept": "application/json"}
        self._home = Home(self._base_url, DOMAIN)
        self._links = ResultLinks(http, self._base_url, reach)

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order, in as many requests as it takes. Every failure is a ProviderError."""
        must_be(order, WHO, "generate", "edit", "upscale")
        check_order(order)
        async with aclosing(fanned_out(in_requests(order), self._begun)) as events:
            async for event in events:
                if isinstance(event, Generated):
                    event = replace(event, warnings=(*event.warnings, *unsaid(order)))
                yield event

    async def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        """Ask for the requests of an order until they have ended; nothing is drawn anew."""
        async with aclosing(resumed(in_requests(order), task, self._followed)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether fal answers and does not turn the key away; costs nothing."""
        return await asked_for_no_order(self._http, self._base_url, self._headers)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _begun(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        task = (await self._submitted(order)).written()
        yield Accepted(task)
        async with aclosing(self._followed(order, task)) as events:
            async for event in events:
                yield event

    async def _followed(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        known = read_task(task, self._home)
        asking = Asking(self._http, self._headers, self._links, known, order)
        async with aclosing(polled(asking.ask)) as events:
            async for event in events:
                yield event

    async def _submitted(self, order: Order) -> FalTask:
        body = await built(request_body, order)
        try:
            reply = await self._http.post(
                f"{self._base_url}/{path_of(order)}",
                headers=self._headers | terms(order),
                body=body,
                timeout_s=min(lasts_s(order), SUBMIT_S),
            )
        except HttpFailure as failed:
            raise failed_call(WHO, failed) from failed
        if reply.status not in TAKEN:
            raise refusal(reply, time.time())
        return read_submitted(reply, self._home)


def in_requests(order: Order) -> Order:
    """The order, for as many pictures a request as the model gives there."""
    most = family_of(order.upstream_model).most
    return replace(order, per_call=min(order.per_call or most, most))


def terms(order: Order) -> dict[str, str]:
    """What fal is told besides the order itself."""
    return {
        "content-type": "application/json",
        "x-fal-request-timeout": f"{max(lasts_s(order) * BEGIN_WITHIN, 1.0):.1f}",
        "x-fal-object-lifecycle-preference": f'{{"expiration_duration_seconds":{KEEP_S}}}',
    }
