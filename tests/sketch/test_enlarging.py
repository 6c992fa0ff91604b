"""Upscaling: exact sizes, the same picture, a little crisper."""

import pytest
from PIL import Image, ImageCms, ImageFilter, ImageStat
from tests.sketch.files import busy, difference, file_of, image_of, made, same

from limner.sketch.commissions import carried_out
from limner.sketch.draw import draw
from limner.sketch.drawing import Drawing, Enlarging, OutputFormat, Unreadable
from limner.sketch.retouch.enlarging import MOST_PIXELS

SCENE = draw(Drawing("a boat on a lake with mountains", 150, 101, 3)).data
CUT_OUT = draw(Drawing("logo of a fox", 64, 64, 3, transparent=True)).data


def larger(data: bytes, scale: float, output_format: OutputFormat = "png") -> Image.Image:
    return made(enlarging(data, scale, output_format))


def enlarging(data: bytes, scale: float, output_format: OutputFormat = "png") -> Enlarging:
    return Enlarging(data, scale, 0, 0, output_format)


@pytest.mark.parametrize("scale", [2, 3, 4, 1.5])
def test_the_size_is_exactly_so_many_times_larger(scale: float) -> None:
    image = larger(SCENE, scale)
    assert image.size == (round(150 * scale), round(101 * scale))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("data", [SCENE, file_of(busy())], ids=["scene", "gradients"])
def test_made_small_again_it_is_about_the_picture_that_was_given(data: bytes, scale: int) -> None:
    original = image_of(data).convert("RGB")
    again = larger(data, scale).resize(original.size, Image.Resampling.BOX)
    assert difference(again, original) < 2.5


def test_it_is_crisper_than_bare_resampling() -> None:
    bare = image_of(SCENE).resize((600, 404), Image.Resampling.LANCZOS)
    assert edges(larger(SCENE, 4)) > 1.1 * edges(bare)


def edges(image: Image.Image) -> float:
    return ImageStat.Stat(image.convert("L").filter(ImageFilter.FIND_EDGES)).mean[0]


def test_a_cut_out_keeps_its_clear_ground_and_gets_no_dark_rim() -> None:
    image = larger(CUT_OUT, 4)
    assert image.mode == "RGBA"
    assert image.getchannel("A").getpixel((2, 2)) == 0
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    before = Image.new("RGBA", (64, 64), (255, 255, 255, 255))
    white.alpha_composite(image)
    before.alpha_composite(image_of(CUT_OUT))
    again = white.resize((64, 64), Image.Resampling.BOX)
    assert difference(again, before) < 2


def test_a_simple_colour_profile_is_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(busy((20, 20)), icc_profile=profile)
    for output_format in ("png", "jpeg", "webp"):
        assert larger(data, 2, output_format=output_format).info["icc_profile"] == profile
    assert "icc_profile" not in larger(SCENE, 2).info


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_it_comes_in_the_format_that_was_asked_for(output_format: OutputFormat) -> None:
    picture = carried_out(enlarging(SCENE, 2, output_format))
    assert picture.content_type == f"image/{output_format}"
    assert (picture.width, picture.height) == image_of(picture.data).size == (300, 202)


def test_a_picture_on_its_side_is_enlarged_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert larger(file_of(busy((40, 30)), "JPEG", exif=exif), 2).size == (60, 80)


@pytest.mark.parametrize("size", [(16_384, 2), (4096, 4096)])
def test_what_would_become_too_large_is_refused(size: tuple[int, int]) -> None:
    assert 4 * size[0] > 16_384 or 16 * size[0] * size[1] > MOST_PIXELS
    with pytest.raises(Unreadable, match="the enlarged picture has"):
        carried_out(enlarging(file_of(Image.new("1", size)), 4))


def test_the_mark_is_put_on_the_large_picture() -> None:
    plain = larger(SCENE, 2)
    marked = made(Enlarging(SCENE, 2, 0, 0, mark="TEST"))
    corner = (150, 100, 300, 202)
    assert same(plain.crop((0, 0, 300, 100)), marked.crop((0, 0, 300, 100)))
    assert difference(plain, marked, corner) > 0.1
