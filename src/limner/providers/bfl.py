"""Black Forest Labs' hosted FLUX: an order becomes a task, and the task is asked for its picture.

A call draws one picture. Its link lives ten minutes and is fetched at once, without the key. Where
the work goes on by itself, so does whoever takes it over: `resume` asks for the same tasks.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.base import Accepted, Order, ProviderEvent, must_be
from limner.providers.bfl_answers import DOMAIN, BflTask, read_submitted, read_task
from limner.providers.bfl_asking import Asking
from limner.providers.bfl_check import asked_for_credits
from limner.providers.bfl_errors import WHO, refusal
from limner.providers.bfl_fields import check_order, request_body
from limner.providers.failures import failed_call
from limner.providers.fan_out import fanned_out, resumed
from limner.providers.home import Home
from limner.providers.http import HttpClient, HttpFailure
from limner.providers.inline import built
from limner.providers.polling import polled
from limner.providers.result_links import ResultLinks

SUBMIT_S = 60.0


class BlackForestLabs:
    """An ImageProvider and a ResumingProvider. `base_url` ends in `/v1`."""

    repeatable = False

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str, reach: Reach = PUBLIC
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {
            "x-key": api_key,
            "content-type": "application/json",
            "accept": "application/json",
        }
        self._home = Home(self._base_url, DOMAIN)
        self._links = ResultLinks(http, self._base_url, reach)

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order, a task for each picture. Every failure is a ProviderError."""
        must_be(order, WHO, "generate", "edit")
        check_order(order)
        async with aclosing(fanned_out(replace(order, per_call=1), self._begun)) as events:
            async for event in events:
                yield event

    async def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        """Ask for the tasks of an order until they have ended; nothing is drawn anew."""
        one_each = replace(order, per_call=1)
        async with aclosing(resumed(one_each, task, self._followed)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether the key is accepted and has credits; costs nothing."""
        return await asked_for_credits(self._http, f"{self._base_url}/credits", self._headers)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _begun(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        task = (await self._submitted(order)).written()
        yield Accepted(task)
        async with aclosing(self._followed(order, task)) as events:
            async for event in events:
                yield event

    async def _followed(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        asking = Asking(
            self._http, self._headers, self._links, read_task(task, self._home), order.timeout_s
        )
        async with aclosing(polled(asking.ask)) as events:
            async for event in events:
                yield event

    async def _submitted(self, order: Order) -> BflTask:
        body = await built(request_body, order)
        try:
            reply = await self._http.post(
                f"{self._base_url}/{order.upstream_model}",
                headers=self._headers,
                body=body,
                timeout_s=min(order.timeout_s, SUBMIT_S),
            )
        except HttpFailure as failed:
            raise failed_call(WHO, failed) from failed
        if reply.status != 200:
            raise refusal(reply, time.time())
        return read_submitted(reply, self._home)
