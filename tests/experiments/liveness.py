"""I21, the phase without faults: within a minute of the last one everything is as it was before."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from tests.faults.invariants import unfinished
from tests.faults.load import Answer, Callers
from tests.servers import Server

from limner.db.base import Database

WITHIN_S = 60.0
REQUESTS = 20
AT_ONCE = 4
"""Few, because each leaves a connection open that would count as one too many."""
ROOM = 1.1
"""What is left behind may be a tenth above what there was."""
SPARE_BYTES = 8 * 1024 * 1024
SPARE_DESCRIPTORS = 8
"""A tenth of little is less than what one connection or a thread comes to."""
PAGE = 4096


@dataclass(frozen=True, slots=True)
class Size:
    """What a server process takes up."""

    memory: int
    descriptors: int

    def outgrown(self, before: "Size") -> bool:
        return (
            self.memory > before.memory * ROOM + SPARE_BYTES
            or self.descriptors > before.descriptors * ROOM + SPARE_DESCRIPTORS
        )


def size_of(server: Server) -> Size:
    """To be measured when the server has worked as much as it will, and before the faults."""
    process = Path("/proc") / str(server.process.pid)
    resident = int((process / "statm").read_text().split()[1])
    return Size(resident * PAGE, sum(1 for _ in (process / "fd").iterdir()))


async def not_well(
    database: Database, server: Server, callers: Callers, before: Size | None = None
) -> list[str]:
    """What is not as it should be once the faults are over; a line each.

    `before` is of the same process, and left out for one that was started anew.
    """
    ends = time.monotonic() + WITHIN_S
    found = await not_back(database, server, callers)
    while found and time.monotonic() < ends:
        await asyncio.sleep(0.2)
        found = await not_back(database, server, callers)
    while before and (now := size_of(server)).outgrown(before):
        if time.monotonic() > ends:
            found.append(f"I21: {now} when it was {before} before")
            break
        await asyncio.sleep(0.2)
    return found


async def not_back(database: Database, server: Server, callers: Callers) -> list[str]:
    status, _ = await callers.get(f"{server.url}/health/ready")
    answers: list[Answer] = []
    for _ in range(REQUESTS // AT_ONCE):
        answers += await asyncio.gather(*(callers.draw(server.api) for _ in range(AT_ONCE)))
    wrong = [answer for answer in answers if answer.status != 200]
    stuck = await unfinished(database)
    return [
        *([f"I21: readiness is {status}"] if status != 200 else []),
        *(f"I21: {one.status} {one.code or one.problem} when all is well" for one in wrong[:3]),
        *(f"I21: not over: {job_id}" for job_id in stuck),
    ]
