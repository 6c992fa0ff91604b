"""Mirrored, upside down, rotated: what happens to a picture before anything is painted on it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image

from limner.sketch.retouch.mending import mended
from limner.sketch.retouch.wishes import Change, Wish

QUARTERS: Mapping[int, Image.Transpose] = MappingProxyType(
    {
        90: Image.Transpose.ROTATE_270,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_90,
    }
)
"""Clockwise degrees; Pillow turns the other way."""


def turned(image: Image.Image, wish: Wish) -> Image.Image:
    for change in wish.changes:
        if turn := TURNS.get(change.name):
            image = turn(image, change)
    return image


def mirrored(image: Image.Image, _: Change) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def upset(image: Image.Image, _: Change) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def rotated(image: Image.Image, change: Change) -> Image.Image:
    """By quarters exactly; at other angles the corners are filled with the colours near them."""
    degrees = change.degrees % 360
    if degrees == 0:
        return image
    if degrees in QUARTERS:
        return image.transpose(QUARTERS[degrees])
    leaning = image.convert("RGBA").rotate(-degrees, resample=Image.Resampling.BICUBIC, expand=True)
    if image.mode == "RGBA":
        return leaning
    hole = leaning.getchannel("A").point([255 - value for value in range(256)])
    return mended(leaning, hole)


TURNS: Mapping[str, Callable[[Image.Image, Change], Image.Image]] = MappingProxyType(
    {"mirror": mirrored, "upset": upset, "rotate": rotated}
)
