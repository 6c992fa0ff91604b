"""Versions of prices: named after what is in them, written down once, never changed."""

import pytest
from msgspec.structs import replace

from limner.catalog.load import load
from limner.db.base import Database, Statement, Write
from limner.errors import NotFound
from limner.generation.price_versions import PriceVersions, version_of
from limner.generation.tariff import Tariff

GPT = load().models["gpt-image-2"]
DEARER = replace(GPT, price=replace(GPT.price, image_out="31"))


def test_the_same_terms_have_the_same_name_and_no_others_have_it() -> None:
    names = {
        version_of(model, tariff).name
        for model in (GPT, DEARER)
        for tariff in (Tariff(), Tariff(100, 20), Tariff(50))
    }
    assert len(names) == 6
    assert version_of(GPT, Tariff()) == version_of(GPT, Tariff(100, 0))


async def test_a_version_is_read_back_as_it_was_whatever_the_catalog_says_now(
    database: Database,
) -> None:
    version = version_of(GPT, Tariff(100, 20))
    for _ in range(2):
        await PriceVersions(database).keep(version)  # each process writes it down
    read = await PriceVersions(database).version(version.name)
    assert read == version
    assert read.terms.tariff == Tariff(100, 20)
    assert len(await database.fetch("SELECT version FROM price")) == 1


async def test_a_version_nobody_wrote_down_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        await PriceVersions(database).version("0" * 12)


@pytest.mark.parametrize("move", ["UPDATE price SET content = ''", "DELETE FROM price"])
async def test_nothing_rewrites_a_version(database: Database, move: str) -> None:
    version = version_of(GPT, Tariff())
    await PriceVersions(database).keep(version)
    with pytest.raises(Exception, match="never changes"):  # each driver has its own
        await database.write(Write("rewrite", (Statement(move),)), {})
    assert await PriceVersions(database).version(version.name) == version
