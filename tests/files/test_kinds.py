"""What a file is stands in its bytes; a word that says otherwise is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.pictures import encoded
from tests.files.sounds import mp3, wav

from limner.errors import UnsupportedMime
from limner.files.kinds import EVERYTHING, PURPOSES, Look, kind_of

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
JSON = b' \n{"a": [1, 2]}'
SAMPLES = {
    "image/png": encoded("PNG"),
    "image/jpeg": encoded("JPEG"),
    "image/webp": encoded("WEBP"),
    "image/gif": encoded("GIF", "P"),
    "image/avif": encoded("AVIF"),
    "audio/mpeg": mp3(3),
    "audio/wav": wav(0.1),
    "application/pdf": PDF,
    "text/plain": "Grüße\n".encode(),
    "application/json": JSON,
    "application/jsonl": b'{"a": 1}\n{"a": 2}\n',
}
MARKUP = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
UNKNOWN = [
    b"\x7fELF" + bytes(60),
    b"PK\x03\x04" + bytes(30),
    b"text with a NUL\0",
    b"\xff\xfe\x00t",
    b"latin \xe9t\xe9",
    b"cut \xe2\x82",
    b"\x1a\x45\xdf\xa3 video",
    b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
    b"RIFF\x10\x00\x00\x00AVI LIST",
]


def looked(data: bytes, size: int = 7) -> Look:
    look = Look()
    for start in range(0, len(data), size):
        look.at(data[start : start + size])
    return look


def kind(data: bytes, declared: str = "", name: str = "x", purpose: str = "user_data") -> str:
    return kind_of(looked(data), declared, name, purpose)


def test_every_kind_is_sampled() -> None:
    assert SAMPLES.keys() == EVERYTHING


@pytest.mark.parametrize("declared", SAMPLES)
def test_a_file_is_what_its_bytes_are_and_may_be_declared_so(declared: str) -> None:
    data = SAMPLES[declared]
    assert kind(data, declared) == declared
    assert kind(data, declared.upper() + "; charset=utf-8") == declared
    assert (
        kind(data, "application/octet-stream", name=f"x.{declared.partition('/')[2]}") == declared
    )


@pytest.mark.parametrize("found", [name for name in SAMPLES if not name.startswith("text")])
@pytest.mark.parametrize("declared", [*SAMPLES, "video/mp4", "text/html", "image/svg+xml", "x"])
def test_a_word_that_the_bytes_deny_is_refused(found: str, declared: str) -> None:
    both_text = {"application/json", "application/jsonl", "text/plain"}
    if found == declared or {found, declared} <= both_text:
        return
    with pytest.raises(UnsupportedMime) as refused:
        kind(SAMPLES[found], declared)
    assert refused.value.param == "file"


@pytest.mark.parametrize("data", UNKNOWN)
def test_what_is_none_of_these_is_refused_whatever_it_is_called(data: bytes) -> None:
    for declared in ("", "image/png", "text/plain", "application/octet-stream"):
        with pytest.raises(UnsupportedMime):
            kind(data, declared)


@pytest.mark.parametrize("data", [MARKUP, SVG, b"GIF89 <script>"])
def test_markup_is_text_and_never_what_a_browser_would_run(data: bytes) -> None:
    assert kind(data) == kind(data, "text/plain", name="x.html") == "text/plain"
    for declared in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"):
        with pytest.raises(UnsupportedMime):
            kind(data, declared)
    with pytest.raises(UnsupportedMime):
        kind(data, purpose="vision")


def test_text_is_json_only_where_it_begins_so() -> None:
    assert kind(JSON, name="a.json") == "application/json"
    assert kind(JSON, name="a.txt") == "text/plain"
    assert kind(JSON, "text/plain", name="a.jsonl") == "application/jsonl"
    assert kind(b"# a", "text/markdown", name="a.json") == "text/plain"
    assert kind(b"words", name="a.json") == "text/plain"
    with pytest.raises(UnsupportedMime):
        kind(b"words", "application/json")


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_purpose_takes_what_it_can_use(purpose: str, name: str) -> None:
    if name in PURPOSES[purpose]:
        assert kind(SAMPLES[name], name, purpose=purpose) == name
    else:
        with pytest.raises(UnsupportedMime, match=purpose):
            kind(SAMPLES[name], name, purpose=purpose)


@given(st.binary(max_size=3000), st.integers(1, 1500))
def test_how_the_bytes_were_cut_changes_nothing(data: bytes, size: int) -> None:
    assert looked(data, size).found() == looked(data, 5000).found()


@given(st.sampled_from(sorted(SAMPLES)), st.integers(1, 64))
def test_pieces_of_any_size_are_recognised(name: str, size: int) -> None:
    assert kind_of(looked(SAMPLES[name], size), name, "x", "user_data") == name
