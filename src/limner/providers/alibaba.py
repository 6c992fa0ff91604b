"""Alibaba's Model Studio (DashScope): Qwen Image, Wan and Z-Image, each by the wire it speaks.

Newer models answer with links to their pictures at once, older ones with a task that is asked for.
Links die after a day and are fetched without the key, which belongs to the region's host alone.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.alibaba_answers import accepted_task, drawn
from limner.providers.alibaba_asking import Asking
from limner.providers.alibaba_check import asked_for_no_task
from limner.providers.alibaba_errors import WHO, refusal
from limner.providers.alibaba_fields import PROTOCOLS, Wire
from limner.providers.base import (
    Accepted,
    Order,
    ProviderError,
    ProviderEvent,
    must_be,
)
from limner.providers.failures import failed_call, not_taken
from limner.providers.fan_out import fanned_out, resumed
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.inline import MEGABYTE, built, check_pictures
from limner.providers.polling import polled
from limner.providers.result_links import ResultLinks

KINDS = ("image/png", "image/jpeg", "image/webp")
LARGEST_PICTURE = 10 * MEGABYTE
SUBMIT_S = 60.0
"""For an order that is answered with a task."""


class AlibabaImages:
    """An ImageProvider and a ResumingProvider. `base_url` is the root of a region's host."""

    repeatable = False

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str, reach: Reach = PUBLIC
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/").removesuffix("/api/v1")
        self._headers = {
            "authorization": f"Bearer {api_key}",
            "content-type": "application/json",
            "accept": "application/json",
        }
        self._links = ResultLinks(http, self._base_url, reach)

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order, in as many calls as it takes. Every failure is a ProviderError."""
        must_be(order, WHO, "generate", "edit")
        wire = wire_of(order)
        check_pictures(order, WHO, KINDS, LARGEST_PICTURE)
        one_call = self._begun if wire.is_task else self._at_once
        async with aclosing(fanned_out(order, partial(one_call, wire))) as events:
            async for event in events:
                yield event

    async def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        """Ask for the tasks of an order until they have ended; nothing is drawn anew."""
        async with aclosing(resumed(order, task, self._followed)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether the host answers and takes the key; costs nothing."""
        return await asked_for_no_task(self._http, self._task_url, self._headers)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _at_once(self, wire: Wire, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        yield await drawn(await self._posted(wire, order), order, self._links)

    async def _begun(self, wire: Wire, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        task = accepted_task(await self._posted(wire, order))
        yield Accepted(task)
        async with aclosing(self._followed(order, task)) as events:
            async for event in events:
                yield event

    async def _followed(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        asking = Asking(self._http, self._headers, self._links, self._task_url(""), order, task)
        async with aclosing(polled(asking.ask)) as events:
            async for event in events:
                yield event

    async def _posted(self, wire: Wire, order: Order) -> Reply:
        """Raises ProviderError for anything but 200."""
        headers = self._headers | ({"x-dashscope-async": "enable"} if wire.is_task else {})
        try:
            reply = await self._http.post(
                f"{self._base_url}{wire.path}",
                headers=headers,
                body=await built(wire.body, order),
                timeout_s=min(order.timeout_s, SUBMIT_S) if wire.is_task else order.timeout_s,
            )
        except HttpFailure as failed:
            raise failed_call(WHO, failed) from failed
        if reply.status != 200:
            raise refusal(reply, time.time())
        return reply

    def _task_url(self, task: str) -> str:
        return f"{self._base_url}/api/v1/tasks/{task}"


def wire_of(order: Order) -> Wire:
    """How a model is spoken to. Raises ProviderError where that wire cannot carry the order."""
    wire = PROTOCOLS.get(order.protocol)
    if wire is None:
        raise ProviderError(
            f"{WHO} speaks no protocol named {order.protocol!r}", outcome="known_not_run"
        )
    if order.images and not wire.takes_pictures:
        raise not_taken(f"{WHO} edits nothing with {order.upstream_model}")
    return wire
