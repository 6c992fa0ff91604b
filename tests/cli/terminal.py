"""A person at a terminal: runs `limner` in a folder, reads what it says and how it ends."""

import contextlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from limner.cli.main import main
from limner.settings import Settings

LONGEST_S = 240
LIMNER = (sys.executable, "-m", "limner")
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Terminal:
    folder: Path
    environ: Mapping[str, str]

    @property
    def data(self) -> Path:
        return self.folder / ".limner"

    def __call__(self, *words: str, stdin: str = "", **environ: str) -> Ran:
        """Run a command to its end; whatever happens, nobody is shown a traceback."""
        done = subprocess.run(
            [*LIMNER, *words],
            cwd=self.folder,
            env=self._environment(environ),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        assert TRACEBACK not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def done(self, *words: str, **environ: str) -> Ran:
        """Run a command that must succeed."""
        ran = self(*words, **environ)
        assert ran.code == 0, ran
        return ran

    def done_inside(self, *words: str, **environ: str) -> Ran:
        ran = self.inside(*words, **environ)
        assert ran.code == 0, ran
        return ran

    def inside(self, *words: str, **environ: str) -> Ran:
        """Run a command in this process: for many wordings at a fraction of the time."""
        out, errors = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self._environment(environ), clear=True),
            patch.object(sys, "argv", ["limner", *words]),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
            at_most(LONGEST_S),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        return Ran(int(ended.value.code or 0), out.getvalue(), errors.getvalue())

    @contextmanager
    def running(self, *words: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on, in a process group of its own and gone behind the block."""
        with (
            open(self.folder / "stderr", "w+", encoding="utf-8") as errors,
            subprocess.Popen(
                [*LIMNER, *words],
                cwd=self.folder,
                env=self._environment(environ),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
            errors.seek(0)
            assert TRACEBACK not in errors.read()

    def on_a_screen(self, *words: str, **environ: str) -> tuple[int, str]:
        """Run a command whose output goes to a real terminal; its code, and what was shown."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*LIMNER, *words],
            cwd=self.folder,
            env=self._environment(environ) | {"TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = read_all(ours)
        os.close(ours)
        return process.wait(LONGEST_S), shown

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        own = ("LIMNER_", "INFERY_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        return kept | {"COLUMNS": "100"} | dict(self.environ) | dict(environ)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """A command that was to be refused but serves instead must not stop the whole test run."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def settings_of(terminal: Terminal, **more: object) -> Settings:
    """The settings of a server on the terminal's data."""
    url = terminal.environ["LIMNER_DATABASE_URL"]
    return Settings(data_dir=terminal.data, database_url=url, **more)  # type: ignore[arg-type]  # as the test says


def read_all(descriptor: int) -> str:
    """Until the other side is closed, which a terminal tells as an error."""
    said = b""
    while True:
        try:
            piece = os.read(descriptor, 4096)
        except OSError:
            piece = b""
        if not piece:
            return said.decode(errors="replace")
        said += piece
