"""Hosts in a mood, callers who ask again and again, and what was asked of whom, and when."""

import asyncio
import hashlib
import random
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.faults.load import Answer, Callers
from tests.servers import Server, administer
from tests.standins.faults import Fault, fault
from tests.standins.messages import Answer as Reply
from tests.standins.messages import Request, What
from tests.standins.openai import Drawing, OpenAIStandIn, asked_in
from tests.standins.server import Connection

from limner.app import Limner
from limner.settings import Settings

Mood = Callable[[], Fault | None]
"""What the next order meets."""
NOT_TAKEN = ("503", "429", "403", "404")
"""Answers after which surely nothing was drawn, and that do not say when to come again."""
EVERYBODY = ""


def well() -> None:
    return None


def failing(chance: random.Random, kinds: Sequence[str], share: float = 1.0) -> Mood:
    """Each order meets one of these with that probability."""
    return lambda: fault(chance.choice(kinds)) if chance.random() < share else None


class MoodyHost(OpenAIStandIn):
    """Orders for some models meet what its mood is at that moment."""

    def __init__(self, *models: str) -> None:
        super().__init__()
        self.models = models
        self.sick: Collection[str] = ()
        self.mood: Mood = well
        self.slow_s = 0.0
        """How long drawing takes of what it is sick of."""

    async def answer(self, request: Request, connection: Connection) -> Reply | None:
        model = asked_in(request)[0].get("model")
        met = self.mood() if model in self.sick else None
        if met:
            self.script(met)  # taken by this very request: nothing is awaited on the way there
        return await super().answer(request, connection)

    def orders(self, since: float) -> list[tuple[float, str]]:
        """When it was asked for a picture, and its prompt."""
        prompts = {
            hashlib.sha256(one.body).hexdigest(): str(asked_in(one)[0].get("prompt", ""))
            for one in self.requests
        }
        asked = [entry for entry in self.asked if entry.at >= since]
        return [(entry.at, prompts[entry.generation.digest]) for entry in asked]

    def takes_s(self, drawing: Drawing) -> float:
        return self.slow_s if drawing.generation.model in self.sick else self.latency_s

    def times(self, what: What, model: str = EVERYBODY, since: float = 0.0) -> list[float]:
        """When orders for a model, or for all of them, were asked or completed."""
        return [
            entry.at
            for entry in self.log
            if entry.what == what
            and entry.at >= since
            and model in (EVERYBODY, entry.generation.model)
        ]

    def most_at_once(self, model: str, since: float) -> int:
        """How many orders for a model it had at the same time."""
        changes = [(at, 1) for at in self.times("asked", model, since)]
        changes += [(at, -1) for at in self.times("completed", model, since)]
        most = running = 0
        for _, change in sorted(changes):
            running += change
            most = max(most, running)
        return most


async def add_hosts(settings: Settings, hosts: Mapping[str, MoodyHost]) -> None:
    """Configure them; the first is asked first, the others stand by."""

    async def work(limner: Limner) -> None:
        for number, (name, host) in enumerate(hosts.items()):
            await limner.configs.add(
                name,
                "openai",
                base_url=host.base_url,
                api_key="sk-standin",
                serves={model: model for model in host.models},
                options={"priority": str(number)},
            )

    await administer(settings, work)


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, when its request was sent, and how long it took."""

    prompt: str
    at: float
    seconds: float
    answer: Answer


@dataclass(slots=True)
class Load:
    """Callers of one model who ask, hear, pause and ask again."""

    callers: Callers
    server: Server
    body: Mapping[str, Any]
    at_once: int
    pause_s: float
    chance: random.Random
    headers: Mapping[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)

    async def ask(self) -> Heard:
        began, at = time.monotonic(), time.time()
        prompt = f"a lamp, {self.chance.random()}"
        answer = await self.callers.post(
            f"{self.server.api}/images/generations",
            dict(self.headers),
            json={**self.body, "prompt": prompt},
        )
        self.heard.append(Heard(prompt, at, time.monotonic() - began, answer))
        return self.heard[-1]

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """They ask inside this block; what they were asking at its end is heard too."""
        stop = asyncio.Event()

        async def one() -> None:
            while not stop.is_set():
                await self.ask()
                await asyncio.sleep(self.chance.uniform(0, 2 * self.pause_s))

        tasks = [asyncio.create_task(one()) for _ in range(self.at_once)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    def since(self, moment: float) -> list[Heard]:
        return [one for one in self.heard if one.at >= moment]

    def between(self, since: float, until: float) -> list[Heard]:
        return [one for one in self.heard if since <= one.at < until]

    def p99(self, since: float, until: float) -> float:
        """Of those sent in that time, in seconds."""
        took = sorted(one.seconds for one in self.between(since, until))
        return took[min(len(took) - 1, len(took) * 99 // 100)] if took else 0.0


async def until(there: Callable[[], object], within_s: float) -> bool:
    """Wait for something; whether it came in time."""
    ends = time.monotonic() + within_s
    while not there():
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(0.02)
    return True
