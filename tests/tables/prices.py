"""What the models of a provider cost, as the catalog has it: a table for each way to price."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from tests.tables.markdown import table
from tests.tables.models import as_of, models_at, named

from limner.catalog.model import (
    EnumParam,
    Model,
    PerImage,
    PerMegapixel,
    Price,
    Rate,
    TokenPrice,
    usd,
)
from limner.catalog.rates import image_tokens, picture

MILLION = Decimal(1_000_000)


def price_tables(provider: str) -> str:
    """All prices of a provider, with the day they were read."""
    models = models_at(provider)
    told = []
    for kind, write in TABLES.items():
        if priced := [model for model in models if isinstance(model.price, kind)]:
            told.append(write(priced))
    return "\n\n".join([f"US dollars, as of {as_of(models)}.", *told])


def per_image(models: list[Model]) -> str:
    sings = any(model.modality == "music" for model in models)
    head = ["model", "a call" if sings else "a picture", "each source of an edit"]
    rows = [[named(model.slug), rates(model.price), sources(model)] for model in models]
    return table(head, rows)


def rates(price: Price) -> str:
    assert isinstance(price, PerImage)
    covers = f" for {price.covers}" if price.covers > 1 else ""
    return "; ".join(f"{rate.usd}{covers}{conditions(price, rate)}" for rate in price.rates)


def conditions(price: PerImage, rate: Rate) -> str:
    """When a rate counts; the last one of several counts for all else."""
    said = [word for word in (rate.quality, rate.size, rate.tier, rate.operation) if word]
    if rate.prompt_extend is not None:
        said.append(f"prompt_extend {'on' if rate.prompt_extend else 'off'}")
    if rate.max_pixels is not None:
        said.append(f"up to {rate.max_pixels:,} pixels")
    if not said and len(price.rates) > 1:
        said = ["else"]
    return f" ({', '.join(said)})" if said else ""


def sources(model: Model) -> str:
    assert isinstance(model.price, PerImage)
    if not model.capabilities.edit:
        return "no edits"
    return "free" if model.price.input_image_usd == "0" else model.price.input_image_usd


def per_megapixel(models: list[Model]) -> str:
    head = ["model", "first megapixel", "each further one", "each of input"]
    rows = [
        [named(model.slug), price.first_usd, price.extra_usd, price.input_usd]
        for model in models
        if isinstance(price := model.price, PerMegapixel)
    ]
    return table(head, rows)


def tokens(models: list[Model]) -> str:
    """By the million, and what the tokens of one picture come to."""
    head = ["a million tokens", "text in", "cached", "picture in", "cached", "picture out",
            "text out"]  # fmt: skip
    rows = [[named(model.slug), *buckets(model.price)] for model in models]
    pictures = [[named(model.slug), each_picture(model)] for model in models]
    by_tier = any(
        isinstance(model.price, TokenPrice) and model.price.tier_tokens for model in models
    )
    of = "by tier" if by_tier else "of 1024x1024"
    square = table([f"a picture {of}", "what its own tokens cost"], pictures)
    return f"{table(head, rows)}\n\n{square}"


def buckets(price: Price) -> list[str]:
    assert isinstance(price, TokenPrice)
    cached = [price.text_in_cached or price.text_in, price.image_in_cached or price.image_in]
    out = "not billed" if price.text_out == "0" else price.text_out
    return [price.text_in, cached[0], price.image_in, cached[1], price.image_out, out]


def each_picture(model: Model) -> str:
    """The price of a picture's tokens, by whatever it depends on."""
    price = model.price
    assert isinstance(price, TokenPrice)
    name = "image_size" if price.tier_tokens else "quality"
    param = model.params.get(name)
    values = param.values if isinstance(param, EnumParam) else ()
    size = {} if price.tier_tokens else {"size": "1024x1024"}
    said = []
    for value in values:
        count = image_tokens(model, price, picture(model, {**size, name: value}))
        if count is not None and value != "auto":
            said.append(f"{value} {usd(price.image_out) * count / MILLION:.4f}")
    return ", ".join(said)


TABLES: Mapping[type[Price], Callable[[list[Model]], str]] = {
    PerImage: per_image,
    PerMegapixel: per_megapixel,
    TokenPrice: tokens,
}
