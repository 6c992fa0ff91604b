"""Trying the places a model runs, one after another, and only while surely nothing ran.

`known_not_run` is the one outcome after which an order may go elsewhere, or be sent again when a
provider said it was too busy. Every further try is recorded before its first byte leaves, and none
begins so late that it would be cut off: whoever is cut off may have drawn, and is not asked again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from limner.providers.base import (
    Accepted,
    ImageProvider,
    Order,
    ProviderError,
    ProviderEvent,
    ResumingProvider,
    TaskGone,
)

log = structlog.get_logger()

BUSY_TRIES = 2
"""How often a busy place is asked again when no other is left."""
LONGEST_PAUSE_S = 20.0
SHORTEST_TRY_S = 1.0
"""With less time than this left, no further try begins."""
SHORTEST_WAIT_S, LONGEST_WAIT_S = 1.0, 10.0
"""Between two questions about a task whose provider gave no answer to the first."""


@dataclass(frozen=True, slots=True)
class Rank:
    """When a place is asked: a lower priority first, among equals by chance, by their weights."""

    priority: int = 0
    weight: int = 1
    most_at_once: int | None = None
    """Orders its provider has at the same time, for whichever model."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place a model runs: a connected provider and what it calls the model."""

    provider_name: str
    upstream_model: str
    provider: ImageProvider
    timeout_s: float
    protocol: str = ""
    rank: Rank = Rank()
    model: str = ""
    """The slug of the model that runs there."""


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """An order whose outcome nobody knows, while another place is asked: it may be paid for too."""


Event = TypeVar("Event")
RecordTry = Callable[[Place], Awaitable[None]]


class NotAsked(ProviderError):
    """A place that is not asked at the moment, because it fails, rests or is full.

    Only of a rest is it known how long it lasts.
    """

    def __init__(self, place: Place, detail: str, rest_s: float | None = None) -> None:
        super().__init__(
            f"{place.provider_name} is not asked at the moment",
            outcome="known_not_run",
            reason="capacity",
            retry_after=rest_s,
            detail=detail,
        )


class NoTryLeft(NotAsked):
    """One more try would be one too many at the moment."""


class Watch(Protocol):
    """Whoever knows which places are well, and how many further tries there may be."""

    def asking(self, place: Place, *, first: bool) -> AbstractContextManager[None]:
        """The time an order is at a place, the first of its request or a further try.

        Raises NotAsked, NoTryLeft.
        """
        ...

    @property
    def tries_left(self) -> bool:
        """Whether there might be one more try now."""
        ...


async def first_that_answers(
    places: Sequence[Place],
    order_for: Callable[[Place], Order],
    record_try: RecordTry,
    deadline: float,
    watch: Watch,
    *,
    after_unknown: bool = False,
) -> AsyncGenerator[ProviderEvent | LeftOpen, None]:
    """The events of the first place that takes the order. Raises the last ProviderError.

    With `after_unknown`, a place is asked even after one that may have drawn, and may be paid too.
    `deadline` is in the event loop's time; the caller cuts off what still runs then.
    """
    clock = asyncio.get_running_loop().time
    plan = [*places, *[places[-1]] * BUSY_TRIES]
    first = True
    last: ProviderError | None = None
    for position, place in enumerate(plan):
        if position > 0:
            await record_try(place)
        order = order_for(place)
        try:
            with watch.asking(place, first=first):
                async with aclosing(to_its_end(place.provider, order)) as events:
                    async for event in events:
                        yield event
            return
        except NoTryLeft as refused:
            # What was left open stays booked apart from this.
            raise refused if last is None or last.outcome == "unknown" else last from None
        except ProviderError as error:
            log.warning("provider_failed", job_id=order.job_id, **described(place, error))
            if position + 1 == len(plan):
                raise
            again = position + 1 - len(places)
            there = plan[position + 1]
            if not goes_on(error, place, there, after_unknown=after_unknown):
                raise
            wait_s = 0.0 if again < 0 else pause(error, again)
            first = first and isinstance(error, NotAsked)
            counts = not first and not there.provider.repeatable
            if clock() + wait_s + SHORTEST_TRY_S > deadline or (counts and not watch.tries_left):
                raise
            await asyncio.sleep(wait_s)
            if counts and not watch.tries_left:
                raise
            if error.outcome == "unknown":
                yield LeftOpen()
            last = error if last is None or not isinstance(error, NotAsked) else last


def goes_on(error: ProviderError, here: Place, there: Place, *, after_unknown: bool) -> bool:
    """Whether another place may be asked; what a caller did wrong is wrong at any model."""
    if here.model != there.model and error.reason in ("content_policy_violation", "bad_parameter"):
        return False
    if error.outcome == "unknown":
        return after_unknown and there is not here
    return error.outcome == "known_not_run"


async def to_its_end(provider: ImageProvider, order: Order) -> AsyncGenerator[ProviderEvent, None]:
    """The events of an order. Should its outcome stay open, its task is asked for, if it has one.

    Raises ProviderError; asks as long as it is let.
    """
    task: str | None = None
    try:
        async with aclosing(provider.run(order)) as events:
            async for event in events:
                if isinstance(event, Accepted):
                    task = event.task or task
                yield event
        return
    except ProviderError as error:
        if task is None or not open_still(error) or not isinstance(provider, ResumingProvider):
            raise
    async with aclosing(looked_up(provider, order, task)) as events:
        async for event in events:
            yield event


async def looked_up(
    provider: ResumingProvider, order: Order, task: str
) -> AsyncGenerator[ProviderEvent, None]:
    """Ask for a task until it is known what became of it. Raises ProviderError."""
    wait_s = SHORTEST_WAIT_S
    while True:
        try:
            async with aclosing(provider.resume(order, task)) as events:
                async for event in events:
                    yield event
            return
        except ProviderError as error:
            if not open_still(error):
                raise
            log.warning("task_not_known", job_id=order.job_id, detail=error.detail)
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


def open_still(error: ProviderError) -> bool:
    """Whether asking again may tell more."""
    return error.outcome == "unknown" and not isinstance(error, TaskGone)


async def until(
    deadline: float,
    events: AsyncGenerator[Event, None],
    late: Callable[[], ProviderError],
) -> AsyncGenerator[Event, None]:
    """The same events, up to a moment in the event loop's time. Raises what `late` gives then."""
    async with aclosing(events):
        while True:
            try:
                # Spans no `yield`, or it could strike whoever watches instead of whoever draws.
                async with asyncio.timeout_at(deadline):
                    event = await anext(events, None)
            except TimeoutError:
                raise late() from None
            if event is None:
                return
            yield event


def pause(error: ProviderError, again: int) -> float:
    """How long to wait before asking the same place again; raises when there is no sense in it."""
    told = error.retry_after
    hopeless = isinstance(error, NotAsked) and told is None
    if error.reason != "capacity" or hopeless or (told or 0) > LONGEST_PAUSE_S:
        raise error
    return float(0.5 * 2**again) if told is None else told


def described(place: Place, error: ProviderError) -> dict[str, str]:
    """What an operator wants to know of a failure; none of it was said by a caller."""
    return {
        "provider": place.provider_name,
        "upstream_model": place.upstream_model,
        "outcome": error.outcome,
        "reason": error.reason,
        "detail": error.detail,
    }
