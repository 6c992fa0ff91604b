"""What the two commits of a picture cost: CPU per request and requests a second.

Nothing is drawn or stored. `python -m bench.ledger [--url postgresql://…] [--limited]` admits and
finishes jobs, 16 at a time by default, and prints the median of the rounds; and the same for the
ledger's part alone, a hold and its settling in two commits without job, picture or event. Without
a url it makes a fresh SQLite file, and a PostgreSQL of its own where the tests' wheel is installed.
CPU of a PostgreSQL server is its own processes'; it stands in the column beside.
"""

import argparse
import asyncio
import dataclasses
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

from limner.accounts.accounts import Accounts
from limner.db import schema
from limner.db.base import Database, Write
from limner.files.artifact import Artifact
from limner.ids import new_id
from limner.jobs.bounds import Bounds, Rate
from limner.jobs.job import Admission, Ticket
from limner.jobs.jobs import Jobs
from limner.jobs.rows import postings, ticket_params
from limner.ledger.ledger import Ledger
from limner.ledger.store import HOLD, SETTLE
from limner.ledger.wallet import Split
from limner.vault import Vault

EACH = 4_000_000
FUNDS = 10**15
PARAMS = '{"size":"1024x1024","quality":"medium","output_format":"png"}'
QUOTE = (
    '{"per_image":4000000,"n":1,"total":4000000,"lines":[{"what":"a-model output, 1024x1024",'
    '"quantity":"1 image","unit_price":"US$0.04 each","amount":4000000}]}'
)


class Figures(NamedTuple):
    """CPU microseconds per request, of this process and of PostgreSQL's, and requests a second."""

    cpu_us: float
    server_us: float
    per_second: float


HOLD_ALONE = Write("hold_alone", HOLD, locks="workspace_id")
SETTLE_ALONE = Write("settle_alone", SETTLE, locks="workspace_id")


async def measured(
    url: str, requests: int, side_by_side: int, limited: bool, alone: bool
) -> Figures:
    """A round on a database that may have been used before."""
    database = await schema.connect(url)
    admission = await an_admission(database, limited)
    jobs = Jobs(database, Ledger(database), lease_s=30.0)
    step = partial(ledgers_part, database, admission) if alone else partial(one, jobs, admission)
    await many(step, requests // 10, side_by_side)
    servers, cpu, began = postgres_cpu_s(), time.process_time(), time.perf_counter()
    await many(step, requests, side_by_side)
    cpu, taken = time.process_time() - cpu, time.perf_counter() - began
    servers = postgres_cpu_s() - servers
    await database.close()
    return Figures(cpu / requests * 1e6, servers / requests * 1e6, requests / taken)


async def an_admission(database: Database, limited: bool) -> Admission:
    owner = await Accounts(database, Vault(bytes(32))).create_workspace(new_id("bench"))
    await Ledger(database).grant(owner.id, FUNDS, new_id("grant"))
    plain = Admission(
        workspace_id=owner.id,
        key_id=new_id("key"),
        ledger="live",
        request_id=new_id("req"),
        task="generate",
        modality="image",
        model="a-model",
        n=1,
        params=PARAMS,
        quote=QUOTE,
        held=EACH,
        provider="openai",
        repeatable=False,
        deadline_s=300.0,
    )
    rate = Rate(plain.key_id, "this key", requests=10**8)
    return dataclasses.replace(plain, bounds=Bounds((rate,))) if limited else plain


async def many(step: Callable[[], Awaitable[None]], requests: int, side_by_side: int) -> None:
    async def some(count: int) -> None:
        for _ in range(count):
            await step()

    await asyncio.gather(*(some(requests // side_by_side) for _ in range(side_by_side)))


async def one(jobs: Jobs, admission: Admission) -> None:
    ticket = await jobs.admit(admission)
    picture = Artifact(
        new_id("a"), ticket.job_id, 0, 1_500_000, "ab" * 32, "image/png", 1024, 1024, seed=7
    )
    await jobs.finish(ticket, [picture], charged=EACH, cost=QUOTE, sealed=None)


async def ledgers_part(database: Database, admission: Admission) -> None:
    split = Split(0, EACH)
    ticket = Ticket(new_id("job"), admission.workspace_id, "live", 1, split)
    params = ticket_params(ticket) | {"hold_us": 420_000_000}
    assert (await database.write(HOLD_ALONE, params)).refusal is None
    params |= {"plan_charged": 0, "topup_charged": EACH, "postings": postings(ticket, split)}
    assert (await database.write(SETTLE_ALONE, params)).refusal is None


def postgres_cpu_s() -> float:
    """CPU seconds of all PostgreSQL processes that can be seen."""
    found = 0.0
    for process in psutil.process_iter(["name", "cpu_times"]):
        if process.info["name"] == "postgres" and process.info["cpu_times"]:
            times = process.info["cpu_times"]
            found += times.user + times.system
    return found


def rounds(name: str, url: str, wanted: argparse.Namespace) -> None:
    for what, alone in (("admit + finish", False), ("hold + settle", True)):
        told = [
            asyncio.run(measured(url, wanted.requests, wanted.side_by_side, wanted.limited, alone))
            for _ in range(wanted.rounds)
        ]
        cpu, server, rate = (statistics.median(column) for column in zip(*told, strict=True))
        print(f"{name:<12}{what:<16}{cpu:>8.0f}{server:>12.0f}{rate:>14.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="")
    parser.add_argument("--requests", type=int, default=8000)
    parser.add_argument("--side-by-side", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limited", action="store_true", help="with a rate limit on the key")
    wanted = parser.parse_args()
    print(f"{os.cpu_count()} processors, {wanted.side_by_side} side by side")
    print(f"{'database':<12}{'what':<16}{'CPU us':>8}{'server us':>12}{'requests/s':>14}")
    if wanted.url:
        rounds("sqlite" if schema.is_sqlite(wanted.url) else "postgresql", wanted.url, wanted)
        return
    with tempfile.TemporaryDirectory() as folder:
        rounds("sqlite", f"sqlite:///{Path(folder) / 'bench.db'}", wanted)
    # The wheel is part of the tests' environment only.
    from tests.databases import postgres_server

    with postgres_server() as server:
        rounds("postgresql", server.create("bench"), wanted)


if __name__ == "__main__":
    main()
