"""An older version of limner, from git or from a wheel, run in this environment."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.faults.load import MODEL
from tests.servers import variables

from limner.settings import Settings

ROOT = Path(__file__).parents[2]
NEEDED = (
    "there is no release to compare with yet: name the version before this one, as in "
    "`make experiment E=E13 OLD=<git ref or path of a wheel>`"
)
CREDITS = "10000000"


@dataclass(frozen=True, slots=True)
class Release:
    """The version before, as a folder that Python finds before the code of today."""

    name: str
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self.folder), "STANDIN_KEY": "sk-standin"}

    async def limner(self, settings: Settings, *words: str) -> str:
        """What a command of it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "limner", *words),
            env=os.environ | variables(settings) | self.environ,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, f"limner {words[:2]} of {self.name} failed: {said!r}"
        return said.decode()

    async def furnish(self, settings: Settings, upstream: str) -> str:
        """A key with credits, on data that it made itself and that know an upstream."""
        told = ("--kind", "openai", "--base-url", upstream, "--api-key-env", "STANDIN_KEY")
        serves = ("--serves", f"{MODEL}={MODEL}")
        await self.limner(settings, "provider", "add", "host", *told, *serves)
        await self.limner(settings, "credits", "add", CREDITS)
        return (await self.limner(settings, "key", "create", "old")).splitlines()[0]


def before(folder: Path) -> Release | None:
    """The version OLD names, or the newest tag; None where there is neither."""
    name = os.environ.get("OLD") or newest_tag()
    return unpacked(name, folder) if name else None


def newest_tag() -> str:
    tags = git("tag", "--list", "v*", "--sort=-version:refname").decode().split()
    return tags[0] if tags else ""


def unpacked(name: str, folder: Path) -> Release:
    folder.mkdir(parents=True)
    if name.endswith(".whl"):
        zipfile.ZipFile(name).extractall(folder)
        return Release(name, folder)
    with tarfile.open(fileobj=io.BytesIO(git("archive", name, "src"))) as sources:
        sources.extractall(folder, filter="data")
    return Release(name, folder / "src")


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True).stdout
