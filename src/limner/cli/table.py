"""Rows under their headings, as wide as the terminal, or on one line each in a pipe."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from limner.cli.screen import say

IN_A_PIPE = 240


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """`empty` is the sentence for no rows."""
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    width = None if sys.stdout.isatty() else IN_A_PIPE
    Console(width=width, highlight=False).print(table)
