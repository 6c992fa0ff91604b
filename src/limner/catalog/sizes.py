"""Sizes, ratios and tiers: how `1792x1024`, `16:9` and `2K` relate."""

import math
import re
from typing import NamedTuple

from limner.catalog.model import Model, SizeRule

WRITTEN = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)
TIER_EDGE = {"512": 512, "0.5K": 512, "1K": 1024, "1.5K": 1536, "2K": 2048, "4K": 4096}
"""The square's edge in pixels for a tier; other ratios keep about the same area."""


class Pixels(NamedTuple):
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


def parsed(size: str) -> Pixels | None:
    """`1024x768` as pixels, None when it is not written that way."""
    match = WRITTEN.fullmatch(size)
    return Pixels(int(match[1]), int(match[2])) if match else None


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
    """About edge x edge pixels in the shape of a ratio such as `16:9`, sides rounded to a multiple."""
    across, _, down = ratio.partition(":")
    shape = float(across) / float(down)
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
