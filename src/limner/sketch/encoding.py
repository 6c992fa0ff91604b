"""Finished pixels become a file; nothing in it says when it was made, so bytes repeat."""

from io import BytesIO

from PIL import Image

from limner.sketch.drawing import CONTENT_TYPES, Drawing, Picture

FINE = 90
"""Quality of jpeg and webp when none is asked for."""
LARGE_PIXELS = 2_400_000


def encoded(image: Image.Image, drawing: Drawing) -> Picture:
    quality = FINE if drawing.compression is None else drawing.compression
    data = BytesIO()
    if drawing.output_format == "png":
        hurried = drawing.finished < 1 or image.width * image.height > LARGE_PIXELS
        image.save(data, "PNG", compress_level=1 if hurried else 6)
    elif drawing.output_format == "jpeg":
        # Below full quality chroma is halved, above it thin coloured lines stay sharp.
        opaque(image).save(
            data, "JPEG", quality=max(1, quality), subsampling=0 if quality >= FINE else 2
        )
    else:
        image.save(data, "WEBP", quality=quality, method=0 if drawing.finished < 1 else 1)
    return Picture(data.getvalue(), CONTENT_TYPES[drawing.output_format], image.width, image.height)


def opaque(image: Image.Image) -> Image.Image:
    """Jpeg knows no transparency: what was clear becomes white."""
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, (255, 255, 255))
    paper.paste(image, mask=image.getchannel("A"))
    return paper
