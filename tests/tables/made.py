"""What stands in the made parts of every page."""

from collections.abc import Mapping
from pathlib import Path

from tests.pages import DOCS
from tests.tables.facts import difference_list
from tests.tables.models import model_table
from tests.tables.page import family_tables
from tests.tables.parts import pages_with_parts, parts
from tests.tables.prices import price_tables

FAMILIES = DOCS / "reference" / "parameters-by-family.md"
PROVIDERS = DOCS / "providers"


async def made() -> Mapping[Path, Mapping[str, str]]:
    """The texts by page and by the name of their part."""
    return {page: await texts_of(page) for page in pages_with_parts()}


async def texts_of(page: Path) -> Mapping[str, str]:
    if page == FAMILIES:
        return {"families": await family_tables(), "differences": difference_list()}
    writers = {"models": model_table, "prices": price_tables}
    return {name: writers[name](page.stem) for name in parts(page)}
