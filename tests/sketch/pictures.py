"""Drawing in this process, and looking at what came out."""

from io import BytesIO
from random import Random

from PIL import Image

from limner.sketch.draw import draw
from limner.sketch.drawing import Drawing, OutputFormat
from limner.sketch.grammar import read
from limner.sketch.layout import Frame, Placement, lay_out
from limner.sketch.stages import stage_of


def drawing(
    prompt: str,
    width: int = 256,
    height: int = 256,
    *,
    seed: int = 1,
    output_format: OutputFormat = "png",
    compression: int | None = None,
    transparent: bool = False,
    mark: str | None = None,
    finished: float = 1.0,
) -> Drawing:
    return Drawing(
        prompt, width, height, seed, output_format, compression, transparent, mark, finished
    )


def opened(asked: Drawing) -> Image.Image:
    image = Image.open(BytesIO(draw(asked).data))
    image.load()
    return image


def share_near(image: Image.Image, colour: tuple[int, int, int], reach: int = 60) -> float:
    """The share of pixels whose every channel is within `reach` of a colour."""
    rgb = image.convert("RGB")
    bands = [
        band.point([255 if abs(value - wanted) <= reach else 0 for value in range(256)])
        for band, wanted in zip(rgb.split(), colour, strict=True)
    ]
    both = Image.composite(bands[0], Image.new("L", rgb.size), bands[1])
    all_three = Image.composite(both, Image.new("L", rgb.size), bands[2])
    return all_three.histogram()[255] / (rgb.width * rgb.height)


def placed(prompt: str, width: int = 1000, height: int = 1000, seed: int = 1) -> list[Placement]:
    """Where everything stands, in the order in which it was named."""
    scene = read(prompt)
    found = lay_out(scene, stage_of(scene), Frame(width, height), Random(seed))
    return sorted(found, key=lambda placement: placement.thing)


def kinds(placements: list[Placement]) -> dict[str, list[Placement]]:
    by_kind: dict[str, list[Placement]] = {}
    for placement in placements:
        by_kind.setdefault(placement.kind, []).append(placement)
    return by_kind
