"""`limner`: one entry for everything; a command's module is imported when it is called.

The server's modules take half a second to import, which `limner --help` and the commands that only
speak HTTP need not wait for.
"""

import importlib
import os
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from limner import __version__
from limner.cli.trouble import told_in_a_sentence

COMMANDS = {
    "serve": ("serve", "Serve the API until Ctrl-C."),
    "demo": ("demo", "Start a server, draw two pictures, say what to try next."),
    "generate": ("generate", "Draw pictures and write them to files."),
    "edit": ("edit", "Change a picture as a prompt says."),
    "upscale": ("upscale", "Enlarge a picture."),
    "music": ("music", "Make music and write it to files."),
    "estimate": ("estimate", "What a request would cost, without running it."),
    "jobs": ("jobs", "Jobs of a key's workspace: list, show and cancel them."),
    "requests": ("requests", "The log of a key's workspace: what was asked, and how it went."),
    "usage": ("usage", "What a workspace used and paid in a time."),
    "webhook": ("webhooks", "Be told what happens: add, list, test and remove webhooks."),
    "audit": ("audit", "Check that money, jobs, pictures and files are as they must be."),
    "backup": ("backup", "Write all of a limner into one file, while it works."),
    "restore": ("restore", "Make a limner of a backup, in an empty place."),
    "store": ("store", "Where pictures and files lie: check it, copy them elsewhere."),
    "doctor": ("doctor", "Say what is set, what works, and what to do about the rest."),
    "key": ("keys", "API keys: make, list, limit and revoke them."),
    "workspace": ("workspaces", "Workspaces own keys, pictures and credits."),
    "credits": ("credits", "Credits of a workspace: show, add, refund, correct, list."),
    "losses": ("losses", "What the operator bore: work nobody was charged for."),
    "model": ("models", "The catalog: list, show and check models."),
    "provider": ("providers", "Where live pictures are drawn: add, list, test, remove."),
}
"""Each command's module here and the line that `limner --help` has for it."""


class Later(TyperCommand):
    """Stands in the list for a command, and becomes it when it is called."""

    def __init__(self, name: str, module: str, words: str) -> None:
        super().__init__(name, short_help=words)
        self._module = module

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        app = importlib.import_module(f"limner.cli.{self._module}").app
        return typer.main.get_command(app).make_context(info_name, args, parent, **extra)


def version(wanted: bool) -> None:
    if wanted:
        print(f"limner {__version__}")
        raise typer.Exit


def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and end.", callback=version, is_eager=True
    ),
) -> None:
    """One API for every image model: serve it, use it, look after it.

    New here? `limner demo` starts a server and draws a first picture.
    """


def limner() -> TyperGroup:
    """The command with all its subcommands."""
    app = typer.Typer(
        name="limner", no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )
    app.callback()(root)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for name, (module, words) in COMMANDS.items():
        group.add_command(Later(name, module, words))
    return group


def main() -> None:
    """Run a command; what limner itself refuses ends as one message and exit code 1."""
    # What a large answer took is given back at once: without this the HTTP library's allocator,
    # which reads it when it is loaded, keeps as much as ever was needed. It costs no time.
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")
    with told_in_a_sentence():
        limner()(prog_name="limner")
