"""Stand-ins whose orders become tasks: work that goes on by itself, and faults of later questions.

`script` strikes the taking of an order, `trouble` what comes behind it, by its stage.
"""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import Coroutine

from tests.standins.faults import STAGES, Fault, fault
from tests.standins.messages import Answer, Request, json_answer
from tests.standins.server import StandIn


class TaskStandIn(StandIn):
    """`stages` are those at which trouble may be asked for."""

    stages: tuple[str, ...] = ("asked", "picture")

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(host=host, port=port, tls=tls)
        self._trouble: dict[str, deque[Fault]] = {stage: deque() for stage in self.stages}
        self._working: set[asyncio.Task[None]] = set()

    def trouble(self, stage: str, *faults: Fault, times: int = 1) -> None:
        """Show these faults to the next who come at a stage."""
        self._trouble[stage].extend(faults * times)

    def quiet(self) -> None:
        """Show no more of the faults that were asked for."""
        for waiting in self._trouble.values():
            waiting.clear()

    def troubled(self, stage: str, task_id: str) -> Fault | None:
        """The fault of a stage, by script or else by the prompt of a task's order."""
        if self._trouble[stage]:
            return self._trouble[stage].popleft()
        wishes = STAGES.get(stage)
        return self.wished(self.prompts.get(task_id, ""), wishes) if wishes else None

    def goes_on(self, work: Coroutine[None, None, None]) -> None:
        """Work that is done whether anybody asks or not."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def stop_listening(self) -> None:
        for task in self._working:
            task.cancel()
        await super().stop_listening()

    def control(self, request: Request) -> Answer | None:
        if request.method == "POST" and request.path == "/trouble":
            told = json.loads(request.body)
            struck = fault(told["fault"], told.get("value"))
            self.trouble(told["stage"], struck, times=told.get("times", 1))
            return json_answer({"scripted": len(self._trouble[told["stage"]])})
        return super().control(request)
