"""What stands in front, where the background is so plain that it can be told apart by its colour.

A background is plain when the picture's rim is one colour, or fades slowly from one into another.
It reaches as far in as those colours do. Nothing is recognised: a white shirt before a white wall
is wall.
"""

from itertools import accumulate

from PIL import Image, ImageChops, ImageFilter

from limner.sketch.retouch.mending import mended

SMALL = 224
"""Pixels of the longer side in which the background is looked for."""
PLAIN_SHARE = 0.8
CLOSE, FAR = 14, 46
"""Differences in the strongest channel: up to the first it is background, from the second not."""
CLEAR_RIM = 16
SPREAD = 72
"""The most a channel may change along the rim, but for its outermost hundredths."""
OUTERMOST = 0.08


def subject_of(image: Image.Image) -> Image.Image | None:
    """White where something stands before the background; None where there is no plain one."""
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        if share_of(rim_of(alpha), alpha.point([255] * CLEAR_RIM + [0] * (256 - CLEAR_RIM))) > 0.6:
            return alpha
    small = image.convert("RGB")
    small.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
    rim = rim_of(small)
    if not is_even(small, rim):
        return None
    field = mended(small, ImageChops.invert(rim)).filter(ImageFilter.GaussianBlur(6))
    near = nearness(small, field)
    if share_of(rim, near) < PLAIN_SHARE:
        return None
    reached = reached_from(rim, near)
    if share_of(None, reached) > 0.985:
        return None  # nothing stands before it
    fine = nearness(image.convert("RGB"), field.resize(image.size, Image.Resampling.BICUBIC))
    wide = reached.filter(ImageFilter.MaxFilter(3)).resize(image.size, Image.Resampling.BILINEAR)
    return ImageChops.invert(ImageChops.multiply(fine, wide))


def is_even(image: Image.Image, rim: Image.Image) -> bool:
    """Whether the rim is about one colour; a wall above a floor is two."""
    for band in image.split():
        counts = band.histogram(rim)
        spare = sum(counts) * OUTERMOST
        low = next(value for value, so_far in enumerate(accumulate(counts)) if so_far > spare)
        from_above = accumulate(reversed(counts))
        high = 255 - next(value for value, so_far in enumerate(from_above) if so_far > spare)
        if high - low > SPREAD:
            return False
    return True


def rim_of(image: Image.Image) -> Image.Image:
    """White in a narrow frame along the edges of a picture of this size."""
    wide = max(1, min(image.size) // 32)
    rim = Image.new("L", image.size, 255)
    if min(image.size) > 2 * wide:
        rim.paste(0, (wide, wide, image.width - wide, image.height - wide))
    return rim


def nearness(image: Image.Image, field: Image.Image) -> Image.Image:
    """White where a picture has the field's colours."""
    red, green, blue = ImageChops.difference(image, field).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    span = FAR - CLOSE
    return most.point(
        [round(255 * min(1.0, max(0.0, (FAR - value) / span))) for value in range(256)]
    )


def reached_from(rim: Image.Image, near: Image.Image) -> Image.Image:
    """What of the near colours can be walked to from the rim."""
    open_ground = near.point([0] * 128 + [255] * 128)
    reached = ImageChops.darker(rim, open_ground)
    while True:
        farther = ImageChops.darker(reached.filter(ImageFilter.MaxFilter(5)), open_ground)
        if ImageChops.difference(farther, reached).getbbox() is None:
            return reached
        reached = farther


def share_of(where: Image.Image | None, what: Image.Image) -> float:
    """How white `what` is in the white part of `where`, or in all of it."""
    counts = what.histogram(where) if where is not None else what.histogram()
    total = sum(counts) or 1
    return sum(value * count for value, count in enumerate(counts)) / (255 * total)
