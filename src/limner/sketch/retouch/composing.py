"""Several given pictures in one: side by side in panels, or the others set small into the first."""

from collections.abc import Sequence
from math import ceil, log

from PIL import Image, ImageFilter

from limner.sketch.canvas import Canvas, faded
from limner.sketch.encoding import opaque
from limner.sketch.retouch.fitting import Size, covering, fitted

PAPER = (250, 249, 246)
SHADOW = (24, 20, 40)
INSET = 0.3
"""The height of an inset, as a share of the picture's shorter side."""


def panels(pictures: Sequence[Image.Image], frame: Size) -> Image.Image:
    """All of them, equally large, on paper."""
    across, down = grid_for(len(pictures), frame)
    gap = max(1, round(min(frame) * 0.012))
    board = Image.new("RGB", frame, PAPER)
    for index, picture in enumerate(pictures):
        column, row = index % across, index // across
        left, right = edges(column, across, frame[0], gap)
        top, low = edges(row, down, frame[1], gap)
        board.paste(covering(opaque(picture), (right - left, low - top)), (left, top))
    return board


def grid_for(count: int, frame: Size) -> tuple[int, int]:
    """Columns and rows: few empty panels, and none much wider or taller than a picture is."""

    def waste(across: int) -> float:
        down = ceil(count / across)
        shape = (frame[0] / across) / (frame[1] / down)
        return (across * down - count) / count + abs(log(shape))

    across = min(range(1, count + 1), key=waste)
    return across, ceil(count / across)


def edges(place: int, count: int, length: int, gap: int) -> tuple[int, int]:
    """Where a panel begins and ends."""
    room = (length - gap * (count + 1)) / count
    start = gap + place * (room + gap)
    return round(start), max(round(start) + 1, round(start + room))


def inset(image: Image.Image, others: Sequence[Image.Image]) -> Image.Image:
    """The others along the lower edge, each on a card that throws a shadow."""
    unit = min(image.size)
    gap = unit * 0.03
    high = min(unit * INSET, (image.width - gap) / len(others) * 0.9)
    canvas = Canvas.over(image.copy())
    left = image.width - gap
    for other in reversed(others):
        wide = min(high * 1.6, max(high * 0.6, high * other.width / other.height))
        wide = min(wide, (image.width - gap * (len(others) + 1)) / len(others))
        left -= wide
        card = carded(other, (max(1, round(wide)), max(1, round(high))), unit)
        pad = (card.width - max(1, round(wide))) // 2
        canvas.stamp(card, round(left) - pad, round(image.height - gap - high) - pad)
        left -= gap
    return canvas.image


def carded(picture: Image.Image, size: Size, unit: int) -> Image.Image:
    """A picture with a paper rim and a shadow around it."""
    rim, reach = max(1, round(unit * 0.006)), max(1, round(unit * 0.012))
    pad = rim + 2 * reach
    card = Image.new("L", (size[0] + 2 * pad, size[1] + 2 * pad))
    card.paste(255, (2 * reach, 2 * reach, card.width - 2 * reach, card.height - 2 * reach))
    whole = Image.new("RGBA", card.size, SHADOW)
    whole.putalpha(faded(card.filter(ImageFilter.GaussianBlur(reach)), 0.45))
    whole.paste((*PAPER, 255), mask=card)
    whole.paste(covering(opaque(picture), size), (pad, pad))
    return whole


def set_inside(image: Image.Image, region: Image.Image, other: Image.Image) -> Image.Image:
    """A second picture takes the place of what a mask gives free."""
    box = region.getbbox()
    if box is None:
        return image
    canvas = Canvas.over(image.copy())
    part = fitted_inside(other, (box[2] - box[0], box[3] - box[1]))
    left = box[0] + (box[2] - box[0] - part.width) // 2
    top = box[1] + (box[3] - box[1] - part.height) // 2
    canvas.stamp(part, left, top)
    return canvas.image


def fitted_inside(other: Image.Image, size: Size) -> Image.Image:
    """A cut-out is fitted in whole, a picture without transparent parts covers everything."""
    if other.mode == "RGBA":
        box = other.getchannel("A").getbbox() or (0, 0, *other.size)
        cut = other.crop(box)
        scale = min(size[0] / cut.width, size[1] / cut.height)
        return cut.resize((max(1, round(cut.width * scale)), max(1, round(cut.height * scale))))
    return covering(other, size).convert("RGBA")


def before(scene: Image.Image, image: Image.Image) -> Image.Image:
    """A picture as a card before a scene, where it cannot be cut out of its background."""
    size = (round(scene.width * 0.68), round(scene.height * 0.68))
    canvas = Canvas.over(scene.copy())
    card = carded(fitted(opaque(image), size), size, min(scene.size))
    canvas.stamp(card, (scene.width - card.width) // 2, (scene.height - card.height) // 2)
    return canvas.image
