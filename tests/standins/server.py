"""A small HTTP/1.1 server for tests, on a raw socket so that it can misbehave at every byte.

Every stand-in keeps its own log: what was asked for, what was done. `GET /log` tells it to other
processes; `POST /script` takes `{"fault": "429", "value": 1, "times": 2}` from them and
`POST /refuse` takes `{"seconds": 2}`, for which time nobody listens.
"""

import asyncio
import contextlib
import json
import re
import socket
import ssl
import struct
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import asdict
from types import TracebackType
from typing import Self

from tests.standins.faults import Fault, Stage, fault, marked
from tests.standins.messages import (
    NONE,
    Answer,
    Entry,
    Generation,
    Request,
    What,
    head_of,
    json_answer,
    parsed,
)

HEAD_LIMIT = 64 * 1024
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


class StandIn:
    """The server part of a stand-in; one provider's wire is a subclass with `answer`."""

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.host, self.port, self._tls = host, port, tls
        self.log: list[Entry] = []
        self.requests: list[Request] = []
        self.connections = 0
        self.prompts: dict[str, str] = {}
        """What each generation was asked for with, by its id."""
        self._struck: Counter[str] = Counter()
        self._noted = asyncio.Event()
        self._script: deque[Fault] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusals: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What a provider at this address is configured with."""
        return self.url

    @property
    def asked(self) -> list[Entry]:
        return [entry for entry in self.log if entry.what == "asked"]

    @property
    def completed(self) -> list[Entry]:
        return [entry for entry in self.log if entry.what == "completed"]

    @property
    def open_connections(self) -> int:
        return len(self._tasks)

    def script(self, *faults: Fault, times: int = 1) -> None:
        """Show these faults, in this order, to the next requests under `/v1/`."""
        self._script.extend(faults * times)

    def next_fault(self) -> Fault | None:
        return self._script.popleft() if self._script else None

    def ordered(self, prompt: str, generation: Generation, path: str) -> Fault | None:
        """Note an order; the fault it meets, by script or else by its prompt."""
        self.note("asked", path=path, generation=generation)
        self.prompts[generation.id] = prompt
        return self.next_fault() or self.wished(prompt)

    def wished(self, prompt: str, stage: Stage = "order") -> Fault | None:
        """The fault that a prompt asks for at a stage, for as often as it asks."""
        wish = marked(prompt)
        if wish is None or wish.stage != stage:
            return None
        self._struck[prompt] += 1
        spent = wish.times is not None and self._struck[prompt] > wish.times
        return None if spent else wish.fault

    def note(self, what: What, *, path: str = "", generation: Generation = NONE) -> None:
        self.log.append(Entry(len(self.log), what, time.time(), path, generation))
        self._noted.set()

    async def until(self, what: What, count: int = 1) -> None:
        """Wait until the log holds that many entries of a kind."""
        while sum(entry.what == what for entry in self.log) < count:
            self._noted.clear()
            await self._noted.wait()

    async def until_left(self) -> None:
        """Wait until no client is connected."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks = self._tasks | self._refusals
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.stop_listening()

    async def listen(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, self.host, self.port, limit=HEAD_LIMIT, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop_listening(self) -> None:
        """Refuse new connections from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    @contextlib.asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Nobody listens inside this block, and open connections are dropped."""
        await self.stop_listening()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        yield
        await self.listen()

    async def answer(self, request: Request, connection: "Connection") -> Answer | None:
        """What the upstream says; None when the connection was dealt with already."""
        raise NotImplementedError

    def fault_before_body(self, path: str) -> Fault | None:
        """Take the next fault if it strikes before the body is read."""
        if self._script and self._script[0].moment == "before_body" and path.startswith("/v1/"):
            return self._script.popleft()
        return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        connection = Connection(self, reader, writer)
        try:
            while await connection.one_request():
                pass
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            # The client left, or the test is over: neither is of interest to a stand-in.
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    def control(self, request: Request) -> Answer | None:
        """The routes for other processes; None for everything else."""
        if request.method == "GET" and request.path == "/log":
            return json_answer([asdict(entry) for entry in self.log])
        if request.method == "POST" and request.path == "/script":
            told = json.loads(request.body)
            self.script(fault(told["fault"], told.get("value")), times=told.get("times", 1))
            return json_answer({"scripted": len(self._script)})
        if request.method == "POST" and request.path == "/refuse":
            task = asyncio.create_task(self._refuse(float(json.loads(request.body)["seconds"])))
            self._refusals.add(task)
            task.add_done_callback(self._refusals.discard)
            return json_answer({"refusing": True})
        return None

    async def _refuse(self, seconds: float) -> None:
        await asyncio.sleep(0.02)  # the answer to whoever asked for this goes first
        async with self.refusing():
            await asyncio.sleep(seconds)


class Connection:
    """One client's connection, with the ways to spoil it."""

    def __init__(
        self, standin: StandIn, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.standin, self.reader, self.writer = standin, reader, writer

    async def one_request(self) -> bool:
        """Read a request and answer it; False when the connection is used up."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        method, path, headers = parsed(head)
        self.standin.note("arrived", path=path)
        early = self.standin.fault_before_body(path)
        if early is not None:
            self.reset()
            return False
        length = LENGTH.search(head)
        body = await self.reader.readexactly(int(length[1])) if length else b""
        request = Request(method, path, headers, body)
        answer = self.standin.control(request)
        if answer is None:
            self.standin.requests.append(request)
            answer = await self.standin.answer(request, self)
        if answer is None:
            return False
        await self.send(answer)
        return True

    async def send(self, answer: Answer) -> None:
        self.writer.write(head_of(answer))
        if answer.events is None:
            self.writer.write(answer.body)
        else:
            async for event in answer.events:
                self.writer.write(b"%x\r\n%s\r\n" % (len(event), event))
                await self.writer.drain()
            self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def reset(self) -> None:
        """Close so that the client gets RST, not FIN."""
        raw: socket.socket = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def finish(self) -> None:
        """Close with FIN after what was written."""
        self.writer.close()
        await self.writer.wait_closed()

    async def half(self, answer: Answer) -> None:
        """Send the head and half of the body, and let it arrive."""
        self.writer.write(head_of(answer) + answer.body[: len(answer.body) // 2])
        await self.writer.drain()
        await asyncio.sleep(0.02)
