"""A limner as its users have it: `limner serve` in a process of its own, on a real socket."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from limner.accounts.api_key import Kind
from limner.app import Limner, built
from limner.settings import TABLES, Settings

READY = "limner is ready at "
STOP_S = 5
"""For a server to stop by itself at the end of a test, before it is killed."""
Result = TypeVar("Result")


@dataclass(slots=True)
class Server:
    """One server process and the data it works on."""

    settings: Settings
    process: subprocess.Popen[str]
    url: str

    @property
    def api(self) -> str:
        """The base URL clients are given."""
        return f"{self.url}/v1"

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = 45) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextmanager
def serving(settings: Settings, environ: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server on these settings, listening inside the block and gone behind it."""
    with subprocess.Popen(
        [sys.executable, "-m", "limner", "serve", "--port", "0"],
        env={**os.environ, **variables(settings), **(environ or {})},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Server(settings, process, ready_url(process))
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def ready_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).split(" ")[0]
    raise AssertionError(f"the server ended with {process.wait()} before it was ready")


def variables(settings: Settings) -> dict[str, str]:
    """Settings as the environment carries them; those at their defaults are left out.

    Tests ask more often than people do and play more faults than providers have, so that rates and
    breakers are for those that are about them.
    """
    default = Settings()
    told = {
        "LIMNER_REQUESTS_PER_MINUTE": "0",
        "LIMNER_OTHER_REQUESTS_PER_MINUTE": "1000000",
        "LIMNER_CIRCUIT_BREAKERS": "false",
    }
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if value != getattr(default, name) and name not in (*TABLES, "port"):
            text = os.pathsep.join(map(str, value)) if isinstance(value, tuple) else str(value)
            told[f"LIMNER_{name.upper()}"] = text
    return told


async def administer(settings: Settings, work: Callable[[Limner], Awaitable[Result]]) -> Result:
    """Do something with the data of a server, running or not, as the command line does."""
    async with built(settings) as limner:
        return await work(limner)


async def a_key(
    settings: Settings, kind: Kind = "test", credits: int = 0, workspace: str = "default"
) -> str:
    """A fresh key, its workspace made if need be and given micro-credits on the live ledger."""

    async def work(limner: Limner) -> str:
        accounts = limner.services.accounts
        known = {one.name: one for one in await accounts.workspaces()}
        owner = known.get(workspace) or await accounts.create_workspace(workspace)
        if credits:
            operation = f"test/{owner.id}/{os.urandom(8).hex()}"
            await limner.services.ledger.grant(owner.id, credits, operation)
        return (await accounts.create_key(owner, kind, "key"))[1]

    return await administer(settings, work)
