import io
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.files.manifests import signed
from tests.files.pictures import CASES, IDS, encoded

from limner.files.marking import MARKERS, MOST_XMP, NAMESPACE, SOURCES, Unmarked, marked
from limner.files.sniff import sniff

SOURCE = "trainedAlgorithmicMedia"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
OTHER = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="uuid:1" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="of a provider"/></rdf:RDF></x:xmpmeta>'
)


def xmp(picture: bytes) -> ElementTree.Element:
    """As Pillow finds it, read by a parser that is none of ours."""
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    return ElementTree.fromstring(packet.rstrip(b"\0") if isinstance(packet, bytes) else packet)


def sources(picture: bytes) -> list[str]:
    found = (one.get(f"{{{NAMESPACE}}}DigitalSourceType") for one in xmp(picture).iter())
    return [one for one in found if one]


def pixels(picture: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(picture)) as image:
        return image.mode, image.size, image.tobytes()


def with_xmp(kind: str, packet: bytes = OTHER, *, zipped: bool = False) -> bytes:
    if kind != "PNG":
        return encoded(kind, xmp=packet)
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet.decode(), zip=zipped)
    return encoded(kind, pnginfo=info)


@pytest.mark.parametrize(("kind", "content_type", "mode", "options"), CASES, ids=IDS)
def test_a_marked_picture_names_its_source_and_keeps_every_pixel_and_profile(
    kind: str, content_type: str, mode: str, options: dict[str, Any]
) -> None:
    picture = encoded(kind, mode, **options)
    if content_type not in MARKERS:
        with pytest.raises(Unmarked, match=f"no metadata into {kind.lower()}"):
            marked(picture, content_type, SOURCE)
        return
    made = marked(picture, content_type, SOURCE)
    assert sources(made) == [SOURCES + SOURCE]
    assert pixels(made) == pixels(picture)
    assert sniff(made) == sniff(picture)
    with Image.open(io.BytesIO(made)) as image:
        assert image.info.get("icc_profile") == options.get("icc_profile")


@pytest.mark.parametrize("content_type", MARKERS)
@given(
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    mode=st.sampled_from(["RGB", "RGBA", "L"]),
    lossless=st.booleans(),
)
def test_a_picture_of_any_size_can_be_marked(
    content_type: str, width: int, height: int, mode: str, lossless: bool
) -> None:
    kind = content_type.partition("/")[2]
    options = {"lossless": lossless} if kind == "webp" else {}
    mode = "RGB" if kind == "jpeg" and mode == "RGBA" else mode
    picture = encoded(kind, mode, (width, height), **options)
    made = marked(picture, content_type, SOURCE)
    assert (sources(made), pixels(made)) == ([SOURCES + SOURCE], pixels(picture))


@pytest.mark.parametrize("content_type", MARKERS)
def test_metadata_that_is_there_stays_and_is_spoken_of_the_same_thing(content_type: str) -> None:
    kind = content_type.partition("/")[2].upper()
    for zipped in (False, True):
        made = marked(with_xmp(kind, zipped=zipped), content_type, SOURCE)
        assert sources(made) == [SOURCES + SOURCE]
        described = list(xmp(made).iter(f"{RDF}Description"))
        assert [one.get(f"{RDF}about") for one in described] == ["uuid:1", "uuid:1"]
        assert described[0].get("{http://purl.org/dc/elements/1.1/}format") == "of a provider"


@pytest.mark.parametrize("content_type", MARKERS)
def test_marking_twice_changes_nothing_even_with_another_source(content_type: str) -> None:
    once = marked(encoded(content_type.partition("/")[2]), content_type, SOURCE)
    assert marked(once, content_type, "algorithmicMedia") == once


@pytest.mark.parametrize("content_type", MARKERS)
def test_a_picture_with_content_credentials_is_left(content_type: str) -> None:
    picture = signed(encoded(content_type.partition("/")[2]), content_type)
    with pytest.raises(Unmarked, match="content credentials would be broken"):
        marked(picture, content_type, SOURCE)


@pytest.mark.parametrize("content_type", MARKERS)
def test_metadata_that_is_no_xmp_is_left(content_type: str) -> None:
    kind = content_type.partition("/")[2].upper()
    with pytest.raises(Unmarked, match="cannot be added to"):
        marked(with_xmp(kind, b"<made-up/>"), content_type, SOURCE)


def test_metadata_that_grows_too_long_for_a_jpeg_is_left() -> None:
    longest = OTHER.ljust(65_400)
    with pytest.raises(Unmarked, match="too long"):
        marked(with_xmp("JPEG", longest), "image/jpeg", SOURCE)


def test_compressed_metadata_that_unfolds_without_end_is_left() -> None:
    picture = with_xmp("PNG", OTHER.ljust(MOST_XMP + 1), zipped=True)
    assert len(picture) < 100_000
    with pytest.raises(Unmarked, match="too long"):
        marked(picture, "image/png", SOURCE)


def test_what_stands_behind_a_webp_stays_there() -> None:
    picture = encoded("WEBP") + b"behind"
    assert marked(picture, "image/webp", SOURCE).endswith(b"behind")


@pytest.mark.parametrize("content_type", MARKERS)
@given(cut=st.integers(0, 400))
def test_broken_bytes_are_refused_or_marked_and_never_anything_else(
    content_type: str, cut: int
) -> None:
    broken = encoded(content_type.partition("/")[2])[:cut]
    try:
        made = marked(broken, content_type, SOURCE)
    except Unmarked:
        return
    assert (SOURCES + SOURCE).encode() in made
