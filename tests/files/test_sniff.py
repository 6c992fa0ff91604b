"""What bytes are is read from the bytes, and bytes that are no whole picture are refused."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.files.pictures import CASES, IDS, SIZE, encoded

from limner.files.sniff import LARGEST_AREA, LARGEST_SIDE, NotAnImage, sniff

MAGIC = [
    b"\x89PNG\r\n\x1a\n",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"\xff\xd8\xff",
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"RIFF\x20\0\0\0WEBPVP8 ",
    b"RIFF\x20\0\0\0WEBPVP8L",
    b"RIFF\x20\0\0\0WEBPVP8X",
    b"GIF87a",
    b"GIF89a",
    b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
]
WHOLE = [encoded(kind, mode, **options) for kind, _, mode, options in CASES]


@pytest.mark.parametrize(("kind", "content_type", "mode", "options"), CASES, ids=IDS)
def test_a_whole_picture_is_known_by_type_and_size(
    kind: str, content_type: str, mode: str, options: dict[str, Any]
) -> None:
    assert sniff(encoded(kind, mode, **options)) == (content_type, *SIZE)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (4096, 3), (2048, 2048)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_any_size_within_bounds_is_read_right(kind: str, size: tuple[int, int]) -> None:
    assert sniff(encoded(kind, "L", size))[1:] == size


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9, 0.99])
@pytest.mark.parametrize(("kind", "mode", "options"), [(k, m, o) for k, _, m, o in CASES], ids=IDS)
def test_a_picture_that_is_cut_off_is_refused(
    kind: str, mode: str, options: dict[str, Any], kept: float
) -> None:
    data = encoded(kind, mode, (300, 200), **options)
    with pytest.raises(NotAnImage):
        sniff(data[: int(len(data) * kept)])


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size it has no pixels for."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (50_000, 50_000),
        (LARGEST_SIDE + 1, 1),
        (1, 2**31 - 1),
        (LARGEST_SIDE, LARGEST_AREA // LARGEST_SIDE + 1),
        (0, 10),
        (10, 0),
    ],
)
def test_a_bomb_is_refused_by_what_its_header_says(width: int, height: int) -> None:
    with pytest.raises(NotAnImage, match=f"{width}x{height}"):
        sniff(png_header(width, height))


def test_the_largest_pictures_providers_make_are_let_through() -> None:
    for size in ((12_288, 1536), (8192, 2048), (LARGEST_SIDE, LARGEST_AREA // LARGEST_SIDE)):
        assert sniff(png_header(*size))[1:] == size


def test_a_jpeg_of_endless_segments_is_refused_before_they_are_all_read() -> None:
    with pytest.raises(NotAnImage):
        sniff(b"\xff\xd8" + b"\xff\xd0" * 8_000_000 + b"\xff\xd9")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"BM" + bytes(100),
        b"RIFF\x20\0\0\0WAVEfmt " + bytes(40),
        b"RIFF\x20\0\0\0WEBPVP8 " + bytes(40),
        b"RIFF\x20\0\0\0WEBPVP8L" + bytes(40),
        b"RIFF\x0c\0\0\0WEBPVP8X" + bytes(4),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        sniff(data)


@given(start=st.sampled_from([b"", *MAGIC]), rest=st.binary(max_size=400))
def test_random_bytes_are_a_picture_within_bounds_or_refused(start: bytes, rest: bytes) -> None:
    try:
        _, width, height = sniff(start + rest)
    except NotAnImage:
        return
    assert 0 < width <= LARGEST_SIDE
    assert 0 < height <= LARGEST_SIDE
    assert width * height <= LARGEST_AREA


@given(whole=st.sampled_from(WHOLE), data=st.data())
def test_a_damaged_picture_is_read_or_refused_but_never_breaks_the_reader(
    whole: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(whole) - 1))
    damage = data.draw(st.binary(max_size=8))
    broken = whole[:at] + damage + whole[at + len(damage) :]
    try:
        content_type, *_ = sniff(broken)
    except NotAnImage:
        return
    assert content_type.startswith("image/")


@given(width=st.integers(1, 400), height=st.integers(1, 400), case=st.sampled_from(CASES))
def test_sizes_are_those_pillow_reads(
    width: int, height: int, case: tuple[str, str, str, dict[str, Any]]
) -> None:
    kind, content_type, mode, options = case
    data = encoded(kind, mode, (width, height), **options)
    with Image.open(io.BytesIO(data)) as opened:
        assert sniff(data) == (content_type, *opened.size)
