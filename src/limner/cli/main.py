"""`limner`: one entry for everything; each command is a module of its own."""

import sys

import typer

from limner import __version__
from limner.cli import (
    credits,
    demo,
    doctor,
    estimate,
    generate,
    keys,
    models,
    providers,
    workspaces,
)
from limner.cli import serve as serving
from limner.cli.screen import fail
from limner.db.base import DatabaseAway, DatabaseFull
from limner.errors import ConfigError, LimnerError

app = typer.Typer(
    name="limner",
    help="One API for every image model: serve it, use it, look after it.\n\n"
    "New here? `limner demo` starts a server and draws a first picture.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("serve")(serving.serve)
app.command("demo")(demo.demo)
app.command("generate")(generate.generate)
app.command("estimate")(estimate.estimate)
app.add_typer(keys.app, name="key")
app.add_typer(workspaces.app, name="workspace")
app.add_typer(credits.app, name="credits")
app.add_typer(models.app, name="model")
app.add_typer(providers.app, name="provider")
app.command("doctor")(doctor.doctor)


def version(wanted: bool) -> None:
    if wanted:
        print(f"limner {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and end.", callback=version, is_eager=True
    ),
) -> None:
    """Options before any command."""


def main() -> None:
    """Run a command; what limner itself refuses ends as one line and exit code 1."""
    try:
        app(standalone_mode=True)
    except (ConfigError, LimnerError, DatabaseFull) as error:
        ended(str(error))
    except DatabaseAway as error:
        ended(f"the database cannot be used: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def ended(message: str) -> None:
    try:
        fail(message)
    except typer.Exit as end:
        sys.exit(end.exit_code)
