"""An order for more pictures than one upstream call gives becomes several calls, side by side.

Pictures keep the order they were asked for in. What some of the calls did not bring is missing
from the answer; only when none brought anything does the order fail. Calls that show previews are
for one picture each.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, fields, replace
from typing import TypeAlias

import msgspec

from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    Outcome,
    PartialImage,
    Progress,
    ProviderError,
    ProviderEvent,
    Usage,
)

Run: TypeAlias = Callable[[Order], AsyncGenerator[ProviderEvent, None]]
Resume: TypeAlias = Callable[[Order, str], AsyncGenerator[ProviderEvent, None]]

WORST_FIRST: tuple[Outcome, ...] = ("unknown", "ran", "known_not_run")
"""What several failed calls mean together: one that may have been paid for decides."""

SEEDS, LARGE_SEEDS = 2**31, 2**63
"""Where counting upwards begins anew, because upstreams take no larger seed."""

EARLY_S = 2.0
"""Of several calls each ends before the order does, so that what came is not lost with one that is
silent."""

NO_PREVIEWS = "partial_images brought nothing: no previews came from where this was drawn"

TASKS = msgspec.json.Decoder(list[str | None])


async def fanned_out(order: Order, run: Run) -> AsyncGenerator[ProviderEvent, None]:
    """The events of all calls as those of one. Raises ProviderError when none brought a picture.

    A call is for at most `order.per_call` pictures; where each has a seed, they count upwards.
    Previews that were ordered and did not come are said.
    """
    waits_for_previews = order.partial_images > 0
    async with aclosing(together([Call(part, run(part)) for part in parts(order)])) as events:
        async for event in events:
            if isinstance(event, PartialImage):
                waits_for_previews = False
            if isinstance(event, Generated) and waits_for_previews:
                event = replace(event, warnings=(*event.warnings, NO_PREVIEWS))
            yield event


async def resumed(order: Order, task: str, resume: Resume) -> AsyncGenerator[ProviderEvent, None]:
    """Go on with the calls that were accepted, by the `Accepted.task` that `fanned_out` gave.

    What had not been accepted may have been all the same, and is missing from the answer.
    """
    known = TASKS.decode(task)
    calls = [
        Call(part, resume(part, one), task=one)
        for part, one in zip(parts(order), known, strict=True)
        if one is not None
    ]
    async with aclosing(together(calls, left_out=len(known) - len(calls))) as events:
        async for event in events:
            yield event


def parts(order: Order) -> Iterator[Order]:
    """Orders of at most `per_call` pictures each, which together are the whole."""
    most = order.per_call or order.n
    seed = order.params.get("seed")
    if most < order.n:
        order = replace(order, timeout_s=max(order.timeout_s - EARLY_S, order.timeout_s / 2))
    for first in range(0, order.n, most):
        params = order.params
        if seed is not None:
            params = {**params, "seed": counted_up(int(seed), first)}
        yield replace(order, n=min(most, order.n - first), params=params)


def counted_up(seed: int, number: int) -> int:
    return (seed + number) % (SEEDS if seed < SEEDS else LARGE_SEEDS)


@dataclass(slots=True)
class Call:
    """One call and what has become of it."""

    order: Order
    events: AsyncGenerator[ProviderEvent, None]
    task: str | None = None
    done: float = 0.0
    result: Generated | None = None
    error: ProviderError | None = field(default=None, repr=False)


async def together(calls: Sequence[Call], left_out: int = 0) -> AsyncGenerator[ProviderEvent, None]:
    if len(calls) == 1 and not left_out and calls[0].task is None:
        async with aclosing(calls[0].events) as events:
            async for event in events:
                yield wrapped(event)
        return
    changed: asyncio.Queue[Call | PartialImage | None] = asyncio.Queue()
    tasks = [
        asyncio.create_task(followed(call, number, changed)) for number, call in enumerate(calls)
    ]
    tasks_told: list[str | None] = []
    done = 0.0
    try:
        for _ in range(len(calls)):
            while (news := await changed.get()) is not None:
                if isinstance(news, PartialImage):
                    yield news
                    continue
                known = [call.task for call in calls]
                if known != tasks_told and any(known) and not left_out:
                    tasks_told = known
                    yield Accepted(msgspec.json.encode(known).decode())
                share = sum(call.done for call in calls) / len(calls)
                if share > done:
                    done = share
                    yield Progress(done)
    finally:
        await ended(tasks)
    yield joined(calls, left_out)


def wrapped(event: ProviderEvent) -> ProviderEvent:
    """The task of a single call, as one of a list: resuming reads but that."""
    if isinstance(event, Accepted) and event.task is not None:
        return Accepted(msgspec.json.encode([event.task]).decode())
    return event


async def followed(
    call: Call, number: int, changed: "asyncio.Queue[Call | PartialImage | None]"
) -> None:
    """Put down what a call tells; the last word is None, whatever happens."""
    try:
        async with aclosing(call.events) as events:
            async for event in events:
                match event:
                    case PartialImage():
                        changed.put_nowait(replace(event, picture=number))
                        continue
                    case Generated():
                        call.result, call.done = event, 1.0
                    case Progress(done):
                        call.done = max(call.done, done)
                    case Accepted(task):
                        call.task = task or call.task
                changed.put_nowait(call)
    except ProviderError as error:
        call.error = error
    finally:
        changed.put_nowait(None)


async def ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """No call outlives its order. What broke in one, other than an upstream, is raised here."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


def joined(calls: Sequence[Call], left_out: int) -> Generated:
    """What the calls brought, as one answer. Raises ProviderError when that is nothing."""
    results = [call.result for call in calls if call.result is not None]
    failed = [call for call in calls if call.error is not None]
    if not results:
        raise worst([call.error for call in failed if call.error is not None])
    may_have_cost = [call for call in failed if call.error and has_a_price(call.error)]
    return Generated(
        images=tuple(image for image in pictures(results)),
        usage=total([one.usage for one in results]),
        provider_request_id=results[0].provider_request_id,
        warnings=tuple(dict.fromkeys(said(results, failed))),
        resolved=results[0].resolved,
        lost=sum(one.lost for one in results)
        + sum(call.order.n for call in may_have_cost)
        + left_out,
    )


def has_a_price(error: ProviderError) -> bool:
    """Whether a call that failed may have to be paid for; providers bill no refused content."""
    return error.outcome != "known_not_run" and error.reason != "content_policy_violation"


def pictures(results: Sequence[Generated]) -> Iterator[ImageData]:
    for one in results:
        yield from one.images


def said(results: Sequence[Generated], failed: Sequence[Call]) -> Iterator[str]:
    for one in results:
        yield from one.warnings
    for call in failed:
        yield f"a picture was not made: {call.error}"


def worst(errors: Sequence[ProviderError]) -> ProviderError:
    return min(errors, key=lambda error: WORST_FIRST.index(error.outcome))


def total(metered: Sequence[Usage | None]) -> Usage | None:
    """The sum of what was metered; None when a call told nothing, for then it is not known."""
    known = [one for one in metered if one is not None]
    if not known or len(known) < len(metered):
        return None
    sums = {one.name: added([getattr(usage, one.name) for usage in known]) for one in fields(Usage)}
    return Usage(**sums)  # type: ignore[arg-type]  # `cost` alone may be None


def added(counts: Sequence[int | None]) -> int | None:
    return None if None in counts else sum(count or 0 for count in counts)
