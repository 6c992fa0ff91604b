"""`make fuzz`: schemathesis against a server of its own, for some minutes; ends with 1 on findings.

It reads `/openapi.json` and tries whatever that allows and forbids: is everything answered as
documented, is nothing a 5xx, is a key really needed? Once with keys and once without any.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.databases import KINDS, migrated, postgres_server
from tests.servers import Server, administer, serving

from limner.app import Limner
from limner.settings import Settings

HERE = Path(__file__).parent
NOBODY = "inf_nobodyhasthiskey00000000000000000000"


@dataclass(frozen=True, slots=True)
class Keys:
    test: str
    admin: str
    own: tuple[str, ...]
    """Ids and names that a run must leave alone."""


def main(words: Sequence[str]) -> int:
    told = arguments(words)
    kinds = {"keys": [True], "nobody": [False], "both": [True, False]}[told.who]
    failed = 0
    for known in kinds:
        with tempfile.TemporaryDirectory() as folder, database(told.database) as url:
            settings = Settings(
                data_dir=Path(folder) / "data",
                database_url=url,
                test_pace=0,
                sync_wait_s=20,
                max_body_bytes=4 * 1024 * 1024,
                log_level="error",
            )
            with serving(settings) as server:
                keys = asyncio.run(administer(settings, ready))
                failed |= fuzz(told, server, keys, known=known, folder=Path(folder))
    return failed


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemathesis", default="st", help="the command")
    parser.add_argument("--minutes", type=float, default=10, help="of each of the two runs")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--who", choices=("keys", "nobody", "both"), default="both")
    parser.add_argument("further", nargs="*", help="passed on to schemathesis")
    return parser.parse_args(words)


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The url of a fresh database; empty leaves it to the server's own folder."""
    with postgres_server() if kind == "postgresql" else nullcontext() as server:
        yield migrated(server.create("fuzz")) if server else ""


async def ready(limner: Limner) -> Keys:
    """A workspace with keys to test with, and a spare one for what must not hit it."""
    accounts = limner.services.accounts
    known = {one.name: one for one in await accounts.workspaces()}
    owner = known.get("default") or await accounts.create_workspace("default")
    await accounts.create_workspace("spare")
    key, secret = await accounts.create_key(owner, "test", "fuzz")
    admin, admin_secret = await accounts.create_key(None, "admin", "fuzz")
    return Keys(secret, admin_secret, (owner.id, owner.name, key.id, admin.id))


def fuzz(told: argparse.Namespace, server: Server, keys: Keys, *, known: bool, folder: Path) -> int:
    """Its exit code: 0 when nothing was found."""
    who = "with keys" if known else "without a key"
    print(f"schemathesis {who} on {told.database}, {told.minutes:g} minutes", flush=True)
    tool = shutil.which(told.schemathesis)
    assert tool, f"there is no {told.schemathesis}"
    command = [
        *(str(Path(tool).absolute()), "--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{server.url}/openapi.json", "--max-time", str(round(told.minutes * 60))),
        *("--request-timeout", "60", "--continue-on-failure"),
        *(() if known else ("--exclude-checks", "ignored_auth")),
        *told.further,
    ]
    environ = {
        "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
        "LIMNER_KEY": keys.test if known else NOBODY,
        "LIMNER_ADMIN_KEY": keys.admin if known else NOBODY,
        "LIMNER_NOBODY": "0" if known else "1",
        "LIMNER_OWN_IDS": ",".join(keys.own),
    }
    return subprocess.run(command, env=os.environ | environ, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
