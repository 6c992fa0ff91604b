"""Asking Alibaba what became of one task, for as long as an order has time.

Silence, and answers that say nothing of the task, are no end of it: it is asked for again.
"""

import asyncio
from collections.abc import Mapping

from limner.providers.alibaba_answers import task_so_far
from limner.providers.alibaba_errors import WHO, unanswered
from limner.providers.base import Generated, Order, Progress, ProviderError, TaskGone
from limner.providers.failures import identifier
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.result_links import Links

ASK_S = 15.0
"""For one question."""
EARLY_S = 2.0
"""Before an order's own end, so that what did come is not lost with a picture that did not."""


class Asking:
    """One task under the host's `root`, and until when there is sense in asking for it.

    Raises TaskGone for a reference that is none of Alibaba's.
    """

    def __init__(
        self,
        http: HttpClient,
        headers: Mapping[str, str],
        links: Links,
        root: str,
        order: Order,
        task: str,
    ) -> None:
        if identifier(task) is None:
            raise TaskGone(f"{WHO} cannot be asked for this order any more")
        self._http = http
        self._headers = headers
        self._links = links
        self._url = f"{root}{task}"
        self._order = order
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + max(order.timeout_s - EARLY_S, order.timeout_s / 2)

    async def ask(self) -> Progress | Generated:
        """How far the task is, or its pictures. Raises ProviderError when none will come."""
        try:
            told = await task_so_far(await self._reply(), self._order, self._links)
        except TaskGone:
            raise
        except ProviderError as error:
            if error.outcome != "unknown" or self._late():
                raise
            return Progress(0.0, estimated=True)
        if isinstance(told, Progress) and self._late():
            raise unanswered("no picture in time")
        return told

    def _late(self) -> bool:
        return self._clock() > self._until

    async def _reply(self) -> Reply:
        try:
            return await self._http.get(self._url, headers=self._headers, timeout_s=ASK_S)
        except HttpFailure as failed:
            raise unanswered(failed.what) from failed
