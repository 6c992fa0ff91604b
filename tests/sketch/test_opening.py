"""Pictures that are given: every kind becomes upright 8-bit pixels, and nothing but pixels."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms, ImageOps
from tests.sketch.files import busy, difference, file_of, same

from limner.darkroom.turn import TURNS
from limner.sketch.drawing import Unreadable
from limner.sketch.retouch.opening import LONGEST_SIDE, MOST_PIXELS, opened

PICTURE = busy((40, 30))
CUT_OUT = Image.merge("RGBA", (*PICTURE.split(), Image.linear_gradient("L").resize((40, 30))))


@pytest.mark.parametrize(
    ("data", "expected", "reach"),
    [
        (file_of(PICTURE), PICTURE, 0),
        (file_of(PICTURE, "WEBP", lossless=True), PICTURE, 0),
        (file_of(PICTURE, "JPEG", quality=95), PICTURE, 8),
        (file_of(PICTURE.quantize(255), "GIF"), PICTURE, 16),
        (file_of(PICTURE.quantize(255)), PICTURE, 16),
        (file_of(PICTURE.convert("L")), PICTURE.convert("L").convert("RGB"), 0),
        (file_of(PICTURE.convert("1")), PICTURE.convert("1").convert("RGB"), 0),
        (file_of(PICTURE.convert("CMYK"), "JPEG", quality=95), PICTURE, 30),
    ],
    ids=["png", "webp", "jpeg", "gif", "palette", "grey", "bits", "cmyk"],
)
def test_every_kind_of_opaque_picture_is_read(
    data: bytes, expected: Image.Image, reach: float
) -> None:
    image = opened(data).image
    assert (image.mode, image.size) == ("RGB", (40, 30))
    assert difference(image, expected) <= reach


@pytest.mark.parametrize(
    "data",
    [
        file_of(CUT_OUT),
        file_of(CUT_OUT, "WEBP", lossless=True, exact=True),
        file_of(CUT_OUT.convert("LA")),
        file_of(CUT_OUT.quantize(64, Image.Quantize.FASTOCTREE)),
    ],
    ids=["png", "webp", "grey", "palette"],
)
def test_transparency_is_kept(data: bytes) -> None:
    image = opened(data).image
    assert image.mode == "RGBA"
    low, high = image.getchannel("A").getextrema()
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert low < 20
    assert high > 235


def test_a_single_transparent_colour_is_transparent() -> None:
    image = opened(file_of(Image.new("RGB", (4, 4), (9, 9, 9)), transparency=(9, 9, 9))).image
    assert image.mode == "RGBA"
    assert image.getchannel("A").getextrema() == (0, 0)


def sixteen_bits(value: int) -> bytes:
    """A grey PNG of 16 bits a pixel, which Pillow itself writes only from its own modes."""
    return file_of(Image.new("I;16", (4, 4), value))


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (65_535, 255), (32_896, 128)])
def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off(value: int, expected: int) -> None:
    assert opened(sixteen_bits(value)).image.getpixel((1, 1)) == (expected,) * 3


def test_sixteen_bits_of_colour_are_read() -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 65_535, 32_896, 0) * 2 for _ in range(2))
    header = struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    data += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert opened(data).image.getpixel((0, 0)) == (255, 128, 0)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_of_moving_pictures_the_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    for form in ("GIF", "WEBP"):
        data = file_of(frames[0], form, save_all=True, append_images=frames[1:], lossless=True)
        red, _, blue = opened(data).image.split()
        assert red.getextrema() == (255, 255)
        assert blue.getextrema() == (0, 0)


@pytest.mark.parametrize("orientation", [1, *TURNS])
def test_a_picture_is_turned_as_its_camera_was(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file_of(PICTURE, "PNG", exif=exif)
    image = opened(data).image
    assert same(image, ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    assert image.size == ((30, 40) if orientation > 4 else (40, 30))


def test_broken_exif_does_not_spoil_a_picture() -> None:
    data = file_of(PICTURE, "PNG", exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xff")
    assert same(opened(data).image, PICTURE)


def test_nothing_written_beside_the_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    image = opened(file_of(PICTURE, "JPEG", exif=exif, comment=b"and who I am")).image
    assert image.info == {}
    assert not image.getexif()


def test_the_profile_of_red_green_and_blue_is_kept_and_no_other() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert opened(file_of(PICTURE, icc_profile=profile)).profile == profile
    assert opened(file_of(PICTURE.convert("L"), icc_profile=profile)).profile is None
    assert (
        opened(file_of(PICTURE, icc_profile=profile[:16] + b"CMYK" + profile[20:])).profile is None
    )
    assert opened(file_of(PICTURE)).profile is None


WHOLE = file_of(PICTURE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        WHOLE[:60],
        WHOLE[: len(WHOLE) // 2],
        file_of(PICTURE, "JPEG")[:300],
        file_of(PICTURE, "WEBP")[:80],
        file_of(PICTURE, "BMP"),
        file_of(PICTURE, "TIFF"),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 200,
        b"GIF89a" + b"\x00" * 40,
    ],
)
def test_what_is_no_whole_picture_is_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        opened(data, "the mask")
    assert str(caught.value) == "the mask is damaged or is no PNG, JPEG, WebP or GIF"


@pytest.mark.parametrize(
    ("width", "height"),
    [(LONGEST_SIDE + 1, 1), (1, LONGEST_SIDE + 1), (8200, 8200), (16_384, 16_384)],
)
def test_a_bomb_is_refused_before_it_is_unpacked(width: int, height: int) -> None:
    assert max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    with pytest.raises(Unreadable, match="pixels"):
        opened(data)
