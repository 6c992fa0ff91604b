"""Every object is drawn in a square that reaches from -1 to 1, with y pointing down."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw

from limner.sketch.colours import Colour, Fill, Gradient, at
from limner.sketch.curves import Point, mirrored, smooth

Box: TypeAlias = tuple[float, float, float, float]
Lamp: TypeAlias = tuple[float, float, float, Colour]


class Pen:
    """Draws on a transparent square of `side` pixels; `lamps` are the places that shine."""

    def __init__(self, side: int, *, lit: bool = False) -> None:
        self.image = Image.new("RGBA", (side, side))
        self.lit = lit
        self.lamps: list[Lamp] = []
        self._draw = ImageDraw.Draw(self.image)
        self._half = side / 2

    def poly(self, points: Sequence[Point], fill: Fill) -> None:
        pixels = [self._pixel(point) for point in points]
        across, down = zip(*pixels, strict=True)
        box = (min(across), min(down), max(across), max(down))
        self._paint(box, fill, lambda draw, ink: draw.polygon(pixels, fill=ink))

    def blob(self, points: Sequence[Point], fill: Fill) -> None:
        """A soft closed outline through the points."""
        self.poly(smooth(points, closed=True), fill)

    def both(self, half: Sequence[Point], fill: Fill) -> None:
        """A soft outline given by its right half, from top to bottom."""
        self.blob(mirrored(half), fill)

    def facets(self, half: Sequence[Point], fill: Fill) -> None:
        """A hard outline given by its right half, from top to bottom."""
        self.poly(mirrored(half), fill)

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Fill) -> None:
        box = self._pixels(x - rx, y - ry, x + rx, y + ry)
        self._paint(box, fill, lambda draw, ink: draw.ellipse(box, fill=ink))

    def disc(self, x: float, y: float, radius: float, fill: Fill) -> None:
        self.oval(x, y, radius, radius, fill)

    def box(
        self, left: float, top: float, right: float, bottom: float, fill: Fill, radius: float = 0.0
    ) -> None:
        box = self._pixels(left, top, right, bottom)
        round_by = radius * self._half
        self._paint(box, fill, lambda draw, ink: draw.rounded_rectangle(box, round_by, fill=ink))

    def wedge(
        self, x: float, y: float, radius: float, start: float, end: float, fill: Fill
    ) -> None:
        """A slice of a disc; degrees go clockwise from the right."""
        box = self._pixels(x - radius, y - radius, x + radius, y + radius)
        self._paint(box, fill, lambda draw, ink: draw.pieslice(box, start, end, fill=ink))

    def hoop(self, x: float, y: float, radius: float, width: float, fill: Colour) -> None:
        box = self._pixels(x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse(box, outline=fill, width=max(1, round(width * self._half)))

    def line(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """Straight strokes with round ends and round joints."""
        pixels = [self._pixel(point) for point in points]
        thick = max(1.0, width * self._half)
        reach = thick / 2
        # Joints of Pillow's own leave hair-thin cracks in thick lines.
        for start, end in pairwise(pixels):
            self._draw.line((start, end), fill=fill, width=round(thick))
        for x, y in pixels if thick > 2 else ():
            self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=fill)

    def stroke(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """A bent stroke through the points, with round ends."""
        self.line(smooth(points, closed=False), width, fill)

    def lamp(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Light that spills over the surroundings once the object stands in the picture."""
        self.lamps.append((x, y, radius, colour))

    @contextmanager
    def within(self, outline: Sequence[Point]) -> Iterator["Pen"]:
        """A pen whose strokes are cut off at the outline."""
        inner = Pen(self.image.width, lit=self.lit)
        yield inner
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon([self._pixel(point) for point in outline], fill=255)
        mask = ImageChops.multiply(mask, inner.image.getchannel("A"))
        self.image.paste(inner.image, mask=mask)

    def _pixel(self, point: Point) -> Point:
        return (point[0] + 1) * self._half, (point[1] + 1) * self._half

    def _pixels(self, left: float, top: float, right: float, bottom: float) -> Box:
        x0, y0 = self._pixel((left, top))
        x1, y1 = self._pixel((right, bottom))
        return x0, y0, max(x0, x1), max(y0, y1)

    def _paint(
        self, box: Box, fill: Fill, mark: Callable[[ImageDraw.ImageDraw, Colour | int], None]
    ) -> None:
        if not isinstance(fill, Gradient):
            mark(self._draw, fill)
            return
        mask = Image.new("L", self.image.size)
        mark(ImageDraw.Draw(mask), 255)
        whole = (int(box[0]), int(box[1]), int(box[2]) + 1, int(box[3]) + 1)
        size = (whole[2] - whole[0], whole[3] - whole[1])
        self.image.paste(upright(fill.stops, size), whole, mask.crop(whole))


def upright(stops: Sequence[Colour], size: tuple[int, int]) -> Image.Image:
    """Colours that change from top to bottom of a rectangle."""
    rows = Image.new("RGB", (1, min(size[1], 512)))
    rows.putdata([at(stops, row / max(1, rows.height - 1)) for row in range(rows.height)])
    return rows.resize(size, Image.Resampling.BILINEAR)
