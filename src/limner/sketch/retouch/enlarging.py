"""Larger by resampling (Lanczos) and mild sharpening: no model, and no new detail."""

from PIL import Image, ImageFilter

from limner.sketch.canvas import Canvas
from limner.sketch.drawing import Enlarging, Picture
from limner.sketch.encoding import encoded
from limner.sketch.mark import stamp_mark
from limner.sketch.retouch.opening import opened, refuse_large

MOST_PIXELS = 48 * 1024 * 1024
"""A picture of so many takes ten seconds of a processor and 600 MB."""
SHARPENING = 55
"""Percent; edges look soft after resampling, and this much makes no halo."""


def enlarge(asked: Enlarging) -> Picture:
    """Raises Unreadable for bytes that are no picture, and for one that would become too large."""
    source = opened(asked.picture)
    width = max(1, round(source.image.width * asked.scale))
    height = max(1, round(source.image.height * asked.scale))
    refuse_large(width, height, "the enlarged picture", MOST_PIXELS)
    image = source.image.resize((width, height), Image.Resampling.LANCZOS)
    if asked.scale > 1:
        image = sharpened(image, asked.scale)
    return encoded(marked(image, asked.mark), asked, profile=source.profile)


def sharpened(image: Image.Image, scale: float) -> Image.Image:
    """Where a picture is clear its colours mean nothing, so nothing near it is sharpened."""
    unsharp = ImageFilter.UnsharpMask(radius=scale * 0.6, percent=SHARPENING, threshold=2)
    if image.mode != "RGBA":
        return image.filter(unsharp)
    alpha = image.getchannel("A")
    solid = alpha.point([0] * 255 + [255]).filter(ImageFilter.MinFilter(5))
    plain = image.convert("RGB")
    colours = Image.composite(plain.filter(unsharp), plain, solid)
    colours.putalpha(alpha)
    return colours


def marked(image: Image.Image, mark: str | None) -> Image.Image:
    if mark is None:
        return image
    canvas = Canvas.over(image)
    stamp_mark(canvas, mark)
    return canvas.image
