"""Which pictures can be transparent somewhere."""

import io
from typing import Any

import pytest
from PIL import Image
from tests.files.pictures import CASES

from limner.files.alpha import has_alpha

CLEAR: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("PNG", "RGBA", (9, 9, 9, 0), {}),
    ("PNG", "LA", (9, 0), {}),
    ("PNG", "P", 0, {"transparency": 0}),
    ("PNG", "RGB", (9, 9, 9), {"transparency": (9, 9, 9)}),
    ("WEBP", "RGBA", (9, 9, 9, 0), {}),
    ("WEBP", "RGBA", (9, 9, 9, 0), {"lossless": True}),
    ("WEBP", "RGBA", (9, 9, 9, 0), {"icc_profile": b"profile"}),
    ("GIF", "P", 0, {"transparency": 0}),
]
OPAQUE = [case for case in CASES if case[2] != "RGBA"]


def of_one_colour(kind: str, mode: str, colour: Any, options: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (37, 21), colour).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "mode", "colour", "options"), CLEAR)
def test_an_alpha_channel_or_a_clear_colour_is_seen(
    kind: str, mode: str, colour: Any, options: dict[str, Any]
) -> None:
    picture = of_one_colour(kind, mode, colour, options)
    assert has_alpha(picture, f"image/{kind.lower()}")


@pytest.mark.parametrize(("kind", "content_type", "mode", "options"), OPAQUE)
def test_all_others_are_opaque(
    kind: str, content_type: str, mode: str, options: dict[str, Any]
) -> None:
    picture = of_one_colour(kind, mode, 0, options)
    assert not has_alpha(picture, content_type)
