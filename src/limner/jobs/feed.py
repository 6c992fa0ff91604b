"""A feed is the events of one running job, replayable from the first, for any number of watchers.

The job writes, watchers read at their own pace, and nobody who leaves or is slow changes anything
for the job. Progress replaces earlier progress, and a partial image the one before it of the same
picture, so a feed stays small however long it runs. After the terminal event nothing comes.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import TypeAlias

from limner.errors import LimnerError
from limner.files.artifact import Kept
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
    chosen: dict[str, str] = field(default_factory=dict)
    """Quality and background that were asked of the model; it may tell better at the end."""
    waits: bool = False
    """Whether it has to wait for its turn."""
    depth: int = 0
    """How many models of a chain were passed over before this one answers."""
    cached: bool = False
    """Whether the pictures were drawn before, for another job."""


@dataclass(frozen=True, slots=True)
class Started:
    """A job that had to wait begins."""


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
    admitted: Admitted | None = None
    """What holds of the beginning by now: another model may have answered."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without pictures and without a charge."""

    error: LimnerError


JobEvent: TypeAlias = Admitted | Started | Progress | PartialImage | Completed | Failed
TERMINAL = Completed | Failed


class JobFeed:
    def __init__(self) -> None:
        self._events: list[JobEvent | None] = []
        self._newest: dict[str, int] = {}
        self._changed = asyncio.Event()

    def put(self, event: JobEvent) -> None:
        """Add an event; one that comes after the terminal one is dropped."""
        if self._ended() is not None:
            return
        self._replace(event)
        self._events.append(event)
        self._changed.set()
        self._changed = asyncio.Event()

    def _replace(self, event: JobEvent) -> None:
        """Let go of the event that this one makes stale; its place stays, for those who count."""
        if isinstance(event, PartialImage):
            kind = f"partial {event.index} of {event.picture}"
        elif isinstance(event, Progress):
            kind = "progress"
        else:
            return
        if kind in self._newest:
            self._events[self._newest[kind]] = None
        self._newest[kind] = len(self._events)

    def _ended(self) -> Completed | Failed | None:
        last = self._events[-1] if self._events else None
        return last if isinstance(last, TERMINAL) else None

    async def watch(self) -> AsyncGenerator[JobEvent, None]:
        """Every event from the first to the terminal one, but for those already made stale."""
        seen = 0
        while True:
            while seen < len(self._events):
                event = self._events[seen]
                seen += 1
                if event is not None:
                    yield event
                if isinstance(event, TERMINAL):
                    return
            await self._changed.wait()

    async def first(self) -> JobEvent:
        """The first event: `Admitted`, or `Failed` for a request that was refused."""
        while not self._events or self._events[0] is None:
            await self._changed.wait()
        return self._events[0]

    async def last(self) -> Completed | Failed:
        """The terminal event."""
        while (last := self._ended()) is None:
            await self._changed.wait()
        return last
