"""Trying the places a model runs, one after another, and only while surely nothing ran.

`known_not_run` is the one outcome after which an order may go elsewhere, or be sent again when a
provider said it was too busy. Every further try is recorded before its first byte leaves, and none
begins so late that it would be cut off: whoever is cut off may have drawn, and is not asked again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from limner.providers.base import ImageProvider, Order, ProviderError, ProviderEvent

log = structlog.get_logger()

BUSY_TRIES = 2
"""How often a busy place is asked again when no other is left."""
LONGEST_PAUSE_S = 20.0
SHORTEST_TRY_S = 1.0
"""With less time than this left, no further try begins."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place a model runs: a connected provider and what it calls the model."""

    provider_name: str
    upstream_model: str
    provider: ImageProvider
    timeout_s: float
    protocol: str = ""


RecordTry = Callable[[Place], Awaitable[None]]


async def first_that_answers(
    places: Sequence[Place],
    order_for: Callable[[Place], Order],
    record_try: RecordTry,
    deadline: float,
) -> AsyncGenerator[ProviderEvent, None]:
    """The events of the first place that takes the order. Raises the last ProviderError.

    `deadline` is in the event loop's time; the caller cuts off what still runs then.
    """
    clock = asyncio.get_running_loop().time
    plan = [*places, *[places[-1]] * BUSY_TRIES]
    for position, place in enumerate(plan):
        if position > 0:
            await record_try(place)
        order = order_for(place)
        try:
            async with aclosing(place.provider.run(order)) as events:
                async for event in events:
                    yield event
            return
        except ProviderError as error:
            log.warning("provider_failed", job_id=order.job_id, **described(place, error))
            if error.outcome != "known_not_run" or position + 1 == len(plan):
                raise
            again = position + 1 - len(places)
            wait_s = 0.0 if again < 0 else pause(error, again)
            if clock() + wait_s + SHORTEST_TRY_S > deadline:
                raise
            await asyncio.sleep(wait_s)


def pause(error: ProviderError, again: int) -> float:
    """How long to wait before asking the same place again; raises when there is no sense in it."""
    told = error.retry_after
    if error.reason != "capacity" or (told or 0) > LONGEST_PAUSE_S:
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
