"""E17, provider fault matrix: every provider kind fails in every way, in each form of delivery.

Refused, reset before and behind the order, cut in the answer, silent, dripping, refusing in each
way, answering with nothing, nonsense, a page or far too much: when an order is given, when its task
is asked for, and when its picture is fetched; for one picture and for four; waited for, followed
and deferred; alone, with another provider beside, and for one call of several. `fault_table.py`
says what the caller is answered, how the hold ends, what is booked, and how often the provider may
be asked and draw; the stand-ins' logs and the rows are the referees. An order that may have run is
sent nowhere else (I10), whatever is delivered can be fetched and is charged (I11), a stream ends
once (I14), and at the end all rules hold and everything is as it was before (I21).
"""

import asyncio
from collections.abc import Sequence

from tests.experiments.fault_cells import Cell, cells_of, tried
from tests.experiments.fault_house import House, house
from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.experiments.upstreams import UPSTREAMS
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import blobs

AT_ONCE = 24
LASTING_AT_ONCE = 60
"""Orders that meet silence take time and nothing else."""
FLOODS_AT_ONCE = 3
"""Each fills the memory of the server for a moment."""
SHORT = 150
WARM = 100
"""So many others are over before the server is one at work."""
WITHIN_S = 30.0


def all_cells() -> list[Cell]:
    return [cell for upstream in UPSTREAMS for cell in cells_of(upstream)]


ROUNDS = len(all_cells())


async def experiment(run: Run) -> list[str]:
    cells = [cell for cell in all_cells() if not (run.short and cell.is_long)]
    run.chance().shuffle(cells)
    cells = cells[: run.rounds]
    async with house(run) as one:
        # What floods take is given back when it pleases the allocators, so the rest is measured.
        found = await all_tried(
            one, [*cells[:WARM], *(cell for cell in cells[WARM:] if cell.is_flood)]
        )
        before = size_of(one.server)
        found += await all_tried(one, [cell for cell in cells[WARM:] if not cell.is_flood])
        found += [f"not over: {job}" for job in await until_finished(one.database, WITHIN_S)]
        found += await not_well(one.database, one.server, one.callers, before)
        return found + await breaches(one.database, blobs(one.settings))


async def all_tried(house: House, cells: Sequence[Cell]) -> list[str]:
    """Each at its place in the line of its like, so that none waits for those that take time."""
    lasting, floods, others = map(asyncio.Semaphore, (LASTING_AT_ONCE, FLOODS_AT_ONCE, AT_ONCE))

    async def one(cell: Cell) -> list[str]:
        place = lasting if cell.takes_time else floods if cell.is_flood else others
        async with place:
            return await tried(house, cell)

    results = await asyncio.gather(*(one(cell) for cell in cells))
    return [line for lines in results for line in lines]
