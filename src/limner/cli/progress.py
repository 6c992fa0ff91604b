"""How far a job is, as a bar on a terminal and not at all elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


@contextmanager
def progress_bar(doing: str, quiet: bool) -> Iterator[Callable[[float], None]]:
    """Gives a function that takes percents; the bar is gone behind the block."""
    with bars(quiet) as bar:
        task = bar.add_task(doing, total=100)
        yield lambda percent: bar.update(task, completed=percent)


@contextmanager
def steps(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Gives a function that takes what is being done, how much of it is, and of how much."""
    tasks: dict[str, TaskID] = {}

    def moved(doing: str, done: int, of: int) -> None:
        if doing not in tasks:
            tasks[doing] = bar.add_task(doing, total=of)
        bar.update(tasks[doing], completed=done)

    with bars(quiet) as bar:
        yield moved


def bars(quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    )
