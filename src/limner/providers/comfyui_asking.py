"""Asking ComfyUI what became of one order, for as long as it has time; then it is told to stop.

An order that is neither in the queue nor in the history was taken out of it by somebody, or was
forgotten when the server was started anew.
"""

import asyncio
from dataclasses import replace

from limner.providers.base import (
    Generated,
    ImageData,
    Order,
    Progress,
    ProviderError,
    TaskGone,
)
from limner.providers.comfyui_answers import ComfyTask, Ended, ended_badly
from limner.providers.comfyui_fields import WHO
from limner.providers.comfyui_server import Server
from limner.providers.comfyui_watching import Watch
from limner.providers.failures import failure, identifier
from limner.providers.result_links import Links, all_images

FOUND_WITHIN_S = 5.0
"""An order whose answer was lost may still be on its way."""


class Asking:
    """One order; `ends` is in the event loop's time."""

    def __init__(
        self,
        server: Server,
        links: Links,
        order: Order,
        task: ComfyTask,
        watch: Watch,
        *,
        ends: float,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self._server, self._links, self._watch = server, links, watch
        self._order, self._task, self._warnings = order, task, warnings
        self._clock = asyncio.get_running_loop().time
        self._ends = ends
        self._missing_since: float | None = None

    async def ask(self) -> Progress | Generated:
        """How far the order is, or its pictures. Raises ProviderError when none will come."""
        if not self._watch.heard_steps():
            ended = await self._ended()
            if ended is not None:
                return await self._drawn(ended)
        if self._clock() > self._ends:
            stopped = await self._server.stop(self._task.id)
            raise failure(WHO, "ran" if stopped else "unknown", detail="no picture in time")
        return Progress(min(self._watch.done, 0.99))

    async def _ended(self) -> Ended | None:
        """The order once it has ended. Raises TaskGone for one that is nowhere."""
        history = await self._server.ended(self._task.id)
        if history is None:
            return None
        if self._task.id in history:
            return history[self._task.id]
        queue = await self._server.queue()
        if queue is not None:
            self._seen(self._task.id in (*queue.running, *queue.waiting))
        return None

    def _seen(self, queued: bool) -> None:
        now = self._clock()
        if queued:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
        elif now - self._missing_since > FOUND_WITHIN_S:
            raise TaskGone(
                f"{WHO} does not know this order any more",
                detail="neither in the queue nor in the history",
            )

    async def _drawn(self, ended: Ended) -> Generated:
        if error := ended_badly(ended):
            raise error
        pictures = ended.pictures(self._task.node)[: self._task.n]
        if not pictures:
            raise failure(WHO, "ran", detail=f"no picture at node {self._task.node}")
        had = await all_images(self._links, [one.link(self._order) for one in pictures])
        images = tuple(one for one in had if isinstance(one, ImageData))
        return Generated(
            tuple(replace(one, seed=self._task.seed) for one in images)
            if self._task.n == 1
            else images,
            provider_request_id=identifier(self._task.id),
            warnings=self._warnings,
            lost=sum(isinstance(one, ProviderError) for one in had),
        )
