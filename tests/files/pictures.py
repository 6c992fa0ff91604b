"""Pictures of every kind limner serves, made with Pillow."""

import io
from typing import Any

from PIL import Image

SIZE = (37, 21)
CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("PNG", "image/png", "RGB", {}),
    ("PNG", "image/png", "RGBA", {}),
    ("PNG", "image/png", "L", {}),
    ("PNG", "image/png", "P", {}),
    ("PNG", "image/png", "1", {}),
    ("PNG", "image/png", "I;16", {}),
    ("JPEG", "image/jpeg", "RGB", {}),
    ("JPEG", "image/jpeg", "L", {}),
    ("JPEG", "image/jpeg", "CMYK", {}),
    ("JPEG", "image/jpeg", "RGB", {"progressive": True, "quality": 30}),
    ("JPEG", "image/jpeg", "RGB", {"icc_profile": b"\xff\xd9\xff\xda" * 40_000}),
    ("JPEG", "image/jpeg", "RGB", {"comment": b"\xff\xd8\xff\xc0"}),
    ("WEBP", "image/webp", "RGB", {}),
    ("WEBP", "image/webp", "RGBA", {}),
    ("WEBP", "image/webp", "RGB", {"lossless": True}),
    ("WEBP", "image/webp", "RGB", {"icc_profile": b"profile"}),
    ("AVIF", "image/avif", "RGB", {}),
    ("AVIF", "image/avif", "RGBA", {}),
    ("GIF", "image/gif", "P", {}),
    ("GIF", "image/gif", "L", {}),
]
IDS = [
    f"{kind}-{mode}{'-' if options else ''}{'-'.join(options)}" for kind, _, mode, options in CASES
]


def encoded(
    kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = SIZE, **options: Any
) -> bytes:
    """A picture with something in it, so that each format has data to write."""
    picture = Image.radial_gradient("L").resize(size).convert("L" if mode == "I;16" else mode)
    out = io.BytesIO()
    (picture.convert("I;16") if mode == "I;16" else picture).save(out, kind, **options)
    return out.getvalue()
