"""Help is quick, names every command, and explains every option."""

import subprocess
import sys

import pytest
from tests.cli.terminal import Terminal

from limner import __version__
from limner.cli.main import COMMANDS

GROUPS = {
    "key": ["create", "list", "revoke"],
    "workspace": ["create", "list"],
    "credits": ["show", "add", "list"],
    "model": ["list", "show", "check"],
    "provider": ["add", "list", "test", "remove"],
    "jobs": ["list", "show", "cancel"],
    "requests": ["list", "show"],
    "store": ["check", "copy"],
    "webhook": ["add", "list", "test", "deliveries", "redeliver", "rotate", "remove"],
}
PATHS = [[name] for name in COMMANDS] + [
    [group, name] for group, names in GROUPS.items() for name in names
]


def test_help_names_every_command_with_its_line(terminal: Terminal) -> None:
    said = " ".join(terminal.done("--help").out.split())
    for name, (_, words) in COMMANDS.items():
        assert f"{name} {words}" in said
    assert "`limner demo`" in said


def test_help_loads_neither_the_server_nor_its_clients() -> None:
    program = "import sys, limner.cli.main as m; m.limner(); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(ran.stdout.split())
    assert "typer" in loaded
    assert not loaded & {"limner.app", "uvicorn", "starlette", "structlog", "aiohttp", "rich"}


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_explains_itself_and_its_options(terminal: Terminal, path: list[str]) -> None:
    said = terminal.done_inside(*path, "--help").out
    assert said.startswith(f"Usage: limner {' '.join(path)}")
    options = [line for line in said.splitlines() if line.startswith("  -")]
    assert options
    assert [line for line in options if "<str" in line or "<int" in line] == []
    if path[0] not in GROUPS or len(path) == 2:
        assert "--json" in said


def test_the_version_is_told(terminal: Terminal) -> None:
    assert terminal.done_inside("--version").out == f"limner {__version__}\n"


def test_a_misspelt_command_is_answered_with_the_right_one(terminal: Terminal) -> None:
    ran = terminal.inside("genrate", "a fox")
    assert ran.code == 2
    assert "Did you mean 'generate'?" in ran.err


def test_no_words_at_all_show_the_help(terminal: Terminal) -> None:
    ran = terminal.inside()
    assert ran.code == 2
    assert "New here?" in ran.err
