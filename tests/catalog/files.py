"""Model files for tests: a packaged one with some lines changed, in a folder of an operator's."""

from pathlib import Path

import pytest

from limner.catalog.load import PACKAGED, load
from limner.errors import ConfigError

PLAIN = "openai/dall-e-3"
"""A file with a list of sizes and a price per picture."""


def copied(folder: Path, source: str, *changes: tuple[str, str], name: str | None = None) -> Path:
    """A packaged file with each first text replaced by the second, which must be there."""
    text = (PACKAGED / f"{source}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{source}.toml holds no {old!r}"
        text = text.replace(old, new, 1)
    path = folder / f"{name or Path(source).name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def report_of(folder: Path) -> list[str]:
    """The lines of the report about a folder of an operator's."""
    with pytest.raises(ConfigError) as refused:
        load([folder])
    return str(refused.value).splitlines()
