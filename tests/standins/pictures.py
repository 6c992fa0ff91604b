"""Real pictures for stand-ins: right size and format, and as many bytes as a load test wants."""

import functools
import io
import os
import zlib

import pybase64
from PIL import Image

FILLER = b"limn"
"""A private, ancillary PNG chunk: decoders skip it, so it can carry any number of bytes."""

AFTER_HEADER = 8 + 25


@functools.lru_cache(maxsize=64)
def drawn(width: int, height: int, image_format: str, number: int, least: int = 0) -> bytes:
    """One flat picture; pictures of different numbers differ. PNG grows to `least` bytes."""
    colour = (40 + 60 * number % 200, 90, 160 - 30 * number % 150)
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, image_format.upper())
    picture = file.getvalue()
    missing = least - len(picture)
    return padded(picture, missing) if image_format == "png" and missing > 0 else picture


def padded(png: bytes, missing: int) -> bytes:
    """The PNG with noise in a filler chunk behind its header."""
    noise = FILLER + os.urandom(max(0, missing - 12))
    chunk = (len(noise) - 4).to_bytes(4) + noise + zlib.crc32(noise).to_bytes(4)
    return png[:AFTER_HEADER] + chunk + png[AFTER_HEADER:]


@functools.lru_cache(maxsize=64)
def drawn_base64(width: int, height: int, image_format: str, number: int, least: int = 0) -> str:
    return pybase64.b64encode(drawn(width, height, image_format, number, least)).decode("ascii")
