"""Sizes, ratios and tiers: how `1792x1024`, `16:9` and `2K` relate."""

import math
import re
from typing import NamedTuple

from limner.catalog.model import EnumParam, Model, SizeRule

WRITTEN = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)
RATIO = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?):([0-9]{1,4}(?:\.[0-9]{1,3})?)", re.ASCII)
TIER_EDGE = {"512": 512, "0.5K": 512, "1K": 1024, "1.5K": 1536, "2K": 2048, "4K": 4096}
"""The square's edge in pixels for a tier; other ratios keep about the same area."""

FARTHEST = 1.5
"""How many times wider or taller than the nearest ratio a size may be and still be met by it."""


class Pixels(NamedTuple):
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Shape(NamedTuple):
    """A ratio, a tier, and the pixels a model gives for them."""

    ratio: str
    tier: str
    pixels: Pixels


def parsed(size: str) -> Pixels | None:
    """`1024x768` as pixels, None when it is not written that way."""
    match = WRITTEN.fullmatch(size)
    return Pixels(int(match[1]), int(match[2])) if match else None


def ratio_of(written: str) -> float | None:
    """Width by height of a ratio such as `16:9`, None when it is not written that way."""
    match = RATIO.fullmatch(written)
    if not match or not float(match[1]) or not float(match[2]):
        return None
    return float(match[1]) / float(match[2])


def keeps(rule: SizeRule, size: Pixels) -> bool:
    """Whether a size keeps a model's rule."""
    short, long = sorted(size)
    return (
        size.width % rule.multiple_of == 0
        and size.height % rule.multiple_of == 0
        and rule.min_edge <= short
        and long <= rule.max_edge
        and rule.min_pixels <= size.width * size.height <= rule.max_pixels
        and long <= rule.max_ratio * short
    )


def takes(model: Model, size: str) -> bool:
    """Whether a model takes this `size` value."""
    if model.sizes is None:
        return False
    if size in model.sizes.listed or size == model.sizes.default:
        return True
    pixels = parsed(size)
    return pixels is not None and model.sizes.rule is not None and keeps(model.sizes.rule, pixels)


def described(rule: SizeRule) -> str:
    """A size rule in words, for people who sent another size."""
    return (
        f"any WIDTHxHEIGHT with sides that are multiples of {rule.multiple_of} "
        f"from {rule.min_edge} to {rule.max_edge}, {rule.min_pixels:,} to {rule.max_pixels:,} "
        f"pixels in all and a ratio up to {rule.max_ratio:g}:1"
    )


def pixels_of(
    model: Model, size: str | None, ratio: str | None = None, tier: str | None = None
) -> Pixels:
    """The pixels a request will give: from its size, else from its ratio and tier.

    `auto` and the absence of everything mean the model's default, at last 1024x1024.
    """
    exact = parsed(size) if size else None
    if exact:
        return exact
    sizes = model.sizes
    if sizes is None:
        return Pixels(1024, 1024)
    named = size if size in TIER_EDGE else None
    tier = tier or named or sizes.default_tier
    if ratio or tier or sizes.tiers:
        return shaped(model, ratio if ratio and ratio != "auto" else sizes.default_ratio, tier)
    return parsed(sizes.default) or Pixels(1024, 1024)


def shaped(model: Model, ratio: str, tier: str | None) -> Pixels:
    """A ratio at a tier: from the model's table, else a box of the tier's area."""
    tiers = model.sizes.tiers if model.sizes else {}
    named = tiers.get(tier or "1K", {}).get(ratio)
    exact = parsed(named) if named else None
    return exact or box(ratio, TIER_EDGE.get((tier or "1K").upper(), 1024))


def box(ratio: str, edge: int, multiple: int = 16) -> Pixels:
    """About edge x edge pixels in the shape of a ratio, each side rounded to a multiple."""
    shape = ratio_of(ratio) or 1.0
    width, height = edge * math.sqrt(shape), edge / math.sqrt(shape)
    return Pixels(
        max(multiple, round(width / multiple) * multiple),
        max(multiple, round(height / multiple) * multiple),
    )


def tier_of(model: Model, pixels: Pixels, asked: str | None = None) -> str | None:
    """The price tier of a picture: as asked, from the table, else by area."""
    if asked:
        return asked
    tiers = model.sizes.tiers if model.sizes else {}
    for tier, ratios in tiers.items():
        if str(pixels) in ratios.values():
            return tier
    area = pixels.width * pixels.height
    fitting = [tier for tier in tiers if area <= TIER_EDGE.get(tier.upper(), 1024) ** 2 * 1.1]
    return fitting[0] if fitting else (list(tiers)[-1] if tiers else None)


def spoken_ratios(model: Model) -> tuple[str, ...]:
    """The ratios of a model whose upstream knows `aspect_ratio` and no `size`; else none."""
    param = model.params.get("aspect_ratio")
    if not isinstance(param, EnumParam) or param.met != "native":
        return ()
    return tuple(value for value in param.values if ratio_of(value))


def nearest_ratio(ratios: tuple[str, ...], pixels: Pixels) -> str:
    """The ratio closest to a size's own: twice too wide is as far as twice too narrow."""
    return min(ratios, key=lambda written: distance(written, pixels))


def distance(ratio: str, pixels: Pixels) -> float:
    return abs(math.log((ratio_of(ratio) or 1.0) * pixels.height / pixels.width))


def nearest_shape(model: Model, pixels: Pixels) -> Shape | None:
    """What a model that speaks in ratios gives for a size it does not list; None if too far."""
    ratios = spoken_ratios(model)
    if not ratios:
        return None
    ratio = nearest_ratio(ratios, pixels)
    if distance(ratio, pixels) > math.log(FARTHEST):
        return None
    tier = nearest_tier(spoken_tiers(model), math.sqrt(pixels.width * pixels.height))
    return Shape(ratio, tier, shaped(model, ratio, tier))


def nearest_tier(tiers: tuple[str, ...], edge: float) -> str:
    """The tier whose square is closest to this edge, the larger of two that are equally far."""
    edges = {tier: TIER_EDGE.get(tier, 1024) for tier in tiers}
    return min(tiers, key=lambda tier: (abs(edges[tier] - edge), -edges[tier]))


def spoken_tiers(model: Model) -> tuple[str, ...]:
    """The tiers a request may name, or the one that is always given."""
    param = model.params.get("image_size")
    if isinstance(param, EnumParam):
        return param.values
    default = model.sizes.default_tier if model.sizes else None
    return (default or "1K",)


def shape_of(model: Model, pixels: Pixels) -> dict[str, str]:
    """A size as the `aspect_ratio` and `image_size` that its upstream is told instead, if any."""
    ratios = spoken_ratios(model)
    if not ratios:
        return {}
    told = {"aspect_ratio": nearest_ratio(ratios, pixels)}
    tier = tier_of(model, pixels)
    if tier and "image_size" in model.params:
        told["image_size"] = tier
    return told
