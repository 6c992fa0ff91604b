"""A sprite is one object in finished pixels: shaded, lit from the upper left, with its lamps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageChops, ImageFilter

from limner.sketch.canvas import faded, lit_by
from limner.sketch.colours import WHITE, Colour, Tones
from limner.sketch.pen import Lamp, Pen

Draw: TypeAlias = Callable[[Pen, Tones], None]
SHADE: Colour = (26, 18, 66)


@dataclass(frozen=True, slots=True)
class Sprite:
    image: Image.Image
    lamps: tuple[Lamp, ...]


@dataclass(frozen=True, slots=True)
class Lighting:
    """How the scene lights its objects: a tint, and whether lamps are on."""

    tint: Colour = WHITE
    lit: bool = False
    rim: Colour = WHITE
    shaped: bool = True
    """Whether a cut-out is shaded as if it were round."""


def sprite(
    draw: Draw, tones: Tones, side: int, lighting: Lighting, *, mirrored: bool = False
) -> Sprite:
    # The larger the picture, the less smoothing is seen, and the more memory it takes.
    times = 3.0 if side <= 900 else 2.0 if side <= 1800 else 1.4
    pen = Pen(round(side * times), lit=lighting.lit)
    draw(pen, tones)
    flat = pen.image.resize(
        (side, side), Image.Resampling.BOX if times > 1.5 else Image.Resampling.BILINEAR
    )
    if not mirrored:
        return Sprite(shaded(flat, lighting), tuple(pen.lamps))
    # Mirrored before it is shaded, so that its light still comes from the left.
    turned = flat.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    lamps = tuple((-x, y, reach, colour) for x, y, reach, colour in pen.lamps)
    return Sprite(shaded(turned, lighting), lamps)


def shaded(flat: Image.Image, lighting: Lighting) -> Image.Image:
    """Give a flat cut-out some volume."""
    if not lighting.shaped:
        return flat
    alpha = flat.getchannel("A")
    colours = flat.convert("RGB")
    reach = max(1, flat.width // 48)
    colours.paste(SHADE, mask=ImageChops.multiply(faded(_slope(flat.size), 0.17), alpha))
    colours.paste(SHADE, mask=faded(_edge(alpha, -reach), 0.26))
    if lighting.tint != WHITE:
        colours = lit_by(colours, lighting.tint)
    colours.paste(lighting.rim, mask=faded(_edge(alpha, max(1, reach // 2)), 0.42))
    colours.putalpha(alpha)
    return colours


def _slope(size: tuple[int, int]) -> Image.Image:
    """Dark toward the lower right."""
    down = Image.linear_gradient("L")
    return ImageChops.add(down, down.rotate(90), scale=2).resize(size)


def _edge(alpha: Image.Image, reach: int) -> Image.Image:
    """The part of a cut-out that a step toward the lower right would leave."""
    moved = Image.new("L", alpha.size)
    moved.paste(alpha, (reach, reach))
    edge = ImageChops.subtract(alpha, moved).filter(ImageFilter.GaussianBlur(abs(reach) * 0.7))
    return ImageChops.multiply(edge, alpha)
