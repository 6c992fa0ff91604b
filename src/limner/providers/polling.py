"""Asking an upstream what became of a task: soon at first, then at leisure, until it has ended."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

from limner.providers.base import Generated, Progress

FIRST_S, LONGEST_S = 0.25, 2.0
"""Before the first question, and between two of them in the long run."""


async def polled(
    ask: Callable[[], Awaitable[Progress | Generated]],
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[Progress | Generated, None]:
    """What `ask` tells, until that is the pictures; progress only where it has grown.

    Sets no end: whoever gave the order has a deadline. What `ask` raises is passed on. `rest`
    waits so many seconds, or less where there is news before.
    """
    done = 0.0
    for pause_s in pauses():
        await rest(pause_s)
        told = await ask()
        if isinstance(told, Generated):
            yield told
            return
        if told.done > done:
            done = told.done
            yield told


def pauses() -> Iterator[float]:
    pause_s = FIRST_S
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, LONGEST_S)
