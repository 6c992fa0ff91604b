"""Terminals: each in a folder of its own, on a fresh database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.terminal import Terminal, settings_of
from tests.databases import FreshUrl
from tests.servers import Server, serving


@pytest.fixture
def terminal(tmp_path: Path, sqlite_url: FreshUrl) -> Terminal:
    """On SQLite."""
    return Terminal(tmp_path, {"LIMNER_DATABASE_URL": sqlite_url()})


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Terminal:
    """On both kinds of database, one after the other."""
    return Terminal(tmp_path, {"LIMNER_DATABASE_URL": database_url})


@pytest.fixture
def server(terminal: Terminal) -> Iterator[Server]:
    with serving(settings_of(terminal, test_pace=0.0)) as running:
        yield running
