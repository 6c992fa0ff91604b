"""Administration works on the local data themselves; a running server sees it within seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from limner.app import Limner, built
from limner.cli.options import local

Result = TypeVar("Result")


def administer(data: Path | None, work: Callable[[Limner], Awaitable[Result]]) -> Result:
    """Open the data, do the work, close again."""

    async def run() -> Result:
        async with built(local(data)) as limner:
            return await work(limner)

    return asyncio.run(run())
