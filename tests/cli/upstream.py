"""OpenAI's stand-in in a process of its own, for tests that run commands beside it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def openai_upstream() -> Iterator[str]:
    """Its base URL; it takes every key that begins with `sk-`."""
    command = [sys.executable, "-m", "tests.standins", "openai", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[3].rstrip(",")
        finally:
            process.terminate()
