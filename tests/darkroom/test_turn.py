"""Pictures are turned upright in their own format, as every viewer of photographs shows them."""

import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps

from limner.darkroom.development import Undeveloped
from limner.darkroom.leaning import Leaning
from limner.darkroom.turn import turn
from limner.files.orientation import orientation_of

NEAR = 12


def lying(kind: str, mode: str, orientation: int, **options: Any) -> bytes:
    image = Image.linear_gradient("L").resize((40, 24)).rotate(30).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    image.save(out, kind, exif=exif.tobytes(), icc_profile=b"profile", **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_is_turned_as_viewers_show_it(kind: str, mode: str, orientation: int) -> None:
    data = lying(kind, mode, orientation)
    made = turn(Leaning(data, orientation))
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(made)) as after:
        shown = ImageOps.exif_transpose(before)
        assert (after.format, after.mode, after.size) == (kind, before.mode, shown.size)
        assert after.info["icc_profile"] == b"profile"
        apart = ImageChops.difference(after.convert("RGB"), shown.convert("RGB"))
        far = apart.convert("L").point([value > (kind != "PNG") * NEAR for value in range(256)])
        assert far.getbbox() is None
    assert orientation_of(made, f"image/{kind.lower()}") == 1


def test_a_lossless_webp_stays_lossless() -> None:
    data = lying("WEBP", "RGB", 3, lossless=True)
    made = turn(Leaning(data, 3))
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(made)) as after:
        assert after.tobytes() == before.transpose(Image.Transpose.ROTATE_180).tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_cannot_be_read_is_told(kind: str) -> None:
    data = lying(kind, "RGB", 6)
    with pytest.raises(Undeveloped, match="cannot be read"):
        turn(Leaning(data[:60] + data[-12:], 6))
