"""The tables of the pages are those that the code makes, and no model is missing from them."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.pages import name_of
from tests.tables.families import AZURE, OPENAI, OWN_MODEL, SECTIONS, Family, Section
from tests.tables.made import PROVIDERS, made
from tests.tables.models import models_at
from tests.tables.page import column
from tests.tables.parts import pages_with_parts, parts
from tests.tables.probing import PLACES, probing

from limner.catalog.load import load
from limner.catalog.model import PerMegapixel
from limner.providers.registry import KINDS

FAMILIES = [family for section in SECTIONS for family in section.families]


@pytest.fixture(scope="module")
def fresh() -> Mapping[Path, Mapping[str, str]]:
    return asyncio.run(made())


@pytest.mark.parametrize("page", pages_with_parts(), ids=name_of)
def test_what_a_page_shows_is_what_the_code_does(
    page: Path, fresh: Mapping[Path, Mapping[str, str]]
) -> None:
    assert parts(page) == fresh[page], "make tables"


def test_every_picture_model_that_can_be_called_is_in_one_family_of_its_kind() -> None:
    for kind in KINDS.keys() - {"azure", "compatible", "comfyui"}:
        named = [slug for family in FAMILIES if family.kind == kind for slug in family.models]
        there = {
            model.slug
            for model in load().models.values()
            if model.modality == "image"
            and PLACES.get(kind, kind) in {place.provider for place in model.deployments}
        }
        assert sorted(named) == sorted(there), kind


@pytest.mark.parametrize("family", OPENAI, ids=lambda family: family.name)
async def test_azure_is_told_what_openai_is(family: Family) -> None:
    async with probing() as prober:
        here = await column(prober, family)
        there = await column(prober, replace(family, kind="azure", options=AZURE))
    assert here == there


def test_servers_of_an_operators_own_are_asked_for_a_model_of_his() -> None:
    own = {family.kind for family in FAMILIES if family.models == (OWN_MODEL,)}
    assert own == {kind for kind, known in KINDS.items() if not known.needs_key}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_table_has_its_providers_page(section: Section) -> None:
    assert (PROVIDERS / f"{section.page}.md").is_file()


def test_the_prices_fal_s_page_tells_by_hand_are_those_of_the_catalog() -> None:
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| `[^`]+` \| ([0-9.]*) \| ([0-9.]*) \| ?([0-9.]*) ?\|$",
        (PROVIDERS / "fal.md").read_text("utf-8"),
        re.M,
    )
    told = {slug: [amount or "0" for amount in amounts] for slug, *amounts in rows}
    at_fal = {model.slug: model.price for model in models_at("fal")}
    by_area = {
        slug: [price.first_usd, price.extra_usd, price.input_usd]
        for slug, price in at_fal.items()
        if isinstance(price, PerMegapixel)
    }
    assert told == by_area
