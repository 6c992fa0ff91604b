"""Every experiment in short; `make experiment E=E01` counts in full."""

import asyncio
import os
import re
from pathlib import Path

import pytest
from tests.databases import KINDS, FreshUrl, PostgresServer
from tests.experiments.run import Run, again, conduct, found, numbers
from tests.pages import DOCS

PAIRS = [
    (number, kind) for number in numbers() for kind in KINDS if kind in found(number).databases
]


@pytest.mark.parametrize(("number", "kind"), PAIRS, ids=map("-".join, PAIRS))
def test_nothing_is_breached_in_short(
    number: str, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    experiment = found(number)
    fresh_url: FreshUrl = request.getfixturevalue(
        "sqlite_url" if kind == "sqlite" else "postgres_url"
    )
    postgres: PostgresServer | None = (
        None if kind == "sqlite" else request.getfixturevalue("postgres")
    )
    run = Run(experiment.short, os.urandom(8).hex(), kind, tmp_path, fresh_url, True, postgres)
    print(f"again: {again(experiment, run)}")
    outcome = asyncio.run(conduct(experiment, run))
    assert outcome.breaches == []


def test_the_documents_list_the_experiments_there_are() -> None:
    page = (DOCS / "explanation/reliability.md").read_text("utf-8")
    assert re.findall(r"^\| (E\d\d) \|", page, re.MULTILINE) == numbers()


@pytest.mark.parametrize("number", numbers())
def test_an_experiment_says_what_it_does_and_what_must_hold(number: str) -> None:
    words = found(number).module.__doc__ or ""
    first, _, rest = words.partition("\n\n")
    assert first.startswith(f"{number}, ")
    assert ":" in first
    assert rest.strip()
