"""E02, ledger against a model: whatever can happen to a wallet, fifty things after another.

Credits are given, held, settled in part and in whole, released, expired, corrected, refunded and
renewed with a plan's month, one thing at a time or two at once on two servers, as Hypothesis
chooses. After every step balances, holds, jobs and the operator's accounts are what a page of
arithmetic says (`tests/ledger/reference.py`), the books add up (I1 to I4, I6), no line has changed
(I5), and what was done before has changed nothing (I8).
"""

import asyncio

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky, FlakyFailure
from hypothesis.stateful import run_state_machine_as_test
from tests.experiments.run import Run
from tests.ledger.books import breaches, rules_broken
from tests.ledger.machine import LedgerMachine

from limner.db import schema

ROUNDS = 2000
SHORT = 12
STEPS = 50
LIMIT_S = 2 * 3600.0
BLOCK = 20
"""Runs on one database, whose looks at the books would else take longer and longer."""


async def experiment(run: Run) -> list[str]:
    for start in range(0, run.rounds, BLOCK):
        chance, runs = run.chance(start).getrandbits(64), min(BLOCK, run.rounds - start)
        # Hypothesis knows no event loop, so the steps have one of their own.
        found = await asyncio.to_thread(block, run.fresh_url(), runs, chance)
        if found:
            return found
    return []


def block(url: str, runs: int, seed: int) -> list[str]:
    """Some runs on a fresh database. Raises AssertionError with what happened last."""
    with asyncio.Runner() as runner:
        here, there = [runner.run(schema.connect(url, migrate=False)) for _ in range(2)]

        class OnThisDatabase(LedgerMachine):
            def __init__(self) -> None:
                super().__init__(runner, here, there)

        try:
            run_state_machine_as_test(
                hypothesis.seed(seed)(OnThisDatabase),
                settings=settings(
                    max_examples=runs,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                ),
            )
            return runner.run(breaches(here)) + runner.run(rules_broken(here))
        except Flaky as flaky:
            # A race need not come out alike again; what it came to the first time counts.
            raise first_of(flaky) from None
        finally:
            for database in (here, there):
                runner.run(database.close())


def first_of(flaky: Flaky) -> BaseException:
    if isinstance(flaky, FlakyFailure):
        return flaky.exceptions[0]
    return flaky.__context__ or flaky
