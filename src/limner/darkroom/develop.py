"""One picture decoded and encoded again. It runs in a process of its own: decoders are not trusted.

Colours stay what they were. An ICC profile goes along, except where its colours (CMYK) are turned
into others: those are turned by the profile itself.
"""

import warnings
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from limner.darkroom.development import (
    LARGEST_AREA,
    LARGEST_SIDE,
    LOSSY,
    Format,
    Negative,
    Print,
    Undeveloped,
)

FINE: dict[Format, int] = {"jpeg": 90, "webp": 90, "avif": 80}
"""Quality where none is asked for."""
SHARP = 90
"""From this quality on JPEG and AVIF keep their full colours, so that thin lines stay sharp."""
SIXTEEN = 256
"""A step of eight bits in one of sixteen."""


def develop(negative: Negative) -> Print:
    """Raises Undeveloped."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own bound on pixels; ours is checked below
            with Image.open(BytesIO(negative.data)) as opened:
                check_area(opened)
                return printed(opened, negative)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Undeveloped(f"it cannot be read ({type(error).__name__})") from None
    except MemoryError:
        raise Undeveloped("there is no memory for it") from None


def check_area(image: Image.Image) -> None:
    if image.width * image.height > LARGEST_AREA:
        raise Undeveloped(f"{image.width}x{image.height} pixels are too many to convert")


def printed(opened: Image.Image, negative: Negative) -> Print:
    profile = opened.info.get("icc_profile")
    turned = ImageOps.exif_transpose(opened)
    image, profile = in_plain_colours(turned, profile if isinstance(profile, bytes) else None)
    if negative.edge:
        image.thumbnail((negative.edge, negative.edge), Image.Resampling.LANCZOS)
    if max(image.size) > LARGEST_SIDE[negative.form]:
        most = LARGEST_SIDE[negative.form]
        raise Undeveloped(f"{negative.form} holds at most {most:,} pixels a side")
    whitened = False
    if negative.form == "jpeg":
        image, whitened = on_white(image)
    return Print(encoded(image, negative, profile), image.width, image.height, whitened)


def in_plain_colours(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, bytes | None]:
    """Eight bits a channel of grey or RGB, with alpha where there was any, and their profile."""
    if image.mode == "CMYK":
        return from_ink(image, profile), None
    if image.mode.startswith("I"):  # sixteen bits of grey
        grey = image.convert("I").point(lambda value: value * (1 / SIXTEEN)).convert("L")
        return grey, profile
    if image.mode in ("RGB", "RGBA", "L", "LA"):
        clear = "transparency" in image.info
        return image.convert("RGBA") if clear else image, profile
    if image.mode == "1":
        return image.convert("L"), profile
    if image.mode == "P" and "transparency" not in image.info:
        return image.convert("RGB"), profile
    return image.convert("RGBA" if image.has_transparency_data else "RGB"), profile


def from_ink(image: Image.Image, profile: bytes | None) -> Image.Image:
    """CMYK as sRGB, by its profile where it has a good one."""
    if profile:
        try:
            ink = ImageCms.ImageCmsProfile(BytesIO(profile))
            turned = ImageCms.profileToProfile(
                image, ink, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except ImageCms.PyCMSError:
            return image.convert("RGB")
        if turned is not None:
            return turned
    return image.convert("RGB")


def on_white(image: Image.Image) -> tuple[Image.Image, bool]:
    """A picture without alpha, and whether there was anything to see through."""
    if image.mode not in ("RGBA", "LA"):
        return image, False
    alpha = image.getchannel("A")
    low, _ = alpha.getextrema()
    plain = "RGB" if image.mode == "RGBA" else "L"
    paper = Image.new(plain, image.size, "white")
    paper.paste(image.convert(plain), mask=alpha)
    return paper, isinstance(low, int | float) and low < 255


def encoded(image: Image.Image, negative: Negative, profile: bytes | None) -> bytes:
    form, data = negative.form, BytesIO()
    if form in ("webp", "avif") and image.mode in ("L", "LA"):  # they know no grey
        image = image.convert("RGB" if image.mode == "L" else "RGBA")
        profile = None
    if form == "png":
        image.save(data, "PNG", compress_level=3, icc_profile=profile)
        return data.getvalue()
    assert form in LOSSY
    quality = FINE[form] if negative.quality is None else negative.quality
    if form == "jpeg":
        chroma = 0 if quality >= SHARP else 2
        image.save(
            data, "JPEG", quality=max(1, quality), subsampling=chroma, icc_profile=profile or b""
        )
    elif form == "webp":
        image.save(data, "WEBP", quality=quality, method=1, icc_profile=profile or b"", exact=True)
    else:
        chroma_words = "4:4:4" if quality >= FINE["avif"] else "4:2:0"
        image.save(
            data,
            "AVIF",
            quality=quality,
            speed=8,
            max_threads=1,
            subsampling=chroma_words,
            icc_profile=profile or b"",
        )
    return data.getvalue()
