"""What the stand-in's own log says of each prompt, read on as it grows."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable

from tests.standins.openai import asked_in
from tests.standins.server import StandIn

PATIENCE = 6000
"""Looks at the log, of 5 ms each."""


class Referee:
    def __init__(self, standin: StandIn) -> None:
        self._standin = standin
        self._asked: Counter[str] = Counter()
        self._drawn: Counter[str] = Counter()
        self._prompts: dict[str, str] = {}
        self._requests = self._entries = 0

    def asked(self, prompt: str) -> int:
        """How often a picture of this prompt was asked for."""
        self._read()
        return self._asked[prompt]

    def asked_each(self) -> dict[str, int]:
        """The same of every prompt there was."""
        self._read()
        return dict(self._asked)

    def drawn(self, prompt: str) -> int:
        self._read()
        return self._drawn[prompt]

    async def until_asked(self, prompt: str) -> None:
        await self._until(lambda: self.asked(prompt))

    async def until_drawn(self, prompt: str) -> None:
        await self._until(lambda: self.drawn(prompt))

    async def _until(self, there: Callable[[], int]) -> None:
        for _ in range(PATIENCE):
            if there():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("the stand-in's log does not say so")

    def _read(self) -> None:
        for request in self._standin.requests[self._requests :]:
            self._requests += 1
            prompt = str(asked_in(request)[0].get("prompt", ""))
            self._prompts[hashlib.sha256(request.body).hexdigest()] = prompt
            self._asked[prompt] += 1
        for entry in self._standin.log[self._entries :]:
            self._entries += 1
            if entry.what == "completed":
                self._drawn[self._prompts[entry.generation.digest]] += 1
