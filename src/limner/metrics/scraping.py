"""A scrape: the numbers of all processes of this server, each with the number of its process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from limner.metrics.family import Family, gauge, merged, written
from limner.metrics.neighbours import Own, Seat, asked, listening


class Scraping:
    def __init__(self, own: Own, seat: Seat) -> None:
        self._own, self._seat = own, seat

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Let the other processes ask for the numbers of this one."""
        async with listening(self._seat, self._own):
            yield

    async def text(self, accept: str) -> tuple[bytes, str]:
        """The answer to a scrape and its content type."""
        return written(await self._families(), accept)

    async def _families(self) -> list[Family]:
        numbers = range(self._seat.of)
        told = dict(zip(numbers, await asyncio.gather(*map(self._told, numbers)), strict=True))
        up = gauge(
            "limner_worker_up",
            "Whether a process of this server told its numbers.",
            *(({"worker": str(number)}, float(told[number] is not None)) for number in numbers),
        )
        labelled = (
            family.labelled({"worker": str(number)})
            for number, families in told.items()
            for family in families or ()
        )
        return [up, *merged(labelled)]

    async def _told(self, number: int) -> list[Family] | None:
        if number == self._seat.number:
            return await self._own()
        return await asked(self._seat, number)
