"""Filling a hole with what lies around it: colours flow in from all sides, forms do not."""

from PIL import Image, ImageFilter

HALF = 2


def mended(image: Image.Image, hole: Image.Image) -> Image.Image:
    """The picture with smooth colours where `hole` is white; in RGB, and everywhere opaque."""
    known = hole.point([255 - value for value in range(256)])
    if image.mode == "RGBA":
        known = Image.composite(image.getchannel("A"), known, known)
    levels = [image.convert("RGB")]
    levels[0].putalpha(known)
    while max(levels[-1].size) > 1:
        levels.append(levels[-1].reduce(HALF))
    filled = levels.pop().convert("RGB")
    for finer in reversed(levels):
        filled = filled.resize(finer.size, Image.Resampling.BICUBIC)
        filled.paste(finer.convert("RGB"), mask=whole(finer.getchannel("A")))
    soft = filled.filter(ImageFilter.GaussianBlur(min(image.size) * 0.006))
    return Image.composite(soft, filled, hole)


def whole(alpha: Image.Image) -> Image.Image:
    """A pixel of a coarser level counts fully once a quarter of it is known."""
    return alpha.point([min(255, value * 4) for value in range(256)])
