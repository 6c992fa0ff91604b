"""How far a job is, as a bar on a terminal and not at all elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def progress_bar(doing: str, quiet: bool) -> Iterator[Callable[[float], None]]:
    """Gives a function that takes percents; the bar is gone behind the block."""
    with Progress(
        TextColumn(doing),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(doing, total=100)
        yield lambda percent: bar.update(task, completed=percent)
