"""Clients from npm, called in one process of Node.js that lives as long as the tests need it."""

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeAlias

FOLDER = Path(__file__).with_name("npm")
WITHOUT = "LIMNER_WITHOUT_NODE"
"""Set it to leave out the tests of npm's clients where there is no Node.js; they fail otherwise."""

Line: TypeAlias = Literal["older", "newest"]
Provider: TypeAlias = Literal["openai", "compatible"]
LINES: tuple[Line, ...] = ("older", "newest")
WAYS: list[tuple[Line, Provider]] = [
    (line, provider) for line in LINES for provider in ("openai", "compatible")
]
"""In which the AI SDK is used."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client gave to whoever called it, or threw, and what it had sent for that."""

    sent: list[dict[str, Any]]
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] | None = None

    @property
    def jobs(self) -> set[str]:
        """The jobs its requests were answered with."""
        return {one["job_id"] for one in self.sent if one.get("job_id")}

    @property
    def thrown(self) -> dict[str, Any]:
        assert self.error is not None, self.data
        return self.error


class Node:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._numbers = count()
        self._waiting: dict[int, Future[Outcome]] = {}
        threading.Thread(target=self._read, daemon=True).start()

    async def call(self, **asked: Any) -> Outcome:
        number, future = next(self._numbers), Future[Outcome]()
        future.set_running_or_notify_cancel()  # so that nobody who gives up cancels it
        self._waiting[number] = future
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number} | asked) + "\n")
        self._process.stdin.flush()
        return await asyncio.wait_for(asyncio.wrap_future(future), 60)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            self._waiting.pop(told.pop("id")).set_result(Outcome(**told))
        for future in self._waiting.values():
            future.set_exception(RuntimeError("Node.js ended; it says why above"))


@contextmanager
def node() -> Iterator[Node]:
    """A process of Node.js, without the keys and addresses of whoever runs the tests."""
    if not (FOLDER / "node_modules").is_dir():
        raise RuntimeError(
            f"npm's clients are not installed; `make test` does it. {WITHOUT}=1 leaves them out"
        )
    with subprocess.Popen(
        ["node", "serve.mjs"],
        cwd=FOLDER,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Node(process)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class NpmOpenAI:
    """The client `openai`."""

    node: Node
    line: Line
    api: str
    key: str

    async def call(
        self, method: str, *args: Any, key: str | None = None, **headers: str
    ) -> Outcome:
        return await self.node.call(
            client="openai",
            line=self.line,
            api=self.api,
            key=key or self.key,
            headers=headers,
            method=method,
            args=args,
        )


@dataclass(frozen=True, slots=True)
class NpmAi:
    """The AI SDK with a provider of its own."""

    node: Node
    line: Line
    provider: Provider
    api: str
    key: str

    async def draw(
        self, model: str, *, key: str | None = None, api: str | None = None, **request: Any
    ) -> Outcome:
        return await self.node.call(
            client="ai",
            line=self.line,
            provider=self.provider,
            api=api or self.api,
            key=key or self.key,
            headers={},
            model=model,
            request=request,
        )
