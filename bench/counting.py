"""What counting for `/metrics` adds to the two commits of a picture, as a ratio within one run.

`python -m bench.counting` admits and finishes jobs on one SQLite file, in rounds that take turns:
with the database as it is, and with its writes counted and timed as the server has them. It prints
the median CPU of both, and the median of the ratios of neighbouring rounds.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.ledger import an_admission, many, one

from limner.db import schema
from limner.db.base import Database
from limner.jobs.jobs import Jobs
from limner.ledger.ledger import Ledger
from limner.metrics.heard import Heard


async def pairs(url: str, rounds: int, requests: int, side_by_side: int) -> list[tuple[float, ...]]:
    """CPU microseconds per request of each round: plain, and counted."""
    plain = await schema.connect(url)
    admission = await an_admission(plain, limited=False)
    databases: tuple[Database, Database] = (plain, Heard(plain))
    steps = [partial(one, Jobs(each, Ledger(each), lease_s=30.0), admission) for each in databases]
    told: list[tuple[float, ...]] = []
    for number in range(rounds + 1):
        cpu = [0.0, 0.0]
        for which in (0, 1) if number % 2 else (1, 0):
            began = time.process_time()
            await many(steps[which], requests, side_by_side)
            cpu[which] = (time.process_time() - began) / requests * 1e6
        told.append(tuple(cpu))
    await plain.close()
    return told[1:]  # the first one warms up


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--requests", type=int, default=800)
    parser.add_argument("--side-by-side", type=int, default=16)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        told = asyncio.run(pairs(url, wanted.rounds, wanted.requests, wanted.side_by_side))
    plain, counted = (statistics.median(column) for column in zip(*told, strict=True))
    ratio = statistics.median(after / before for before, after in told)
    print(f"CPU us/request: plain {plain:.1f}, counted {counted:.1f}; ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
