"""The runner says what was breached, within its time, and how to see it again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.experiments.__main__ import main, summary
from tests.experiments.run import Experiment, Run, again, conduct

RUN = Run(3, "5eed", "sqlite", Path(), lambda: "", short=True)


class Trial:
    """An experiment that ends as a test wants it to."""

    ROUNDS = SHORT = 3

    def __init__(self, ends: Callable[[Run], Awaitable[list[str]]]) -> None:
        self._ends = ends

    async def experiment(self, run: Run) -> list[str]:
        return await self._ends(run)


def trial(ends: Callable[[Run], Awaitable[list[str]]]) -> Experiment:
    return Experiment("E99", "a trial", 3, 3, 0.2, ("sqlite",), Trial(ends))


async def good(run: Run) -> list[str]:
    return []


async def breached(run: Run) -> list[str]:
    return [f"I{number}: seed {run.seed}" for number in range(1, 31)]


async def failing(run: Run) -> list[str]:
    assert not run.short, "money is gone"
    return []


async def endless(run: Run) -> list[str]:
    await asyncio.Event().wait()
    return []


async def test_a_good_run_is_one_line() -> None:
    outcome = await conduct(trial(good), RUN)
    assert summary(trial(good), RUN, outcome) == (
        "E99 on sqlite: 3 rounds, 0 breaches, seed 5eed, 0 s"
    )


async def test_breaches_are_named_with_the_command_that_shows_them_again() -> None:
    first, *lines, last = summary(
        trial(breached), RUN, await conduct(trial(breached), RUN)
    ).splitlines()
    assert first.startswith("E99 on sqlite: 3 rounds, 30 breaches, seed 5eed")
    assert (lines[0], lines[-1]) == ("  I1: seed 5eed", "  and 10 more")
    assert last == (
        "again: python -m tests.experiments E99 --database sqlite --rounds 3 --seed 5eed --short"
    )
    assert again(trial(breached), RUN) in last


async def test_a_failed_assertion_is_a_breach_and_says_where() -> None:
    (line,) = (await conduct(trial(failing), RUN)).breaches
    assert line.startswith("AssertionError money is gone")
    assert "(test_run.py:" in line


async def test_a_run_ends_when_its_time_is_over() -> None:
    assert (await conduct(trial(endless), RUN)).breaches == ["not over within 0.2 s"]


def test_chance_is_the_same_whenever_the_seed_is() -> None:
    first, same, other = [RUN.chance(*of).random() for of in (("a", 1), ("a", 1), ("a", 2))]
    assert first == same != other


def test_without_a_number_those_there_are_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "E01  double-spend storm" in capsys.readouterr().out


def test_a_number_there_is_no_experiment_of_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["E99"])
    assert ended.value.code == 2
    assert "but no E99" in capsys.readouterr().err
