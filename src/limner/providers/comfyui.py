"""ComfyUI, an operator's own: an order becomes a graph with a name, and is asked for by that name.

The name is chosen here and noted before the order is given, so it can be found whatever becomes of
the answer or of this process. ComfyUI bills nothing, so an order that nobody wants any more is
taken out of its queue.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

import msgspec

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.base import Order, ProviderEvent, TaskGone, must_be
from limner.providers.comfyui_answers import read_task
from limner.providers.comfyui_check import asked_for_workflows
from limner.providers.comfyui_fields import WHO, check_order, workflow_for
from limner.providers.comfyui_orders import Orders
from limner.providers.comfyui_server import Server
from limner.providers.comfyui_workflows import Workflows
from limner.providers.failures import failure
from limner.providers.fan_out import TASKS, fanned_out, resumed
from limner.providers.http import HttpClient
from limner.providers.result_links import ResultLinks


class ComfyUI:
    """An ImageProvider, a ResumingProvider and a CancellingProvider."""

    repeatable = False

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str,
        workflows: Workflows,
        api_key: str = "",
        reach: Reach = PUBLIC,
    ) -> None:
        headers = {"accept": "application/json"}
        if api_key:  # ComfyUI has none; a proxy that stands before it may
            headers["authorization"] = f"Bearer {api_key}"
        self._server = Server(http, base_url, headers)
        self._orders = Orders(self._server, ResultLinks(http, base_url, reach, headers))
        self._workflows = workflows
        self._closed = False

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order, several pictures as one batch where the workflow can.

        Every failure is a ProviderError.
        """
        must_be(order, WHO, "generate", "edit", "upscale")
        workflow = workflow_for(order, self._workflows)
        check_order(order, workflow)
        if self._closed:
            raise failure(WHO, "known_not_run", detail="the client is closed")
        most = (order.per_call or order.n) if "n" in workflow.takes else 1

        def begun(part: Order) -> AsyncGenerator[ProviderEvent, None]:
            return self._orders.begun(part, workflow)

        async with aclosing(fanned_out(replace(order, per_call=most), begun)) as events:
            async for event in events:
                yield event

    async def resume(self, order: Order, task: str) -> AsyncGenerator[ProviderEvent, None]:
        """Ask for the parts of an order until they have ended; nothing is drawn anew."""
        parts = replace(order, per_call=-(-order.n // len(noted(task))))
        async with aclosing(resumed(parts, task, self._orders.gone_on_with)) as events:
            async for event in events:
                yield event

    async def cancel(self, task: str) -> None:
        """Take what is left of an order out of the queue. Raises ProviderError."""
        for one in noted(task):
            if one is not None and not await self._server.stop(read_task(one).id):
                raise failure(WHO, "unknown", detail="it could not be told to stop")

    async def check(self) -> str:
        """Whether the server is there and has what the workflows need; costs nothing."""
        return await asked_for_workflows(self._server, self._workflows)

    async def aclose(self) -> None:
        self._closed = True
        await self._server.http.aclose()


def noted(task: str) -> Sequence[str | None]:
    """The parts of an order, as they were noted. Raises TaskGone."""
    try:
        parts = TASKS.decode(task)
    except msgspec.MsgspecError:
        parts = []
    if not parts:
        raise TaskGone(f"{WHO} cannot be asked for this order any more")
    return parts
