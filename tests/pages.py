"""The documents as their tests see them: pages, examples, tables, links and headings."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]

EXAMPLE = re.compile(r"^```(sh|python)(?: (\d{3}))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


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


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def headings(page: Path) -> list[str]:
    return HEADING.findall(FENCED.sub("", page.read_text("utf-8")))


def links(page: Path) -> list[str]:
    return LINK.findall(FENCED.sub("", page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub makes links of them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in headings(page)
    }


def table(page: Path) -> list[list[str]]:
    """The cells of every table row of a page, without headings."""
    rows = [line for line in page.read_text("utf-8").splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return [row for row in cells if row[0].startswith("`")]


def triggers() -> list[list[str]]:
    """Of each trigger: what is in the prompt, the status and the code that follow."""
    rows = table(DOCS / "how-to/test-mode.md")
    return [[cell.strip("`") for cell in row[:3]] for row in rows if "[[limner:" in row[0]]
