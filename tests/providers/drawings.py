"""A Draw for tests: a flat picture of the right size, and a memory of what was asked for."""

import io

from PIL import Image

from limner.sketch.drawing import CONTENT_TYPES, Commission, Drawing, Enlarging, Picture, Retouching


class FlatDraw:
    def __init__(self) -> None:
        self.asked: list[Commission] = []

    @property
    def drawings(self) -> list[Drawing]:
        return [one for one in self.asked if isinstance(one, Drawing)]

    @property
    def retouchings(self) -> list[Retouching]:
        return [one for one in self.asked if isinstance(one, Retouching)]

    async def __call__(self, asked: Commission) -> Picture:
        self.asked.append(asked)
        file = io.BytesIO()
        colour = (0 if isinstance(asked, Enlarging) else asked.seed % 256, 90, 160)
        image = Image.new("RGB", (asked.width, asked.height), colour)
        image.save(file, asked.output_format.upper())
        content_type = CONTENT_TYPES[asked.output_format]
        return Picture(file.getvalue(), content_type, asked.width, asked.height)
