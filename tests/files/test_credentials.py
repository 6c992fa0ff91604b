"""A manifest is found in every format that has a place for one, and nowhere else."""

import io
import struct
from typing import Any

import c2pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.manifests import signed
from tests.files.pictures import CASES, IDS, SIZE, encoded

from limner.files.artifact import seen
from limner.files.credentials import AVIF_BOX, credentials_in

WITH_A_PLACE = ("PNG", "JPEG", "WEBP", "AVIF")


@pytest.mark.parametrize("kind", WITH_A_PLACE)
def test_a_signed_picture_is_known_by_its_manifest(kind: str) -> None:
    content_type = f"image/{kind.lower()}"
    picture = encoded(kind)
    with_manifest = signed(picture, content_type)
    assert not credentials_in(picture, content_type)
    assert credentials_in(with_manifest, content_type)
    assert (seen(picture).content_credentials, seen(with_manifest).content_credentials) == (
        "absent",
        "preserved",
    )
    assert (seen(with_manifest).width, seen(with_manifest).height) == SIZE


@pytest.mark.parametrize(("kind", "content_type", "mode", "options"), CASES, ids=IDS)
def test_no_picture_without_one_is_said_to_have_one(
    kind: str, content_type: str, mode: str, options: dict[str, Any]
) -> None:
    assert not credentials_in(encoded(kind, mode, **options), content_type)


def test_the_letters_alone_are_no_manifest() -> None:
    noted = encoded("JPEG", comment=b"JP c2pa caBX C2PA" + AVIF_BOX)
    assert not credentials_in(noted, "image/jpeg")
    assert not credentials_in(encoded("PNG") + b"caBX" + AVIF_BOX, "image/png")


@given(st.sampled_from(WITH_A_PLACE), st.binary(max_size=300))
def test_bytes_that_are_anything_at_all_break_nothing(kind: str, data: bytes) -> None:
    for beginning in (b"", encoded(kind)[:40], struct.pack(">I4s", 0, b"uuid")):
        credentials_in(beginning + data, f"image/{kind.lower()}")


def test_the_manifest_is_one_that_others_read() -> None:
    reader = c2pa.Reader("image/png", io.BytesIO(signed(encoded("PNG"), "image/png")))
    assert "trainedAlgorithmicMedia" in reader.json()
