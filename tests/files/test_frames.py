"""Moving pictures are counted by their bytes; too many frames are refused undecoded."""

import io
import struct

import pytest
from PIL import Image
from tests.files.pictures import encoded

from limner.files.frames import MOST_FRAMES, check_frames, counted
from limner.files.sniff import NotAnImage

KINDS = ["GIF", "PNG", "WEBP"]


def moving(kind: str, frames: int) -> bytes:
    first, *others = (
        Image.new("RGB", (8, 8), (at % 256, at // 256 * 60, 99)) for at in range(frames)
    )
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=others, duration=20, lossless=True)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_frames_are_counted(kind: str) -> None:
    assert counted(moving(kind, 7), f"image/{kind.lower()}") == 7
    check_frames(moving(kind, MOST_FRAMES), f"image/{kind.lower()}")


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_frames_are_refused(kind: str) -> None:
    with pytest.raises(NotAnImage, match="at most 256 frames"):
        check_frames(moving(kind, MOST_FRAMES + 1), f"image/{kind.lower()}")


def test_a_frame_larger_than_its_gif_is_refused() -> None:
    data = encoded("GIF", "P")
    small = data[:6] + struct.pack("<HH", 1, 1) + data[10:]
    with pytest.raises(NotAnImage, match="larger than the GIF"):
        check_frames(small, "image/gif")


def test_a_gif_that_ends_within_a_frame_is_cut_off() -> None:
    data = encoded("GIF", "P")
    with pytest.raises(NotAnImage, match="cut off"):
        check_frames(data[:-20] + b"\xff;", "image/gif")
