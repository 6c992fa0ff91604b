"""The documents tell the truth: their tables are the code's, and their links lead somewhere."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from tests.pages import (
    DOCS,
    FENCED,
    PAGES,
    ROOT,
    anchors,
    headings,
    links,
    name_of,
    table,
    triggers,
)
from typer.core import TyperGroup

from limner import errors
from limner.api.routing import OPERATIONS
from limner.catalog.load import load
from limner.cli.main import COMMANDS
from limner.errors import LimnerError
from limner.providers.triggers import MARKER, TRIGGERS
from limner.settings import TABLES, Settings

CATALOG = load()
SLUG = re.compile(
    r"(?<![\w./-])((?:dall-e|gpt-image|chatgpt-image|imagen|gemini|grok|qwen-image|wan\d|z-image|flux"
    r"|suno|sketch)-[a-z0-9][a-z0-9.-]*)"
)
NAMED_MODEL = re.compile(r"""(?:"model": "|model="|limner .* (?:-m|--model) )([A-Za-z0-9._-]+)""")


def test_the_two_commands_are_on_the_front_page() -> None:
    code = "".join(FENCED.findall((ROOT / "README.md").read_text("utf-8")))
    assert re.search(r"^make demo\b", code, re.MULTILINE)
    assert re.search(r"^make test\b", code, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)} links to {link}"
        assert target.is_relative_to(ROOT), f"{name_of(page)} links out of the project: {link}"
        assert not heading or heading in anchors(target), f"{name_of(page)}: no heading for {link}"


def test_every_page_can_be_reached_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        paths = [link.partition("#")[0] for link in links(page)]
        found = {(page.parent / path).resolve() for path in paths if path.endswith(".md")}
        waiting += found - seen
    assert set(PAGES) - seen == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_model_that_is_named_is_in_the_catalog(page: Path) -> None:
    text = page.read_text("utf-8")
    named = {word.rstrip(".-").removesuffix(".toml") for word in SLUG.findall(text)}
    named |= set(NAMED_MODEL.findall(text)) - OWN_MODELS
    assert {slug for slug in named if CATALOG.get(slug) is None} == set()


OWN_MODELS = {"house-style", "plotter-1"}
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
        in_file_only = name in TABLES
        variable = "file only" if in_file_only else f"`LIMNER_{name.upper()}`"
        assert rows.pop(f"`{name}`") == [variable, written(getattr(default, name))]
    assert rows == {}


def written(value: object) -> str:
    if value in ("", (), {}):
        return "empty"
    if isinstance(value, bool):
        return f"`{value}`".lower()
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_every_error_code_is_in_the_reference_with_its_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    known = {
        (f"`{kind.code}`", str(kind.status))
        for kind in kinds
        if issubclass(kind, LimnerError) and kind is not LimnerError
    }
    documented = {(row[0], row[1]) for row in table(DOCS / "reference/errors.md")}
    assert documented == known


def test_every_trigger_is_documented() -> None:
    shown = MARKER.findall((DOCS / "how-to/test-mode.md").read_text("utf-8"))
    for pattern in TRIGGERS:
        assert any(pattern.fullmatch(one) for one in shown), pattern.pattern
    for words, _, _ in triggers():
        (word,) = MARKER.findall(words)
        assert any(pattern.fullmatch(word) for pattern in TRIGGERS), word


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
    title, *parts = headings(page)
    assert title.startswith(page.name[:4])
    assert parts == ["Context", "Choice", "Consequences", "Alternatives"]
