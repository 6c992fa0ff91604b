"""A Draw for tests: a flat picture of the right size, and a memory of what was asked for."""

import io

from PIL import Image

from limner.sketch.drawing import CONTENT_TYPES, Drawing, Picture


class FlatDraw:
    def __init__(self) -> None:
        self.drawings: list[Drawing] = []

    async def __call__(self, drawing: Drawing) -> Picture:
        self.drawings.append(drawing)
        file = io.BytesIO()
        colour = (drawing.seed % 256, 90, 160)
        image = Image.new("RGB", (drawing.width, drawing.height), colour)
        image.save(file, drawing.output_format.upper())
        content_type = CONTENT_TYPES[drawing.output_format]
        return Picture(file.getvalue(), content_type, drawing.width, drawing.height)
