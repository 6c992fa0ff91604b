"""A form says the same however it is cut on its way, and what is broken is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.forms import BOUNDARY, TYPE, form, part

from limner.api.file_form import FileForm
from limner.api.multipart import LONGEST_HEADER, MOST_PARTS, Form, PartBegins, PartData
from limner.errors import InvalidParams

PICTURE = b"\x89PNG\r\n\x1a\n--a-boundary\r\n--" + bytes(range(256))
PARTS = [
    part("file", PICTURE, "room.png", "content-type: image/png"),
    part("purpose", b"vision"),
    part("expires_after[anchor]", b"created_at"),
]


async def heard(body: bytes, size: int = 65_536) -> tuple[bytes, PartBegins, str]:
    """The file's bytes, its head and the purpose of a form that arrives in pieces."""
    data = b""

    async def take(more: bytes) -> None:
        nonlocal data
        data += more

    parser, told = Form(TYPE), FileForm(take)
    for start in range(0, len(body), size):
        for event in parser.feed(body[start : start + size]):
            await told.hear(event)
    parser.finish()
    return data, told.file(), told.purpose()


@given(st.permutations(PARTS), st.integers(1, 700))
async def test_parts_come_in_any_order_and_cut_anywhere(parts: list[bytes], size: int) -> None:
    expected = (PICTURE, PartBegins("file", "room.png", "image/png"), "vision")
    assert await heard(form(parts), size) == expected


@given(
    st.lists(st.sampled_from([b"\r\n", b"--", BOUNDARY.encode(), b"\r", b"-", b"x", b"\0"])),
    st.integers(1, 60),
)
async def test_bytes_that_look_like_a_boundary_are_kept(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    if f"\r\n--{BOUNDARY}" in (b"\r\n" + data).decode("latin-1"):
        return
    body = form([part("purpose", b"batch"), part("file", data, "x")])
    assert (await heard(body, size))[0] == data


@given(st.text(st.characters(exclude_characters='"\\\r\n%', codec="utf-8"), max_size=80))
async def test_names_are_utf_8(filename: str) -> None:
    _, head, _ = await heard(form([part("file", b"x", filename), PARTS[1]]))
    assert head.filename == filename


async def test_a_name_is_read_as_browsers_write_it() -> None:
    _, head, _ = await heard(form([part("file", b"x", "a%22b; c%0D%0A.png"), PARTS[1]]))
    assert head.filename == 'a"b; c\r\n.png'


@given(st.binary(max_size=2000), st.integers(1, 500))
async def test_noise_is_refused_and_breaks_nothing(noise: bytes, size: int) -> None:
    with pytest.raises(InvalidParams):
        await heard(noise, size)


@given(st.integers(0, len(form(PARTS)) - 5))
async def test_a_form_that_ends_early_is_refused(length: int) -> None:
    with pytest.raises(InvalidParams):
        await heard(form(PARTS)[:length])


@pytest.mark.parametrize(
    ("parts", "param"),
    [
        ([PARTS[0]], "purpose"),
        ([PARTS[1]], "file"),
        ([], "file"),
        ([PARTS[0], *PARTS], "file"),
        ([PARTS[0], PARTS[1], PARTS[1]], "purpose"),
        ([PARTS[0], part("purpose", b"")], "purpose"),
        ([PARTS[0], part("purpose", b"fine-tune")], "purpose"),
        ([PARTS[0], part("purpose", b"vision" * 1_000_000)], "purpose"),
        ([PARTS[0], part("purpose", b"\xff")], "purpose"),
        ([*PARTS, *[part("x", b"")] * MOST_PARTS], None),
        ([*PARTS, part("y", b"", None, *["a: b"] * 20)], None),
        ([*PARTS, part("y", b"", "n" * (LONGEST_HEADER + 1))], None),
        ([b"content-type: text/plain\r\n\r\nx"], None),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_a_form_may_not_have_is_named(parts: list[bytes], param: str | None) -> None:
    body = form(parts) if parts else f"--{BOUNDARY}--\r\n".encode()
    with pytest.raises(InvalidParams) as refused:
        await heard(body)
    assert refused.value.param == param


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "application/json",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'x' * 300}",
    ],
)
def test_a_body_of_another_kind_is_refused(kind: str | None) -> None:
    with pytest.raises(InvalidParams):
        Form(kind)


def test_a_file_is_handed_on_before_its_form_is_whole() -> None:
    parser = Form(TYPE)
    opening = f"--{BOUNDARY}\r\n".encode() + part("file", bytes(100_000), "x")
    events = parser.feed(opening)
    assert isinstance(events[0], PartBegins)
    assert sum(len(one.data) for one in events if isinstance(one, PartData)) == 100_000


def test_the_log_is_silent_about_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    for noise in (b"secret words", f"--{BOUNDARY} secret words".encode()):
        with pytest.raises(InvalidParams):
            Form(TYPE).feed(noise)
    assert caplog.records == []
