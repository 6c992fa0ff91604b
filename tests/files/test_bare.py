"""Metadata is cut out of pictures, and nothing else: every pixel and the profile stay."""

import io
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from tests.files.pictures import CASES, IDS, encoded

from limner.files.bare import bare
from limner.files.orientation import orientation_of
from limner.files.sniff import NotAnImage, sniff

SECRET = b"taken-at-home"
PROFILE = b"a profile of colours" * 10


def exif(orientation: int = 1) -> Image.Exif:
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010E] = SECRET.decode()
    told.get_ifd(0x8825)[1] = "N"
    return told


def telling(kind: str, mode: str = "RGB", orientation: int = 1) -> bytes:
    more: dict[str, Any] = {"xmp": b"<x>" + SECRET + b"</x>"}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        text.add_text("Comment", SECRET.decode(), zip=False)
        more = {"pnginfo": text}
    if kind == "JPEG":
        more["comment"] = SECRET
    return encoded(kind, mode, exif=exif(orientation).tobytes(), icc_profile=PROFILE, **more)


def pixels(data: bytes) -> tuple[Any, ...]:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.mode, image.size, image.tobytes(), image.info.get("icc_profile")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
def test_a_picture_loses_what_is_told_of_it_and_keeps_pixels_and_profile(
    kind: str, mode: str
) -> None:
    data = telling(kind, mode)
    assert SECRET in data
    made = bare(data, f"image/{kind.lower()}")
    assert SECRET not in made
    assert b"Exif" not in made
    assert pixels(made) == pixels(data)
    assert sniff(made) == sniff(data)
    assert bare(made, f"image/{kind.lower()}") is made


def test_what_a_camera_puts_behind_a_jpeg_goes_too() -> None:
    data = encoded("JPEG", progressive=True)
    made = bare(data + b"a film " + SECRET + b"\xff\xd9", "image/jpeg")
    assert made == data


@pytest.mark.parametrize(("kind", "content_type", "mode", "options"), CASES, ids=IDS)
def test_of_each_kind_every_pixel_stays(
    kind: str, content_type: str, mode: str, options: dict[str, Any]
) -> None:
    data = encoded(kind, mode, **options)
    assert pixels(bare(data, content_type)) == pixels(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_anywhere_is_refused_or_shorter_and_never_breaks_us(kind: str) -> None:
    data = telling(kind)
    for end in range(30, len(data) - 1, 7):
        try:
            made = bare(data[:end], f"image/{kind.lower()}")
        except NotAnImage:
            continue
        assert len(made) <= end


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_how_a_picture_lies_is_read_from_its_exif(kind: str, orientation: int) -> None:
    data = telling(kind, orientation=orientation)
    assert orientation_of(data, f"image/{kind.lower()}") == orientation


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_without_exif_or_with_a_broken_one_is_upright(kind: str) -> None:
    content_type = f"image/{kind.lower()}"
    assert orientation_of(encoded(kind), content_type) == 1
    if kind != "GIF":
        for broken in (b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"):
            data = encoded(kind, exif=b"Exif\0\0" + broken)
            assert orientation_of(data, content_type) == 1
