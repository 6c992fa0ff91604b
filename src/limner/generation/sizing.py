"""Fitting `size`: taken, met by the nearest shape and reported, or refused with what is allowed."""

from limner.catalog import sizes
from limner.catalog.model import Model
from limner.errors import InvalidParams

LONGEST_ECHO = 40


def fitted_size(model: Model, value: object) -> tuple[str, str]:
    """The size to use, and the words for why if it is another than the one given.

    A model whose upstream knows ratios and tiers alone meets any size by the nearest of them.
    """
    if not isinstance(value, str):
        raise InvalidParams('size must be a string such as "1024x1024"', param="size")
    if sizes.takes(model, value):
        return value, ""
    pixels = sizes.parsed(value)
    shape = sizes.nearest_shape(model, pixels) if pixels else None
    if shape is None:
        said = repr(value[:LONGEST_ECHO])
        raise InvalidParams(f"size {said} is not one {size_choice(model)}", param="size")
    if shape.pixels == pixels:
        return value, ""
    why = f"{model.slug} draws in fixed shapes; the nearest is {shape.ratio} at {shape.tier}"
    return str(shape.pixels), why


def size_choice(model: Model) -> str:
    """Which sizes a model takes, in words."""
    assert model.sizes is not None
    words = f"that {model.slug} takes: {', '.join(model.sizes.listed)}"
    if model.sizes.rule:
        words += f", or {sizes.described(model.sizes.rule)}"
    return words
