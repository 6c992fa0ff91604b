"""Every format from every other, with alpha, sixteen bits and ink, keeps what it shows."""

from io import BytesIO
from itertools import product
from typing import Any

import pytest
from PIL import Image, ImageCms
from tests.sketch.files import file_of, image_of

from limner.darkroom.develop import develop
from limner.darkroom.development import FORMATS, LOSSY, Format, Negative, Undeveloped

CLEAR, SOLID = (10, 10), (250, 150)
ORANGE = (200, 90, 40)


def see_through() -> Image.Image:
    image = Image.new("RGBA", (300, 200), (*ORANGE, 255))
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    return image


def close(pixel: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= 6 for one, other in zip(pixel, wanted, strict=True))


CAME: dict[str, dict[str, Any]] = {
    "PNG": {},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 95},
    "GIF": {},
}


@pytest.mark.parametrize(("came", "form"), list(product(CAME, FORMATS)))
def test_alpha_is_kept_where_the_format_knows_it_and_is_white_in_jpeg(
    came: str, form: Format
) -> None:
    made = develop(Negative(file_of(see_through(), came, **CAME[came]), form))
    image = image_of(made.data)
    assert (image.format, image.size) == (form.upper(), (300, 200))
    assert made.whitened == (form == "jpeg")
    seen = image.convert("RGBA")
    assert close(seen.getpixel(SOLID), (*ORANGE, 255))
    clear = seen.getpixel(CLEAR)
    assert isinstance(clear, tuple)
    assert clear == (255, 255, 255, 255) if form == "jpeg" else clear[3] == 0


@pytest.mark.parametrize("form", FORMATS)
def test_what_can_be_seen_through_nowhere_is_not_said_to_be_whitened(form: Format) -> None:
    solid = Image.new("RGBA", (40, 30), (*ORANGE, 255))
    assert not develop(Negative(file_of(solid), form)).whitened


@pytest.mark.parametrize("form", FORMATS)
def test_sixteen_bits_become_eight(form: Format) -> None:
    made = develop(Negative(file_of(Image.new("I;16", (64, 48), 40_000)), form))
    assert close(image_of(made.data).convert("RGB").getpixel((5, 5)), (156, 156, 156))


@pytest.mark.parametrize("form", FORMATS)
def test_ink_becomes_light(form: Format) -> None:
    ink = file_of(Image.new("CMYK", (64, 48), (0, 200, 200, 10)), "JPEG", quality=95)
    image = image_of(develop(Negative(ink, form)).data)
    assert image.mode == "RGB"
    assert close(image.getpixel((5, 5)), (245, 53, 53))


@pytest.mark.parametrize(("mode", "form"), list(product(("P", "1", "L", "LA"), FORMATS)))
def test_palettes_and_greys_look_the_same(mode: str, form: Format) -> None:
    drawn = see_through().convert("RGB").convert(mode, dither=Image.Dither.NONE)
    before = drawn.convert("RGB").getpixel(SOLID)
    assert isinstance(before, tuple)
    made = image_of(develop(Negative(file_of(drawn), form)).data)
    assert close(made.convert("RGB").getpixel(SOLID), before)


@pytest.mark.parametrize("form", FORMATS)
def test_the_colour_profile_goes_along(form: Format) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    came = file_of(Image.new("RGB", (40, 30), ORANGE), icc_profile=profile)
    assert image_of(develop(Negative(came, form)).data).info["icc_profile"] == profile


@pytest.mark.parametrize("form", sorted(LOSSY))
def test_less_quality_is_a_smaller_file(form: Format) -> None:
    noise = file_of(Image.effect_noise((128, 128), 80).convert("RGB"))
    sizes = [len(develop(Negative(noise, form, quality)).data) for quality in (0, 30, 60, 95)]
    assert sizes == sorted(set(sizes))


def test_a_rotation_that_was_only_noted_is_done() -> None:
    noted = Image.Exif()
    noted[0x0112] = 6
    out = BytesIO()
    Image.new("RGB", (60, 20), ORANGE).save(out, "JPEG", exif=noted)
    made = develop(Negative(out.getvalue(), "png"))
    assert (made.width, made.height) == image_of(made.data).size == (20, 60)


def test_what_is_broken_or_too_large_is_refused_in_words() -> None:
    whole = file_of(see_through())
    for data in (b"", b"no picture", whole[: len(whole) // 2]):
        with pytest.raises(Undeveloped, match="it cannot be read"):
            develop(Negative(data, "webp"))
    long = file_of(Image.new("1", (16_384, 2)))
    with pytest.raises(Undeveloped, match="16,383 pixels a side"):
        develop(Negative(long, "webp"))
    bomb = file_of(Image.new("1", (16_384, 8_192)))
    with pytest.raises(Undeveloped, match="too many to convert"):
        develop(Negative(bomb, "jpeg"))


def test_a_picture_may_become_smaller_and_never_larger() -> None:
    for edge, size in ((150, (150, 100)), (300, (300, 200)), (900, (300, 200))):
        made = develop(Negative(file_of(see_through()), "webp", edge=edge))
        assert (made.width, made.height) == image_of(made.data).size == size
