"""Pictures as files, to be changed or enlarged, and looking at what came of them."""

import io
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageStat

from limner.sketch.commissions import carried_out
from limner.sketch.drawing import Commission, Retouching

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]


def file_of(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def image_of(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def flat(size: tuple[int, int] = (64, 48), colour: Colour = (200, 180, 60)) -> bytes:
    return file_of(Image.new("RGB", size, colour))


def hole(size: tuple[int, int], box: Box) -> bytes:
    """A mask that gives a rectangle free."""
    alpha = Image.new("L", size, 255)
    ImageDraw.Draw(alpha).rectangle(box, fill=0)
    mask = Image.new("RGBA", size)
    mask.putalpha(alpha)
    return file_of(mask)


def busy(size: tuple[int, int] = (160, 120)) -> Image.Image:
    """A picture in which every pixel is another: what moves or changes is seen."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    rings = Image.radial_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, rings))


def retouching(prompt: str, *pictures: bytes, **changes: Any) -> Retouching:
    first = image_of(pictures[0])
    fields = {"width": first.width, "height": first.height, "seed": 1} | changes
    return Retouching(prompt=prompt, pictures=pictures, **fields)


def made(asked: Commission) -> Image.Image:
    return image_of(carried_out(asked).data)


def retouched(prompt: str, *pictures: bytes, **changes: Any) -> Image.Image:
    return made(retouching(prompt, *pictures, **changes))


def same(first: Image.Image, second: Image.Image) -> bool:
    """Equal to the last bit."""
    return (first.mode, first.size) == (second.mode, second.size) and (
        first.tobytes() == second.tobytes()
    )


def difference(first: Image.Image, second: Image.Image, box: Box | None = None) -> float:
    """How far apart two pictures are, in steps of 255 on average."""
    pair = [image.convert("RGB").crop(box) for image in (first, second)]
    return sum(ImageStat.Stat(ImageChops.difference(*pair)).mean) / 3


def mean(image: Image.Image, box: Box | None = None) -> list[float]:
    """Red, green and blue on average."""
    return ImageStat.Stat(image.convert("RGB").crop(box)).mean


def lightness(image: Image.Image, box: Box | None = None) -> float:
    return ImageStat.Stat(image.convert("L").crop(box)).mean[0]
