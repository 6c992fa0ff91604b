"""Run an experiment by its number: `python -m tests.experiments E01 --database sqlite`.

Without a number it lists those there are. The exit code is 1 if anything was breached.
"""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from tests.databases import KINDS, FreshUrl, PostgresServer, copied, migrated, postgres_server
from tests.experiments.run import Experiment, Outcome, Run, again, conduct, found, numbers

MOST_SHOWN = 20


def main(words: Sequence[str] | None = None) -> int:
    told = arguments(words)
    experiments = [found(number) for number in told.number or numbers()]
    if not told.number:
        print("\n".join(f"{one.number}  {one.title}" for one in experiments))
        return 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    kinds = KINDS if told.database == "both" else (told.database,)
    good = [
        tried(one, kind, told) for one in experiments for kind in kinds if kind in one.databases
    ]
    return 0 if good and all(good) else 1


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.experiments", description=__doc__)
    parser.add_argument("number", nargs="*", type=known, metavar="NUMBER")
    parser.add_argument("--rounds", type=int, help="how much to count; in full if not told")
    parser.add_argument("--database", choices=(*KINDS, "both"), default="both")
    parser.add_argument("--seed", help="of the run to repeat")
    parser.add_argument("--short", action="store_true", help="as much as `make test` does")
    return parser.parse_args(words)


def known(number: str) -> str:
    if number.upper() not in numbers():
        raise argparse.ArgumentTypeError(f"there is {', '.join(numbers())}, but no {number}")
    return number


def tried(experiment: Experiment, kind: str, told: argparse.Namespace) -> bool:
    """Carry one out on one database and say how it went."""
    rounds = told.rounds or (experiment.short if told.short else experiment.rounds)
    seed = told.seed or os.urandom(8).hex()
    print(f"{experiment.number} on {kind}: {rounds} rounds, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="limner-experiment-") as name:
        folder = Path(name)
        with databases(kind, folder) as (fresh_url, postgres):
            (folder / "run").mkdir()
            run = Run(rounds, seed, kind, folder / "run", fresh_url, told.short, postgres)
            outcome = asyncio.run(conduct(experiment, run))
    print(summary(experiment, run, outcome), flush=True)
    return not outcome.breaches


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[FreshUrl, PostgresServer | None]]:
    if kind == "sqlite":
        migrated(f"sqlite:///{folder / 'migrated.db'}")
        yield lambda: copied(folder / "migrated.db", folder), None
        return
    with postgres_server() as server:
        migrated(server.create("migrated"))
        yield lambda: server.create(template="migrated"), server


def summary(experiment: Experiment, run: Run, outcome: Outcome) -> str:
    """What happened in one line; what was breached and how to see it again below."""
    count = len(outcome.breaches)
    lines = [
        f"{experiment.number} on {run.kind}: {run.rounds} rounds, {count} breaches, "
        f"seed {run.seed}, {outcome.seconds:.0f} s"
    ]
    if outcome.breaches:
        lines += [f"  {line}" for line in outcome.breaches[:MOST_SHOWN]]
        lines += [f"  and {count - MOST_SHOWN} more"] if count > MOST_SHOWN else []
        lines.append(f"again: {again(experiment, run)}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
