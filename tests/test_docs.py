"""The documents tell the truth: their examples run, their tables are the code's, their links lead
somewhere.

Blocks fenced as `sh` or `python` are run, page by page, against a server of their own; the address
`http://127.0.0.1:8000` is replaced by that server's. A number behind the word is the HTTP status
the block has to end with. Blocks that cannot run here are fenced as `text` or `console`.
"""

import asyncio
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from tests.servers import Server, a_key, administer, serving
from typer.core import TyperGroup

from limner import errors
from limner.api.routing import OPERATIONS
from limner.app import Limner
from limner.catalog.load import load
from limner.cli.main import COMMANDS
from limner.errors import LimnerError
from limner.providers.http_clients import open_client
from limner.providers.triggers import MARKER, TRIGGERS
from limner.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
ADDRESS = "http://127.0.0.1:8000"
LEAST_EXAMPLES = 25
READERS = 4

EXAMPLE = re.compile(r"^```(sh|python)(?: (\d{3}))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SLUG = re.compile(
    r"(?<![\w./-])((?:dall-e|gpt-image|chatgpt-image|imagen|gemini|grok|qwen-image|wan\d|z-image|flux"
    r"|suno|sketch)-[a-z0-9][a-z0-9.-]*)"
)
NAMED_MODEL = re.compile(r"""(?:"model": "|model="|limner .* (?:-m|--model) )([A-Za-z0-9._-]+)""")

CURL = """
import argparse, sys, urllib.error, urllib.request
parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("-H", action="append", default=[])
for option in ("-d", "-o", "-D"):
    parser.add_argument(option)
asked = parser.parse_args()
headers = dict(line.split(": ", 1) for line in asked.H)
body = asked.d.encode() if asked.d else None
request = urllib.request.Request(asked.url, body, headers)
try:
    reply, status = urllib.request.urlopen(request), 0
except urllib.error.HTTPError as error:
    reply, status = error, 22
    print(f"curl: (22) The requested URL returned error: {error.code}", file=sys.stderr)
if asked.D == "-":
    print(reply.headers)
out = open(asked.o, "wb") if asked.o else sys.stdout.buffer
out.write(reply.read())
sys.exit(status)
"""
"""What stands in for `curl` where it is not installed: just enough for these pages."""


@dataclass(frozen=True, slots=True)
class Example:
    page: Path
    line: int
    language: str
    status: str | None
    """The HTTP status it ends with, where that is no success."""
    text: str


def examples() -> list[Example]:
    return [
        Example(page, text.count("\n", 0, found.start()) + 1, *found.groups())
        for page in PAGES
        for text in [page.read_text("utf-8")]
        for found in EXAMPLE.finditer(text)
    ]


EXAMPLES = examples()
CATALOG = load()
RUNNABLE = sorted({one.page for one in EXAMPLES})


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("docs") / "data", test_pace=0)
    with serving(settings) as started:
        yield started


@pytest.fixture(scope="module")
def environ(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a reader has set up when he comes to an example."""
    home = tmp_path_factory.mktemp("home")
    (home / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    if shutil.which("curl") is None:
        (home / "curl").write_text(f"#!{sys.executable}\n{CURL}")
        (home / "curl").chmod(0o755)
    return os.environ | {
        "PATH": os.pathsep.join([str(home), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "CURL_HOME": str(home),
        "LIMNER_URL": server.url,
        "LIMNER_DATA_DIR": str(server.settings.data_dir),
        "INFERY_API_KEY": asyncio.run(a_key(server.settings)),
        "LIMNER_ADMIN_KEY": asyncio.run(administer(server.settings, admin_key)),
        "OPENAI_API_KEY": "sk-never-sent-anywhere",
    }


async def admin_key(limner: Limner) -> str:
    return (await limner.services.accounts.create_key(None, "admin", "documents"))[1]


@pytest.fixture(scope="module")
def played(
    server: Server, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Path, Future[None]]]:
    """All pages, read at once: most of an example's time is waiting."""
    with ThreadPoolExecutor(READERS) as pool:
        yield {
            page: pool.submit(play, page, server.url, environ, tmp_path_factory.mktemp("page"))
            for page in RUNNABLE
        }


def play(page: Path, url: str, environ: dict[str, str], folder: Path) -> None:
    """Do what a page says, from top to bottom, in a folder of its own."""
    for example in (one for one in EXAMPLES if one.page == page):
        text = example.text.replace(ADDRESS, url)
        command = ["sh", "-eu", "-c"] if example.language == "sh" else [sys.executable, "-c"]
        done = subprocess.run(
            [*command, text], cwd=folder, env=environ, capture_output=True, text=True, timeout=60
        )
        told = f"{name_of(page)}:{example.line}\n{text}\n{done.stdout}\n{done.stderr}"
        if example.status is None:
            assert done.returncode == 0, told
        else:
            assert done.returncode == 22, told  # what curl ends with for a refusal
            assert f"error: {example.status}" in done.stderr, told


@pytest.mark.parametrize("page", RUNNABLE, ids=name_of)
def test_the_examples_of_a_page_run_as_they_stand(
    page: Path, played: dict[Path, Future[None]]
) -> None:
    played[page].result()


def test_most_of_what_can_be_run_is_run() -> None:
    assert len(EXAMPLES) >= LEAST_EXAMPLES
    assert ROOT / "README.md" in RUNNABLE
    assert DOCS / "quickstart.md" in RUNNABLE


def test_the_two_commands_are_on_the_front_page() -> None:
    code = "".join(FENCED.findall((ROOT / "README.md").read_text("utf-8")))
    assert re.search(r"^make demo\b", code, re.MULTILINE)
    assert re.search(r"^make test\b", code, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} links to {link}"
        assert target.is_relative_to(ROOT), f"{name_of(page)} links out of the project: {link}"
        assert not heading or heading in anchors(target), f"{name_of(page)}: no heading for {link}"


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub makes links of them."""
    headings = HEADING.findall(FENCED.sub("", page.read_text("utf-8")))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


def test_every_page_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8"))]
        found = {(page.parent / link).resolve() for link in links if link.endswith(".md")}
        waiting += found - seen
    assert set(PAGES) - seen == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_model_that_is_named_is_in_the_catalog(page: Path) -> None:
    text = page.read_text("utf-8")
    named = {word.rstrip(".-").removesuffix(".toml") for word in SLUG.findall(text)}
    named |= set(NAMED_MODEL.findall(text)) - OWN_MODELS
    assert {slug for slug in named if CATALOG.get(slug) is None} == set()


OWN_MODELS = {"house-style"}
"""Models that an example adds to the catalog."""


def test_the_front_page_counts_the_models_rightly() -> None:
    models = CATALOG.models.values()
    drawing = [one for one in models if one.modality == "image" and one.capabilities.generate]
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert f"{len(models)} models; the {len(drawing)} that draw from text" in text


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_nowhere_else_the_catalog_has_another_number_of_models(page: Path) -> None:
    counted = re.findall(r"\b(\d\d+) models\b", page.read_text("utf-8"))
    assert {int(count) for count in counted} <= {len(CATALOG.models)}


def test_every_setting_is_in_the_reference_with_its_variable_and_default() -> None:
    rows = {cells[0]: cells[1:3] for cells in table(DOCS / "reference/settings.md")}
    default = Settings()
    for name in Settings.__struct_fields__:
        in_file_only = name in ("providers", "aliases")
        variable = "file only" if in_file_only else f"`LIMNER_{name.upper()}`"
        assert rows.pop(f"`{name}`") == [variable, written(getattr(default, name))]
    assert rows == {}


def written(value: object) -> str:
    if value in ("", (), {}):
        return "empty"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def table(page: Path) -> list[list[str]]:
    """The cells of every table row of a page, without headings."""
    rows = [line for line in page.read_text("utf-8").splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return [row for row in cells if row[0].startswith("`")]


def test_every_error_code_is_in_the_reference_with_its_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    known = {
        (f"`{kind.code}`", str(kind.status))
        for kind in kinds
        if issubclass(kind, LimnerError) and kind is not LimnerError
    }
    documented = {(row[0], row[1]) for row in table(DOCS / "reference/errors.md")}
    assert documented == known


def triggers() -> list[list[str]]:
    rows = table(DOCS / "how-to/test-mode.md")
    return [row for row in rows if "[[limner:" in row[0]]


def test_every_trigger_is_documented() -> None:
    shown = MARKER.findall((DOCS / "how-to/test-mode.md").read_text("utf-8"))
    for pattern in TRIGGERS:
        assert any(pattern.fullmatch(one) for one in shown), pattern.pattern
    for row in triggers():
        (word,) = MARKER.findall(row[0])
        assert any(pattern.fullmatch(word) for pattern in TRIGGERS), word


async def test_the_triggers_do_what_their_table_says(
    server: Server, environ: dict[str, str]
) -> None:
    client = open_client()
    headers = {"authorization": f"Bearer {environ['INFERY_API_KEY']}"}

    async def played(words: str) -> tuple[str, str]:
        body = {"model": "sketch-1", "prompt": f"a cup {words}", "n": 4, "size": "256x256"}
        reply = await client.post(
            f"{server.api}/images/generations",
            headers=headers,
            body=json.dumps(body).encode(),
            timeout_s=30,
        )
        return str(reply.status), json.loads(reply.body).get("error", {}).get("code", "")

    try:
        rows = triggers()
        answers = await asyncio.gather(*(played(row[0].strip("`")) for row in rows))
    finally:
        await client.aclose()
    assert rows
    assert answers == [(row[1], row[2].strip("`")) for row in rows]


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command of the command line and the long names of its options."""
    for word, (module, _) in COMMANDS.items():
        app: typer.Typer = importlib.import_module(f"limner.cli.{module}").app
        command = typer.main.get_command(app)
        inner = command.commands if isinstance(command, TyperGroup) else {"": command}
        for name, one in inner.items():
            options = [option for param in one.params for option in param.opts]
            yield f"limner {word} {name}".strip(), [one for one in options if one[:2] == "--"]


def test_every_command_and_option_is_in_the_reference() -> None:
    text = (DOCS / "reference/cli.md").read_text("utf-8")
    sections = dict(re.findall(r"^### `(limner[a-z ]*)`\n(.*?)(?=^##|\Z)", text, re.S | re.M))
    for path, options in commands():
        assert path in sections
        assert [option for option in options if f"`{option}" not in sections[path]] == [], path
    assert set(sections) == {path for path, _ in commands()}


def test_every_route_is_in_the_reference() -> None:
    text = (DOCS / "reference/api.md").read_text("utf-8")
    for one in OPERATIONS:
        assert f"`{one.method} {one.path}`" in text


def test_every_header_of_ours_is_in_the_reference() -> None:
    text = (DOCS / "reference/api.md").read_text("utf-8")
    sources = "".join(one.read_text("utf-8") for one in (ROOT / "src/limner/api").rglob("*.py"))
    for header in set(re.findall(r"""b?["'](x-[a-z-]+)["']""", sources)):
        assert f"`{header}" in text, header


def test_every_event_of_the_log_is_explained() -> None:
    text = (DOCS / "how-to/run-it.md").read_text("utf-8")
    sources = "".join(one.read_text("utf-8") for one in (ROOT / "src/limner").rglob("*.py"))
    events = set(re.findall(r"""\blog\.[a-z]+\(\s*"([a-z_]+)\"""", sources))
    assert events
    assert {event for event in events if f"`{event}`" not in text} == set()


def decisions() -> list[Path]:
    return sorted((DOCS / "decisions").glob("0*.md"))


@pytest.mark.parametrize("page", decisions(), ids=name_of)
def test_a_decision_tells_what_was_chosen_why_and_what_else_there_was(page: Path) -> None:
    headings = HEADING.findall(page.read_text("utf-8"))
    assert headings[0].startswith(page.name[:4])
    assert headings[1:] == ["Context", "Choice", "Consequences", "Alternatives"]
