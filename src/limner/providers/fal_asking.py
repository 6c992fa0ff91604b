"""Asking fal what became of one order, for as long as it has time, and taking it back after that.

Silence and answers that say nothing are no end of an order: it is asked for again. Whoever stops
asking before its time is up takes nothing back, because another process may go on with it.
"""

import asyncio
from collections.abc import Mapping

from limner.providers.base import Generated, Order, Progress, ProviderError, TaskGone
from limner.providers.failures import failure
from limner.providers.fal_answers import (
    COMPLETED,
    Drawn,
    State,
    fetched,
    read_drawn,
    read_state,
    shown,
)
from limner.providers.fal_ends import end
from limner.providers.fal_errors import WHO
from limner.providers.fal_task import FalTask
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.result_links import Links

ASK_S, SHORTEST_S = 15.0, 1.0
"""For one question, and for one when time is nearly up."""
CANCEL_S = 1.0
FOUND_WITHIN_S = 10.0
"""An order may not be known everywhere at once."""
LINK_TRIES = 5
EARLY_S = 5.0
"""Before an order's own end, so that there is time to take back what is not drawn by then."""


def lasts_s(order: Order) -> float:
    """For how many seconds there is sense in asking."""
    return max(order.timeout_s - EARLY_S, order.timeout_s / 2)


class Asking:
    """One task and until when there is sense in asking for it."""

    def __init__(
        self,
        http: HttpClient,
        headers: Mapping[str, str],
        links: Links,
        task: FalTask,
        order: Order,
    ) -> None:
        self._http = http
        self._headers = headers
        self._links = links
        self._task = task
        self._order = order
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._lasts_s = lasts_s(order)
        self._links_failed = 0

    async def ask(self) -> Progress | Generated:
        """How far the order is, or its pictures. Raises ProviderError when none will come."""
        state, trouble = await self._state()
        if state is not None and state.status == COMPLETED:
            state, told, trouble = None, *await self._result(state)
            if told is not None:
                return told
        if self._passed() > self._lasts_s:
            await self._take_back()
            raise failure(WHO, "unknown", detail=f"no picture in time: {trouble}")
        return state.progress if state else Progress(0.0, estimated=True)

    def _passed(self) -> float:
        return self._clock() - self._began

    async def _state(self) -> tuple[State | None, str]:
        """How far the order is, or what stands in the way of knowing."""
        reply, trouble = await self._asked(self._task.status)
        if reply is not None and reply.status == 404 and self._passed() > FOUND_WITHIN_S:
            raise TaskGone(f"{WHO} does not know this order any more", detail=trouble)
        return (read_state(reply) if reply else None), trouble

    async def _result(self, state: State) -> tuple[Progress | Generated | None, str]:
        """The pictures of an order that has ended, or what stands in the way of them."""
        reply, trouble = await self._asked(self._task.response)
        if reply is None:
            return None, trouble
        if reply.status != 200 or state.failed_by:
            if error := end(reply, state.failed_by, self._task.id):
                raise error
            return None, trouble
        drawn = read_drawn(reply)
        return (await self._drawn(drawn) if drawn else None), trouble

    async def _drawn(self, drawn: Drawn) -> Progress | Generated:
        pictures = shown(drawn, self._order)
        try:
            return await fetched(pictures, drawn, self._order, self._links, self._task.id)
        except ProviderError:
            self._links_failed += 1
            if self._links_failed == LINK_TRIES:
                raise
            return Progress(0.99)  # the host of the pictures may be back the next time

    async def _asked(self, url: str) -> tuple[Reply | None, str]:
        try:
            left_s = max(self._lasts_s - self._passed(), SHORTEST_S)
            timeout_s = min(ASK_S, left_s)
            reply = await self._http.get(url, headers=self._headers, timeout_s=timeout_s)
        except HttpFailure as failed:
            return None, failed.what
        return reply, f"HTTP {reply.status}"

    async def _take_back(self) -> None:
        """Ask fal to draw this no more. Whether it heeds that, the next question may tell."""
        if not self._task.cancel:
            return
        try:
            await self._http.put(self._task.cancel, headers=self._headers, timeout_s=CANCEL_S)
        except HttpFailure:
            return
