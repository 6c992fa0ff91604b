"""What an experiment is given, and how one is found by its number and carried out."""

import asyncio
import importlib
import random
import re
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from tests.databases import KINDS, FreshUrl, PostgresServer

HERE = Path(__file__).parent
LIMIT_S = 3600.0
"""For an experiment that sets no limit of its own."""


@dataclass(frozen=True, slots=True)
class Run:
    rounds: int
    seed: str
    kind: str
    """`sqlite` or `postgresql`."""
    folder: Path
    """Empty at first and gone afterwards."""
    fresh_url: FreshUrl
    """Gives the url of a new, migrated database of this kind."""
    short: bool = False
    """In `make test`: sizes that are no rounds may be smaller as well."""
    postgres: PostgresServer | None = None
    """The server behind the urls, for who wants to crash it; none on SQLite."""

    def chance(self, *of: object) -> random.Random:
        """Chance for one part of the run, the same whenever the seed is."""
        return random.Random(":".join(map(str, (self.seed, *of))))


class Module(Protocol):
    """What a module of an experiment has."""

    ROUNDS: int
    SHORT: int

    async def experiment(self, run: Run) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Experiment:
    number: str
    title: str
    rounds: int
    short: int
    limit_s: float
    databases: Sequence[str]
    module: Module


@dataclass(frozen=True, slots=True)
class Outcome:
    """`breaches` has a line each."""

    breaches: list[str]
    seconds: float


def numbers() -> list[str]:
    """E01 and so on, of the experiments there are."""
    return sorted(path.stem.upper() for path in HERE.glob("e[0-9][0-9].py"))


def found(number: str) -> Experiment:
    """Raises KeyError for a number there is no experiment of."""
    if number.upper() not in numbers():
        raise KeyError(number)
    module = importlib.import_module(f"tests.experiments.{number.lower()}")
    first = re.sub(r"\s+", " ", (module.__doc__ or "").partition("\n\n")[0])
    return Experiment(
        number.upper(),
        first.removeprefix(f"{number.upper()}, "),
        module.ROUNDS,
        module.SHORT,
        getattr(module, "LIMIT_S", LIMIT_S),
        getattr(module, "DATABASES", KINDS),
        cast(Module, module),
    )


async def conduct(experiment: Experiment, run: Run) -> Outcome:
    """Carry it out within its time."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(experiment.limit_s):
            breaches = await experiment.module.experiment(run)
    except TimeoutError:
        breaches = [f"not over within {experiment.limit_s:g} s"]
    except Exception as wrong:  # the edge: what ends a run has to be told with its seed
        traceback.print_exception(wrong)
        breaches = [f"{type(wrong).__name__} {wrong} ({place_of(wrong)})"]
    return Outcome(breaches, time.monotonic() - began)


def place_of(error: Exception) -> str:
    """The line that failed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "nowhere"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def again(experiment: Experiment, run: Run) -> str:
    """The command that runs the same once more."""
    return (
        f"python -m tests.experiments {experiment.number} --database {run.kind} "
        f"--rounds {run.rounds} --seed {run.seed}{' --short' if run.short else ''}"
    )
