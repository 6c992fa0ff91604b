"""What a stand-in for ComfyUI does with the orders it took: draws them in turn, and remembers them.

Each draws as many steps as its graph says, told over its WebSocket. A graph that is the same as one
before brings no picture.
"""

import asyncio
import io
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from PIL import Image
from tests.standins.comfyui_rules import Graph, number_at
from tests.standins.faults import Fault
from tests.standins.messages import Generation
from tests.standins.pictures import drawn
from tests.standins.server import Connection
from tests.standins.websocket import frame

End: TypeAlias = Literal["success", "execution_error", "execution_interrupted", "no_images"]

EXAMPLE = "example.png"
"""A picture that everybody's input folder has."""


@dataclass(slots=True)
class Work:
    """An order in the queue or beyond."""

    id: str
    graph: Graph
    outputs: list[str]
    client_id: str
    generation: Generation
    takes_s: float | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def entry(self) -> list[Any]:
        """As the queue shows it."""
        return [0, self.id, self.graph, {"client_id": self.client_id}, self.outputs]

    @property
    def steps(self) -> int:
        return number_at(self.graph, "steps") or 1

    def met_with(self, met: Fault | None) -> "Work":
        """The same, should it take longer or make another number of pictures."""
        if met and met.kind == "delay":
            return replace(self, takes_s=met.value)
        if met and met.kind == "images":
            for node in self.graph.values():
                if "batch_size" in node["inputs"]:
                    node["inputs"]["batch_size"] = int(met.value)
        return self


class Works:
    """`takes` and `ends` say how long the next orders take and how they end, in their order."""

    def __init__(self, latency_s: float, least: int, done: Callable[[Generation], None]) -> None:
        self.latency_s, self.least, self._done = latency_s, least, done
        self.takes: deque[float] = deque()
        self.ends: deque[End] = deque()
        self.uploads: dict[str, bytes] = {EXAMPLE: drawn(64, 48, "png", 9)}
        self.files: dict[str, bytes] = {}
        self.owners: dict[str, str] = {}
        """The order that each file is of, by both their names."""
        self.waiting: list[Work] = []
        self.running: Work | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.stopped: list[str] = []
        """Orders that were taken out of the queue or interrupted by somebody."""
        self.cached: list[str] = []
        """Orders whose graph was the same as one before: they got no picture."""
        self.sockets: dict[str, Connection] = {}
        self._graphs: set[str] = set()
        self._queued = asyncio.Event()

    def forget(self) -> None:
        """Know no order any more, as after a start."""
        self.waiting.clear()
        self.history.clear()
        if self.running:
            self.running.stopped.set()

    def queue(self, work: Work) -> None:
        self.waiting.append(work)
        self._queued.set()

    async def work_off(self) -> None:
        """Draw what is queued, one order at a time, for ever."""
        while True:
            while not self.waiting:
                self._queued.clear()
                await self._queued.wait()
            self.running = work = self.waiting.pop(0)
            ended = await self._drawn(work)
            self.running = None
            if ended != "forgotten":
                self.history[work.id] = self._remembered(work, ended)
            await self._tell(work, "executing", node=None)

    async def _drawn(self, work: Work) -> str:
        """How the drawing of an order ended, all its steps told."""
        await self._tell(work, "execution_start")
        fingerprint = json.dumps(work.graph, sort_keys=True)
        if fingerprint in self._graphs:
            self.cached.append(work.id)
            await self._tell(work, "execution_cached", nodes=list(work.graph))
            return "no_images"
        self._graphs.add(fingerprint)
        ends = self.ends.popleft() if self.ends else "success"
        takes_s = self.takes.popleft() if self.takes else self.latency_s
        if await self._left_alone(work, takes_s if work.takes_s is None else work.takes_s):
            if ends == "success":
                self._done(work.generation)
            await self._tell(work, f"execution_{ends.removeprefix('execution_')}")
            return ends
        if work.id not in self.stopped:
            return "forgotten"
        await self._tell(work, "execution_interrupted")
        return "execution_interrupted"

    async def _left_alone(self, work: Work, takes_s: float) -> bool:
        """Whether an order got to its last step."""
        node = next((name for name, one in work.graph.items() if "steps" in one["inputs"]), "")
        for step in range(1, work.steps + 1):
            try:
                async with asyncio.timeout(takes_s / work.steps):
                    await work.stopped.wait()
                return False
            except TimeoutError:
                await self._tell(work, "progress", node=node, value=step, max=work.steps)
        return True

    async def _tell(self, work: Work, kind: str, **data: object) -> None:
        """Say something to whoever ordered, if a socket of its is open."""
        connection = self.sockets.get(work.client_id)
        if connection is not None and not connection.writer.is_closing():
            connection.writer.write(frame({"type": kind, "data": {"prompt_id": work.id, **data}}))
            await connection.writer.drain()

    def _remembered(self, work: Work, ended: str) -> dict[str, Any]:
        outputs: dict[str, Any] = {}
        messages: list[tuple[str, dict[str, Any]]] = [("execution_start", {"prompt_id": work.id})]
        if ended == "success":
            outputs = {name: {"images": list(self._saved(work, name))} for name in work.outputs}
        if ended in ("execution_error", "execution_interrupted"):
            about = {
                "node_id": "3",
                "node_type": "KSampler",
                "exception_message": " ".join(texts(work.graph)),
            }
            about["exception_type"] = "torch.OutOfMemoryError"
            messages.append((ended, about))
        good = ended in ("success", "no_images")
        status = {"status_str": "success" if good else "error", "completed": good}
        return {"prompt": work.entry, "outputs": outputs, "status": status | {"messages": messages}}

    def _saved(self, work: Work, node: str) -> Iterator[dict[str, str]]:
        """The files of an order; each is another picture."""
        size = self._size(work.graph)
        prefix = work.graph[node]["inputs"].get("filename_prefix", "ComfyUI_temp")
        kind = "temp" if work.graph[node]["class_type"] == "PreviewImage" else "output"
        for number in range(count(work.graph)):
            name = f"{prefix}_{number + 1:05}_.png"
            self.owners[name] = work.generation.id
            self.files[name] = drawn(*size, "png", number, self.least)
            yield {"filename": name, "subfolder": "", "type": kind}

    def _size(self, graph: Graph) -> tuple[int, int]:
        width, height = number_at(graph, "width"), number_at(graph, "height")
        if width and height:
            return width, height
        return Image.open(io.BytesIO(self.given(graph)[0])).size

    def given(self, graph: Graph) -> list[bytes]:
        """The pictures that a graph loads, in the order of its nodes."""
        loads = [node["inputs"] for node in graph.values() if "Load" in node["class_type"]]
        names = [str(inputs["image"]) for inputs in loads if "image" in inputs]
        return [self.uploads[name] for name in names if name in self.uploads]

    def stop(self, body: dict[str, Any]) -> None:
        """As `/queue` and `/interrupt` are told."""
        for name in body.get("delete", ()):
            if name in [one.id for one in self.waiting]:
                self.stopped.append(name)
                self.waiting = [one for one in self.waiting if one.id != name]
        if self.running and body.get("prompt_id") == self.running.id:
            self.stopped.append(self.running.id)
            self.running.stopped.set()


def texts(graph: Graph) -> list[str]:
    return [
        str(node["inputs"].get("text"))
        for node in graph.values()
        if node.get("class_type") == "CLIPTextEncode"
    ]


def count(graph: Graph) -> int:
    """How many pictures a graph makes."""
    return number_at(graph, "batch_size") or number_at(graph, "amount") or 1
