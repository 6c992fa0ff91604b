"""A picture in a frame of another size: the whole picture is kept, and its surroundings filled up.

A frame of the same shape, give or take two percent, is simply filled. Otherwise the picture stands
in the middle of what its own colours look like from far away, or of nothing where it has
transparent parts.
"""

from collections.abc import Sequence
from math import log
from typing import TypeAlias

from PIL import Image, ImageEnhance, ImageFilter

Size: TypeAlias = tuple[int, int]
Box: TypeAlias = tuple[int, int, int, int]

ALIKE = 0.02
FINEST = Image.Resampling.LANCZOS
BACKGROUND_PIXELS = 64
KEEP = 255
"""The alpha of a mask where the picture must stay as it is."""


def frame_for(own: Size, wanted: Size, sizes: Sequence[Size] | None, most: int) -> Size:
    """The size that is asked for, or of those to choose from the one whose shape is nearest."""
    if sizes is None:
        return wanted
    if sizes:
        shape = log(own[0] / own[1])
        area = own[0] * own[1]
        return min(
            sizes,
            key=lambda size: (abs(log(size[0] / size[1]) - shape), abs(size[0] * size[1] - area)),
        )
    shrink = min(1.0, most / max(own), (most * most / (own[0] * own[1])) ** 0.5)
    return max(1, round(own[0] * shrink)), max(1, round(own[1] * shrink))


def fitted(image: Image.Image, frame: Size) -> Image.Image:
    """The picture in the frame; one of the same size is returned as it is."""
    if image.size == frame:
        return image
    box = place_in(image.size, frame)
    small = image.resize((box[2] - box[0], box[3] - box[1]), FINEST)
    if small.size == frame:
        return small
    around = Image.new("RGBA", frame) if image.mode == "RGBA" else surroundings(image, frame)
    around.paste(small, (box[0], box[1]))
    return around


def fitted_mask(alpha: Image.Image, frame: Size) -> Image.Image:
    """A mask put into the frame as its picture was; the surroundings are nobody's to edit."""
    if alpha.size == frame:
        return alpha
    box = place_in(alpha.size, frame)
    whole = Image.new("L", frame, KEEP)
    whole.paste(alpha.resize((box[2] - box[0], box[3] - box[1]), FINEST), (box[0], box[1]))
    return whole


def place_in(size: Size, frame: Size) -> Box:
    """Where the whole picture is to stand."""
    across, down = frame[0] / size[0], frame[1] / size[1]
    if abs(across / down - 1) <= ALIKE:
        return 0, 0, frame[0], frame[1]
    scale = min(across, down)
    width, height = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    left, top = (frame[0] - width) // 2, (frame[1] - height) // 2
    return left, top, left + width, top + height


def covering(image: Image.Image, frame: Size) -> Image.Image:
    """The middle of a picture, as large as the frame."""
    scale = max(frame[0] / image.width, frame[1] / image.height)
    width, height = frame[0] / scale, frame[1] / scale
    left, top = (image.width - width) / 2, (image.height - height) / 2
    return image.resize(frame, FINEST, box=(left, top, left + width, top + height))


def surroundings(image: Image.Image, frame: Size) -> Image.Image:
    """The picture's colours without its forms, a little darker."""
    shrink = BACKGROUND_PIXELS / max(frame)
    small = max(1, round(frame[0] * shrink)), max(1, round(frame[1] * shrink))
    soft = covering(image, small).filter(ImageFilter.GaussianBlur(BACKGROUND_PIXELS / 16))
    return ImageEnhance.Brightness(soft.resize(frame, Image.Resampling.BICUBIC)).enhance(0.88)
