"""What commands print: lines for people, JSON for scripts, refusals as either."""

import sys
from typing import NoReturn

import msgspec
import typer

JSON = "--json"
FAILED, USAGE, UNREACHABLE, STILL_RUNNING = 1, 2, 3, 4
"""Exit codes beside 0: refused or failed, wrong use, no server there, the job still runs."""


def say(text: str = "") -> None:
    """One line for people."""
    print(text, flush=True)


def note(text: str) -> None:
    """A line beside the result, which must not get into a pipe."""
    typer.echo(text, err=True)


def show_json(value: object) -> None:
    """Any plain values, dataclasses or Structs as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode(), flush=True)


def fail(
    message: str, exit_code: int = FAILED, *, code: str = "failed", job_id: str | None = None
) -> NoReturn:
    """Say what went wrong and end: on the error stream, or as JSON where that was asked for."""
    if JSON in sys.argv:
        # Trouble may come before options are read, so what was typed has to tell.
        error = {"message": message, "code": code} | ({"job_id": job_id} if job_id else {})
        show_json({"error": error})
    else:
        typer.secho("error: ", fg="red", bold=True, err=True, nl=False)
        typer.echo(message, err=True)
    raise typer.Exit(exit_code)
