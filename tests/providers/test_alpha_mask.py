"""Masks that are transparent where something may change become white there and black elsewhere."""

import pytest
from PIL import Image
from tests.sketch.files import file_of, hole, image_of

from limner.providers.alpha_mask import black_and_white
from limner.providers.base import ProviderError


@pytest.mark.parametrize("kind", ["RGBA", "LA"])
def test_a_mask_is_white_where_it_was_transparent(kind: str) -> None:
    mask = file_of(image_of(hole((64, 48), (8, 8, 31, 23))).convert(kind))
    grey = image_of(black_and_white(mask)).convert("L")
    assert grey.size == (64, 48)
    assert (grey.getpixel((8, 8)), grey.getpixel((31, 23))) == (255, 255)
    assert (grey.getpixel((7, 8)), grey.getpixel((32, 24))) == (0, 0)


def test_a_mask_s_half_tones_stay_what_they_are() -> None:
    alpha = Image.linear_gradient("L").resize((64, 64))
    mask = Image.new("RGBA", (64, 64), "orange")
    mask.putalpha(alpha)
    grey = image_of(black_and_white(file_of(mask))).convert("L")
    assert grey.tobytes() == alpha.point([255 - value for value in range(256)]).tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        file_of(Image.new("RGB", (8, 8))),
        file_of(Image.new("RGBA", (8, 8)), "WEBP"),
        file_of(Image.new("RGBA", (8, 8)))[:45],
    ],
)
def test_what_is_no_such_mask_is_turned_away(data: bytes) -> None:
    with pytest.raises(ProviderError, match="PNG files with an alpha channel") as caught:
        black_and_white(data)
    error = caught.value
    assert (error.outcome, error.reason) == ("known_not_run", "bad_parameter")
