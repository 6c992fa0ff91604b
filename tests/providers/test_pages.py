"""The pages of providers: every model with its prices, as the catalog has them."""

import re
from pathlib import Path

import pytest

from limner.catalog.load import load
from limner.catalog.model import Model, PerImage

PAGES = Path(__file__).parents[2] / "docs" / "providers"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (active|deprecated|retired) \| (.+) \| (.+) \|$", re.M)
AMOUNT = re.compile(r"[0-9]+\.[0-9]+")


def models_at(provider: str) -> dict[str, Model]:
    return {
        model.slug: model
        for model in load().models.values()
        if provider in {place.provider for place in model.deployments}
    }


@pytest.mark.parametrize("provider", ["xai", "alibaba"])
def test_a_page_has_every_model_with_its_prices(provider: str) -> None:
    rows = {found[1]: found for found in ROW.finditer((PAGES / f"{provider}.md").read_text())}
    models = models_at(provider)
    assert rows.keys() == models.keys()
    for slug, model in models.items():
        assert isinstance(model.price, PerImage)
        assert rows[slug][2] == model.status, slug
        assert AMOUNT.findall(rows[slug][3]) == [rate.usd for rate in model.price.rates], slug
        source = model.price.input_image_usd
        assert AMOUNT.findall(rows[slug][4]) == ([] if source == "0" else [source]), slug
