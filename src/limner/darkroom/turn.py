"""One picture turned upright in its own format, with its colours and nothing else written in it.

It runs in a process of its own, as all decoding does.
"""

import warnings
from io import BytesIO
from typing import Any

from PIL import Image

from limner.darkroom.develop import check_area
from limner.darkroom.development import Undeveloped
from limner.darkroom.leaning import Leaning

TURNS: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""From EXIF's orientation to what makes a picture upright."""

JPEG_QUALITY = 95
WEBP_QUALITY = 95


def turn(leaning: Leaning) -> bytes:
    """Raises Undeveloped."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own bound on pixels; ours is checked below
            with Image.open(BytesIO(leaning.data), formats=("PNG", "JPEG", "WEBP")) as opened:
                check_area(opened)
                return saved(opened, leaning)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise Undeveloped(f"it cannot be read ({type(error).__name__})") from None
    except MemoryError:
        raise Undeveloped("there is no memory for it") from None


def saved(opened: Image.Image, leaning: Leaning) -> bytes:
    form, profile = opened.format, opened.info.get("icc_profile")
    upright = opened.transpose(TURNS[leaning.orientation])
    upright.info = {name: upright.info[name] for name in ("transparency",) if name in upright.info}
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if form == "JPEG":
        options |= {"quality": JPEG_QUALITY, "subsampling": 0}
    elif form == "WEBP":
        options |= {"lossless": b"VP8L" in leaning.data, "quality": WEBP_QUALITY, "exact": True}
    out = BytesIO()
    upright.save(out, form, **options)
    return out.getvalue()
