"""A feed is the events of one running job, replayable from the first, for any number of watchers.

The job writes, watchers read at their own pace, and nobody who leaves or is slow changes anything
for the job. A partial image replaces the one before it, so a feed stays small however long it runs.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TypeAlias

from limner.errors import LimnerError
from limner.files.artifacts import Kept
from limner.jobs.job import Ticket
from limner.providers.base import PartialImage, Progress, Usage


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request was accepted: there is a job, and credits are held for it."""

    ticket: Ticket
    created: int
    """Unix seconds."""
    model: str
    asked_for: str
    """The slug the caller sent, where another model answers for it."""
    parameters: bytes
    """JSON of what was applied, adjusted and ignored."""
    ignored: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """The pictures are stored and paid for."""

    pictures: tuple[Kept, ...]
    charged: int
    """Micro-credits."""
    asked: int
    """How many pictures were ordered; fewer may have come."""
    cost: bytes
    """JSON of the arithmetic behind the charge."""
    usage: Usage | None
    resolved: dict[str, str]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without pictures and without a charge."""

    error: LimnerError


JobEvent: TypeAlias = Admitted | Progress | PartialImage | Completed | Failed
TERMINAL = Completed | Failed


class JobFeed:
    def __init__(self) -> None:
        self._events: list[JobEvent] = []
        self._changed = asyncio.Event()

    def put(self, event: JobEvent) -> None:
        self._events.append(event)
        self._changed.set()
        self._changed = asyncio.Event()

    async def watch(self) -> AsyncGenerator[JobEvent, None]:
        """Every event from the first to the terminal one."""
        seen = 0
        while True:
            while seen < len(self._events):
                event = self._events[seen]
                seen += 1
                yield event
                if isinstance(event, TERMINAL):
                    return
            await self._changed.wait()

    async def first(self) -> JobEvent:
        """The first event: `Admitted`, or `Failed` for a request that was refused."""
        while not self._events:
            await self._changed.wait()
        return self._events[0]

    async def last(self) -> Completed | Failed:
        """The terminal event."""
        while True:
            if self._events and isinstance(self._events[-1], TERMINAL):
                return self._events[-1]
            await self._changed.wait()
