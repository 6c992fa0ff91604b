"""Finished pixels become a file; nothing in it says when it was made, so bytes repeat."""

from io import BytesIO

from PIL import Image

from limner.sketch.drawing import CONTENT_TYPES, Commission, Picture

FINE = 90
"""Quality of jpeg and webp when none is asked for."""
LARGE_PIXELS = 2_400_000


def encoded(
    image: Image.Image,
    asked: Commission,
    *,
    preview: bool = False,
    profile: bytes | None = None,
    notes: tuple[str, ...] = (),
) -> Picture:
    """A picture in the format that was asked for; `profile` is the ICC profile of its colours."""
    quality = FINE if asked.compression is None else asked.compression
    data = BytesIO()
    if asked.output_format == "png":
        hurried = preview or image.width * image.height > LARGE_PIXELS
        image.save(data, "PNG", compress_level=1 if hurried else 6, icc_profile=profile)
    elif asked.output_format == "jpeg":
        # Below full quality chroma is halved, above it thin coloured lines stay sharp.
        opaque(image).save(
            data,
            "JPEG",
            quality=max(1, quality),
            subsampling=0 if quality >= FINE else 2,
            icc_profile=profile,
        )
    else:
        method = 0 if preview else 1
        image.save(data, "WEBP", quality=quality, method=method, icc_profile=profile)
    content_type = CONTENT_TYPES[asked.output_format]
    return Picture(data.getvalue(), content_type, image.width, image.height, notes)


def opaque(image: Image.Image) -> Image.Image:
    """Jpeg knows no transparency: what was clear becomes white."""
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, (255, 255, 255))
    paper.paste(image, mask=image.getchannel("A"))
    return paper
