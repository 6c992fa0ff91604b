"""Terminals: each in a folder of its own, on a fresh database."""

from pathlib import Path

import pytest
from tests.cli.terminal import Terminal
from tests.databases import FreshUrl


@pytest.fixture
def terminal(tmp_path: Path, sqlite_url: FreshUrl) -> Terminal:
    """On SQLite."""
    return Terminal(tmp_path, {"LIMNER_DATABASE_URL": sqlite_url()})


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Terminal:
    """On both kinds of database, one after the other."""
    return Terminal(tmp_path, {"LIMNER_DATABASE_URL": database_url})
