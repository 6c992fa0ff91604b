"""Asking Black Forest Labs what became of one task, for as long as an order has time.

Silence and answers that say nothing are no end of a task: it is asked for again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from limner.providers.base import Generated, Progress, ProviderError, TaskGone
from limner.providers.bfl_answers import GONE, BflTask, Result, ended_badly, read_reply
from limner.providers.bfl_errors import WHO
from limner.providers.failures import failure, identifier
from limner.providers.http import HttpClient, HttpFailure
from limner.providers.result_links import Links

ASK_S = 15.0
FOUND_WITHIN_S = 10.0
"""A task may not be known everywhere at once."""
LINK_TRIES = 5
EARLY_S = 2.0
"""Before an order's own end, so that what did come is not lost with a picture that did not."""


class Asking:
    """One task and until when there is sense in asking for it."""

    def __init__(
        self,
        http: HttpClient,
        headers: Mapping[str, str],
        links: Links,
        task: BflTask,
        timeout_s: float,
    ) -> None:
        self._http = http
        self._headers = headers
        self._links = links
        self._task = task
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._lasts_s = max(timeout_s - EARLY_S, timeout_s / 2)
        self._links_failed = 0

    async def ask(self) -> Progress | Generated:
        """How far the task is, or its picture. Raises ProviderError when none will come."""
        result, trouble = await self._result()
        if result is not None:
            if error := ended_badly(result):
                raise error
            if sample := result.ready:
                return await self._drawn(sample, result)
        if self._passed() > self._lasts_s:
            raise failure(WHO, "unknown", detail=f"no picture in time: {trouble}")
        told = (result.progress if result else None) or 0.0
        return Progress(min(max(told, 0.0), 0.99))

    def _passed(self) -> float:
        return self._clock() - self._began

    async def _result(self) -> tuple[Result | None, str]:
        """What is known of the task, or what stands in the way of knowing."""
        try:
            reply = await self._http.get(self._task.url, headers=self._headers, timeout_s=ASK_S)
        except HttpFailure as failed:
            return None, failed.what
        result = read_reply(reply)
        if result is not None and result.status == GONE:
            if self._passed() > FOUND_WITHIN_S:
                raise TaskGone(f"{WHO} does not know this order any more", detail=GONE)
            return None, GONE
        return result, f"HTTP {reply.status}"

    async def _drawn(self, sample: str, result: Result) -> Progress | Generated:
        try:
            image = await self._links.image(sample)
        except ProviderError:
            self._links_failed += 1
            if self._links_failed == LINK_TRIES:
                raise
            return Progress(0.99)  # the next answer may hold a better link
        seed = result.result.seed if result.result else None
        return Generated(
            (replace(image, seed=seed),),
            usage=self._task.usage,
            provider_request_id=identifier(self._task.id),
        )
