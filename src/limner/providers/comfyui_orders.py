"""The life of one order at ComfyUI: pictures uploaded, its name noted, given, and asked for."""

import asyncio
import secrets
import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass

import msgspec

from limner.providers.base import Accepted, Order, ProviderEvent
from limner.providers.comfyui_answers import ComfyTask, Queued, read_queued, read_task
from limner.providers.comfyui_asking import Asking
from limner.providers.comfyui_errors import refusal
from limner.providers.comfyui_fields import WHO, request_body, unsaid
from limner.providers.comfyui_server import Server
from limner.providers.comfyui_watching import Watch, watched
from limner.providers.comfyui_workflows import Workflow
from limner.providers.failures import failed_call, failure
from limner.providers.http import HttpFailure, NotSent
from limner.providers.polling import polled
from limner.providers.result_links import Links

SEED_BITS = 31
EARLY_S = 2.0
"""Before an order's own end, so that there is time to tell ComfyUI to stop."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Those given to one server."""

    server: Server
    links: Links

    async def begun(self, order: Order, workflow: Workflow) -> AsyncGenerator[ProviderEvent, None]:
        """Give an order, and ask for it until it has ended."""
        ends = ends_at(order)
        pictures, mask = await self.server.uploaded(order)
        task = new_task(order, workflow)
        body = request_body(
            order, workflow, prompt_id=task.id, seed=task.seed, pictures=pictures, mask=mask
        )
        yield Accepted(task.written())
        async with self._watched(task, workflow.progress) as watch:
            queued = await self._submitted(order, workflow, body)
            if queued is not None and queued.prompt_id != task.id:  # a server that chooses names
                task = msgspec.structs.replace(task, id=queued.prompt_id)
                yield Accepted(task.written())
            said = (*unsaid(order, workflow), *of_one_seed(order, task))
            asking = Asking(self.server, self.links, order, task, watch, ends=ends, warnings=said)
            async with aclosing(polled(asking.ask, watch.rest)) as events:
                async for event in events:
                    yield event

    async def gone_on_with(self, order: Order, text: str) -> AsyncGenerator[ProviderEvent, None]:
        """Ask for an order that somebody gave before. Raises ProviderError."""
        task, ends = read_task(text), ends_at(order)
        async with self._watched(task) as watch:
            asking = Asking(self.server, self.links, order, task, watch, ends=ends)
            async with aclosing(polled(asking.ask, watch.rest)) as events:
                async for event in events:
                    yield event

    def _watched(
        self, task: ComfyTask, nodes: Sequence[str] = ()
    ) -> AbstractAsyncContextManager[Watch]:
        return watched(self.server.base_url, self.server.headers, task.id, nodes)

    async def _submitted(self, order: Order, workflow: Workflow, body: bytes) -> Queued | None:
        """What ComfyUI said; None where that leaves open whether it has the order."""
        try:
            reply = await self.server.submit(body, order.timeout_s)
        except NotSent as failed:
            raise failed_call(WHO, failed) from failed
        except HttpFailure:
            return None
        if reply.status != 200:
            error = refusal(reply, workflow, order)
            if error.outcome != "unknown":
                raise error
            return None
        queued = read_queued(reply)
        if queued is not None and queued.leaves_out(workflow.output_node):
            await self.server.stop(queued.prompt_id)
            raise failure(WHO, "ran", detail=f"node {workflow.output_node} was left out")
        return queued


def ends_at(order: Order) -> float:
    """Until when there is sense in asking, in the event loop's time."""
    lasts_s = max(order.timeout_s - EARLY_S, order.timeout_s / 2)
    return asyncio.get_running_loop().time() + lasts_s


def new_task(order: Order, workflow: Workflow) -> ComfyTask:
    """With the caller's seed, else one chosen here: ComfyUI chooses none."""
    seed: int | None = None
    if "seed" in workflow.takes:
        given = order.params.get("seed")
        seed = secrets.randbits(SEED_BITS) if given is None else int(given)
    return ComfyTask(str(uuid.uuid4()), workflow.output_node, seed, order.n)


def of_one_seed(order: Order, task: ComfyTask) -> Iterator[str]:
    """A seed that nobody gave belongs to a whole batch, and to none of its pictures."""
    if task.n > 1 and "seed" not in order.params:
        yield f"{task.n} pictures were drawn as one batch from the seed {task.seed}"
