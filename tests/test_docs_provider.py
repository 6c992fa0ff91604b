"""The package of `docs/how-to/write-a-provider.md` works: put together, tested, drawn with."""

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from infery import APIError, Infery
from tests.cli.terminal import Terminal
from tests.contract.pictures import in_base64, seen
from tests.pages import DOCS, ROOT
from tests.servers import Server, a_key, serving
from tests.standins.pictures import drawn

from limner import money
from limner.settings import Settings

PAGE = DOCS / "how-to/write-a-provider.md"
FILE = re.compile(r"^```(?:py|toml)\n# (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MOST_LINES = 150
ADDRESS = "http://127.0.0.1:7000"


@dataclass(frozen=True, slots=True)
class Package:
    """The page's files in a folder, with the package as installing it would leave it."""

    folder: Path

    @property
    def path(self) -> str:
        return os.pathsep.join([str(self.folder), str(ROOT)])

    def installed(self) -> None:
        """What pip writes of an entry point."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text())["project"]
        info = self.folder / f"limner_plotter-{project['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        ((group, points),) = project["entry-points"].items()
        lines = [f"{name} = {value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("limner-plotter")
    (folder / "models").mkdir()
    for name, text in FILE.findall(PAGE.read_text("utf-8")):
        (folder / "models" / name if name == "plotter-1.toml" else folder / name).write_text(text)
    package = Package(folder)
    package.installed()
    return package


@pytest.fixture(scope="module")
def plotter(package: Package) -> Iterator[str]:
    """Where the page's stand-in listens."""
    with subprocess.Popen(
        [sys.executable, "standin.py"],
        cwd=package.folder,
        env=os.environ | {"PYTHONPATH": package.path},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(scope="module")
def environ(
    package: Package, plotter: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    config = package.folder / "limner.toml"
    config.write_text(
        config.read_text()
        .replace(ADDRESS, plotter)
        .replace('"models"', f'"{package.folder}/models"')
    )
    return {
        "PYTHONPATH": package.path,
        "LIMNER_CONFIG": str(config),
        "LIMNER_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "PLOTTER_API_KEY": "plot-1",
    }


@pytest.fixture(scope="module")
def server(environ: dict[str, str]) -> Iterator[Server]:
    settings = Settings(data_dir=Path(environ["LIMNER_DATA_DIR"]), log_level="error")
    with serving(settings, environ) as started:
        yield started


@pytest.fixture(scope="module")
def infery(server: Server) -> Iterator[Infery]:
    key = asyncio.run(a_key(server.settings, "live", money.credits(10)))
    with Infery(api_key=key, base_url=server.api) as client:
        yield client


def test_the_provider_is_small(package: Package) -> None:
    lines = (package.folder / "limner_plotter.py").read_text().splitlines()
    assert 50 < len(lines) < MOST_LINES


def test_its_own_tests_pass(package: Package) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_plotter.py"],
        cwd=package.folder,
        env=os.environ | {"PYTHONPATH": package.path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b1[0-9] passed", done.stdout), done.stdout


def test_it_is_checked_as_the_page_says(package: Package, environ: dict[str, str]) -> None:
    at = Terminal(package.folder, environ)
    (told,) = re.findall(r"^plotter  ok +(.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert told in at.done("provider", "test", "plotter").out
    (one,) = at.done("provider", "list", "--json").json
    assert (one["kind"], one["options"]) == ("plotter", {"tray": "b"})


def test_a_live_key_draws_with_it_and_pays(infery: Infery) -> None:
    answer = infery.images.generate(
        model="plotter-1",
        prompt="a fern",
        n=2,
        size="768x512",
        pen="blue",
        response_format="b64_json",
    )
    expected = {seen(drawn(768, 512, "png", number)).sha256 for number in (1, 2)}
    assert {in_base64(item).sha256 for item in answer.data} == expected
    assert [item["revised_prompt"] for item in answer.data] == ["As plotted"] * 2
    assert answer.credits_used == 0.4
    assert answer.raw["parameters"]["applied"]["pen"] == "blue"


def test_what_it_refuses_costs_nothing(infery: Infery) -> None:
    with pytest.raises(APIError) as caught:
        infery.images.generate(model="plotter-1", prompt="[[standin:400_policy]]")
    assert (caught.value.status, caught.value.code) == (400, "content_policy_violation")
    with pytest.raises(APIError) as caught:
        infery.images.generate(model="plotter-1", prompt="[[standin:no_data]]")
    assert (caught.value.status, caught.value.code) == (502, "provider_error")


def test_the_books_are_right_afterwards(
    server: Server, package: Package, environ: dict[str, str]
) -> None:
    assert server.process.poll() is None
    Terminal(package.folder, environ).done("audit")
