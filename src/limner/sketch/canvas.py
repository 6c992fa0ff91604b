"""The canvas has the picture's own pixels; only masks and objects are drawn larger and reduced."""

import math
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from limner.sketch.colours import Colour, Fill, Gradient
from limner.sketch.curves import Point
from limner.sketch.pen import upright

FINE_PIXELS = 2_400_000


class Canvas:
    """Coordinates are pixels of the finished picture; `unit` is its shorter side."""

    def __init__(self, width: int, height: int, *, transparent: bool = False) -> None:
        self.width, self.height, self.transparent = width, height, transparent
        self.image = Image.new("RGBA" if transparent else "RGB", (width, height))
        self.unit = min(width, height)
        # Masks of a large picture are smoothed less, which nobody sees and memory feels.
        self.smooth = 3 if width * height <= FINE_PIXELS else 2

    @classmethod
    def over(cls, image: Image.Image) -> "Canvas":
        """To paint over a finished picture, in RGB or RGBA; the picture itself changes."""
        canvas = cls(1, 1, transparent=image.mode == "RGBA")
        canvas.width, canvas.height, canvas.image = image.width, image.height, image
        canvas.unit = min(image.size)
        canvas.smooth = 3 if image.width * image.height <= FINE_PIXELS else 2
        return canvas

    def wash(self, stops: Sequence[Colour], top: float = 0.0, bottom: float | None = None) -> None:
        """Fill the whole width between two heights with colours from top to bottom."""
        start, end = round(top), round(self.height if bottom is None else bottom)
        if end > start:
            self.image.paste(upright(stops, (self.width, end - start)), (0, start))

    def shape(
        self,
        outlines: Sequence[Sequence[Point]],
        fill: Fill,
        *,
        opacity: float = 1.0,
        blur: float = 0.0,
    ) -> None:
        """Filled outlines with smooth edges; a gradient spans all of them together."""
        points = [point for outline in outlines for point in outline]
        if not points:
            return
        full = _bounds(points, blur * 3 + 1)
        box = self._clip(full)
        if box is None:
            return
        mask = self._mask(outlines, box)
        if blur > 0:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        self._pour(fill, box, full, faded(mask, opacity))

    def oval(
        self, x: float, y: float, rx: float, ry: float, fill: Fill, *, opacity: float = 1.0
    ) -> None:
        corners = max(16, min(180, round(math.sqrt(max(rx, ry)) * 8)))
        angles = [math.tau * index / corners for index in range(corners)]
        outline = [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]
        self.shape([outline], fill, opacity=opacity)

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, strength: float, *, flat: float = 1
    ) -> None:
        """A soft light that fades to nothing at `radius`; `flat` squeezes it to a puddle."""
        width, height = max(2, round(radius * 2)), max(2, round(radius * 2 * flat))
        left, top = round(x - width / 2), round(y - height / 2)
        box = self._clip((left, top, left + width, top + height))
        if box is None:
            return
        window = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
        scale = (256 / width, 256 / height)
        part = tuple(edge * scale[index % 2] for index, edge in enumerate(window))
        size = (box[2] - box[0], box[3] - box[1])
        light = _falloff(strength).resize(
            size, Image.Resampling.BILINEAR, box=(part[0], part[1], part[2], part[3])
        )
        self.image.paste(colour, box, light)

    def veil(self, top: float, bottom: float, colour: Colour, first: float, last: float) -> None:
        """Mist over the whole width whose strength changes from `first` to `last`."""
        start, end = max(0, round(top)), min(self.height, round(bottom))
        if end <= start:
            return
        ends = ((round(first * 255),) * 3, (round(last * 255),) * 3)
        mask = upright(ends, (self.width, end - start)).getchannel("R")
        self.image.paste(colour, (0, start, self.width, end), mask)

    def stamp(self, sprite: Image.Image, left: int, top: int) -> None:
        """Lay a picture with transparent parts over the canvas."""
        box = self._clip((left, top, left + sprite.width, top + sprite.height))
        if box is None:
            return
        part = sprite.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
        if self.transparent:
            self.image.alpha_composite(part, (box[0], box[1]))
        else:
            self.image.paste(part, (box[0], box[1]), part)

    def _clip(self, box: tuple[float, float, float, float]) -> tuple[int, int, int, int] | None:
        left, top = max(0, math.floor(box[0])), max(0, math.floor(box[1]))
        right, bottom = min(self.width, math.ceil(box[2])), min(self.height, math.ceil(box[3]))
        return (left, top, right, bottom) if right > left and bottom > top else None

    def _mask(
        self, outlines: Sequence[Sequence[Point]], box: tuple[int, int, int, int]
    ) -> Image.Image:
        left, top, right, bottom = box
        times = self.smooth
        mask = Image.new("L", ((right - left) * times, (bottom - top) * times))
        draw = ImageDraw.Draw(mask)
        for outline in outlines:
            draw.polygon([((x - left) * times, (y - top) * times) for x, y in outline], fill=255)
        return mask.reduce(times)

    def _pour(
        self,
        fill: Fill,
        box: tuple[int, int, int, int],
        full: tuple[float, float, float, float],
        mask: Image.Image,
    ) -> None:
        if not isinstance(fill, Gradient):
            self.image.paste(fill, box, mask)
            return
        height = max(1, round(full[3] - full[1]))
        top = min(max(0, box[1] - round(full[1])), height - 1)
        rows = upright(fill.stops, (1, height)).crop((0, top, 1, top + box[3] - box[1]))
        self.image.paste(rows.resize(mask.size, Image.Resampling.NEAREST), box, mask)


def faded(mask: Image.Image, share: float) -> Image.Image:
    """The mask with every value multiplied by a share."""
    return mask if share >= 1 else mask.point([round(value * share) for value in range(256)])


def lit_by(image: Image.Image, colour: Colour) -> Image.Image:
    """The image as it looks under light of a colour."""
    return ImageChops.multiply(image, Image.new("RGB", image.size, colour))


def _falloff(strength: float) -> Image.Image:
    # The gradient is 255 in the corners and 180 where the circle touches the sides.
    table = [round(255 * strength * max(0.0, 1 - value / 180) ** 1.8) for value in range(256)]
    return Image.radial_gradient("L").point(table)


def _bounds(points: Sequence[Point], margin: float) -> tuple[float, float, float, float]:
    across, down = zip(*points, strict=True)
    return min(across) - margin, min(down) - margin, max(across) + margin, max(down) + margin
