"""What commands print: tables for people, JSON for scripts, refusals on the error stream."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

JSON_FLAG = typer.Option("--json", help="Print JSON instead, for scripts.")

FAILED, USAGE, UNREACHABLE, STILL_RUNNING = 1, 2, 3, 4
"""Exit codes beside 0: refused or failed, wrong use, no server there, the job still runs."""

errors = Console(stderr=True, highlight=False)


def say(text: str = "") -> None:
    """One line for people."""
    print(text, flush=True)


def show_json(value: object) -> None:
    """Any plain values, dataclasses or Structs as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode(), flush=True)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """Rows under their headings; `empty` is the sentence for none."""
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False).print(table)


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Say what went wrong, on the error stream, and end with a code."""
    errors.print(Text.assemble(("error: ", "bold red"), message))
    raise typer.Exit(code)
