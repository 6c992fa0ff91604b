"""Which rate a picture meets, and how many tokens are set aside for it: lookups, no money.

A price depends on a few things a request says: quality, size or tier, `prompt_extend`, and whether
pictures go in. `Picture` holds just those, with the model's defaults filled in.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from limner.catalog.model import (
    EnumParam,
    Model,
    PerImage,
    PerMegapixel,
    Price,
    Rate,
    Scalar,
    TokenPrice,
)
from limner.catalog.sizes import Pixels, parsed, pixels_of, tier_of

SQUARE = Pixels(1024, 1024)


@dataclass(frozen=True, slots=True)
class Picture:
    """What the price of one picture depends on. `pixels` is the dearest where the model chooses."""

    pixels: Pixels
    size_is_open: bool
    quality: str | None
    tier: str | None
    prompt_extend: bool | None
    operation: str
    steps: int | None


def picture(
    model: Model,
    params: Mapping[str, Scalar],
    input_images: int = 0,
    coming: Pixels | None = None,
) -> Picture:
    """The priced side of a request; what it leaves open is the model's default.

    `coming` is the size of what comes where the pictures that go in decide about it.
    """
    size, tier = text(params, "size"), text(params, "image_size")
    pixels = pixels_of(model, size, text(params, "aspect_ratio"), tier)
    default = model.sizes.default if model.sizes else None
    is_open = (size or default) == "auto" and "aspect_ratio" not in params and tier is None
    if coming is not None:
        pixels, is_open = coming, False
    if is_open and by_area(model.price):
        pixels = max(listed_pixels(model), key=area)
    steps, extend = chosen(model, params, "steps"), chosen(model, params, "prompt_extend")
    return Picture(
        pixels=pixels,
        size_is_open=is_open,
        quality=text(params, "quality") or default_text(model, "quality"),
        tier=tier_of(model, pixels, tier),
        prompt_extend=extend if isinstance(extend, bool) else None,
        operation=text(params, "operation") or ("edit" if input_images else "generate"),
        steps=steps if isinstance(steps, int) else None,
    )


def by_area(price: Price) -> bool:
    """Whether more pixels can cost more, apart from tokens, which are counted size by size."""
    if isinstance(price, PerImage):
        return any(rate.max_pixels is not None for rate in price.rates)
    return isinstance(price, PerMegapixel)


def area(pixels: Pixels) -> int:
    return pixels.width * pixels.height


def text(params: Mapping[str, Scalar], name: str) -> str | None:
    value = params.get(name)
    return value if isinstance(value, str) else None


def chosen(model: Model, params: Mapping[str, Scalar], name: str) -> Scalar | None:
    """What a request says, else the model's default."""
    if name in params:
        return params[name]
    declared = model.params.get(name)
    return declared.default if declared else None


def default_text(model: Model, name: str) -> str | None:
    value = chosen(model, {}, name)
    return value if isinstance(value, str) else None


def rate_of(price: PerImage, drawn: Picture) -> Rate | None:
    """The first rate whose every named condition holds for the picture."""
    return next((rate for rate in price.rates if fits(rate, drawn)), None)


def fits(rate: Rate, drawn: Picture) -> bool:
    return (
        rate.quality in (None, drawn.quality)
        and rate.size in (None, str(drawn.pixels))
        and rate.tier in (None, drawn.tier)
        and rate.prompt_extend in (None, drawn.prompt_extend)
        and rate.operation in (None, drawn.operation)
        and (rate.max_pixels is None or area(drawn.pixels) <= rate.max_pixels)
    )


def image_tokens(model: Model, price: TokenPrice, drawn: Picture) -> int | None:
    """Image tokens to set aside for one picture; None where the price table has a hole."""
    quality = price.held_as if drawn.quality in (None, "auto") else drawn.quality
    if price.tier_tokens:
        return price.tier_tokens.get(drawn.tier or "")
    sizes = listed_pixels(model) if drawn.size_is_open else [drawn.pixels]
    tokens = [tokens_at(price, quality or "", size) for size in sizes]
    known = [count for count in tokens if count is not None]
    return max(known) if known and len(known) == len(tokens) else None


def tokens_at(price: TokenPrice, quality: str, size: Pixels) -> int | None:
    if price.factors:
        factor = price.factors.get(quality)
        if factor is None:
            return None
        return ceil(area_tokens(factor, size) * Fraction(price.scale.get(quality, "1")))
    by_size = price.table.get(quality, {})
    return by_size.get(str(size), by_size.get("*"))


def area_tokens(factor: int, size: Pixels) -> int:
    """Output tokens of GPT Image 2 and 2.5, from a quality factor and the size.

    Matches all 120 per-image prices of 2.5 in LiteLLM's price file (1.109.1) and the token counts
    measured in OpenAI's forum; OpenAI itself publishes no formula.
    """
    short, long = sorted(size)
    patches = (2 * factor * short + long) // (2 * long)
    return -(-factor * patches * (2_000_000 + short * long) // 4_000_000)


def listed_pixels(model: Model) -> list[Pixels]:
    """The sizes a model may choose from when a request leaves the size to it."""
    named = [parsed(size) for size in model.sizes.listed] if model.sizes else []
    return [size for size in named if size] or [SQUARE]


def combinations(model: Model) -> Iterator[dict[str, Scalar]]:
    """Every mix of values the price can depend on, as a request would name them."""
    axes = dimensions(model)
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def dimensions(model: Model) -> dict[str, tuple[Scalar, ...]]:
    """What the price of a model depends on, with the values each may take."""
    price, axes = model.price, dict[str, tuple[Scalar, ...]]()
    conditions = price.rates if isinstance(price, PerImage) else ()
    by_quality = isinstance(price, TokenPrice) and bool(price.factors or price.table)
    quality = model.params.get("quality")
    if isinstance(quality, EnumParam) and (by_quality or any(rate.quality for rate in conditions)):
        axes["quality"] = quality.values
    axes |= size_dimension(model)
    if any(rate.prompt_extend is not None for rate in conditions):
        axes["prompt_extend"] = (True, False)
    operation = model.params.get("operation")
    if isinstance(operation, EnumParam) and any(rate.operation for rate in conditions):
        axes["operation"] = operation.values
    return axes


def size_dimension(model: Model) -> dict[str, tuple[Scalar, ...]]:
    """`size` or `image_size`, whichever the price goes by; nothing where one price fits all."""
    price, sizes = model.price, model.sizes
    if sizes is None:
        return {}
    if isinstance(price, PerImage):
        by_tier = any(rate.tier for rate in price.rates)
        by_size = any(rate.size or rate.max_pixels for rate in price.rates)
    else:
        by_tier = isinstance(price, TokenPrice) and bool(price.tier_tokens)
        by_size = isinstance(price, PerMegapixel) or not by_tier
    tiers = model.params.get("image_size")
    if by_tier and isinstance(tiers, EnumParam):
        return {"image_size": tiers.values}
    return {"size": sizes.listed} if sizes.listed and (by_size or by_tier) else {}
