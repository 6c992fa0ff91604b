"""Foreseeable trouble ends a process with one sentence and exit code 1, never with a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from limner.cli.screen import fail
from limner.db.base import DatabaseAway, DatabaseFull
from limner.errors import ConfigError, LimnerError


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    try:
        yield
    except LimnerError as error:
        end(error.message, error.code)
    except ConfigError as error:
        end(str(error), "config_error")
    except DatabaseAway as error:
        end(f"the database cannot be used: {error}", "database_away")
    except DatabaseFull as error:
        end(f"the database has no room: {error}", "database_full")
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        end(f"{place}{error.strerror or error}", "os_error")


def end(message: str, code: str) -> None:
    try:
        fail(message, code=code)
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
