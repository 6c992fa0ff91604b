"""The parts of a page that are made: they stand between two comments, which no reader sees."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.pages import DOCS

PART = re.compile(
    r"(<!-- made by `make tables`: (?P<name>[a-z ]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.S
)


def pages_with_parts() -> list[Path]:
    return [page for page in sorted(DOCS.rglob("*.md")) if parts(page)]


def parts(page: Path) -> dict[str, str]:
    """What stands in each part of a page now, by its name."""
    return {
        found["name"]: found["text"].strip() for found in PART.finditer(page.read_text("utf-8"))
    }


def put(page: Path, texts: Mapping[str, str]) -> None:
    """Replace each part of a page by a text."""

    def replaced(found: re.Match[str]) -> str:
        return f"{found[1]}\n{texts[found['name']]}\n\n{found[4]}"

    page.write_text(PART.sub(replaced, page.read_text("utf-8")), "utf-8")
