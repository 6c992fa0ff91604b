"""A file's name is one part of a path, whatever was sent, and travels in a header unharmed."""

import unicodedata
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.files.filename import LONGEST, NAMELESS, disposition, tidied


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("room.png", "room.png"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\pictures\\a b.png", "a b.png"),
        ("a/b\\c/d.txt", "d.txt"),
        ("日本 é.jpg", "日本 é.jpg"),
        ("a\r\nset-cookie: b\0.png", "aset-cookie: b.png"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("half\ud800.png", "half.png"),
        ("folder/", NAMELESS),
        ("", NAMELESS),
        (" \t ", NAMELESS),
        ("..", NAMELESS),
        ("/.", NAMELESS),
        (".profile", ".profile"),
    ],
)
def test_only_the_last_part_of_a_path_is_kept(sent: str, kept: str) -> None:
    assert tidied(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert tidied("x" * 300 + ".jpeg") == "x" * 250 + ".jpeg"
    assert tidied("x" * 300) == "x" * LONGEST
    assert tidied("." + "x" * 300) == "." + "x" * (LONGEST - 1)


@given(st.text(st.characters(codec=None), max_size=400))
def test_every_name_comes_out_fit_to_be_stored_and_shown(sent: str) -> None:
    name = tidied(sent)
    assert 1 <= len(name) <= LONGEST
    assert name not in (".", "..")
    assert not set(name) & {"/", "\\", "\0", "\r", "\n"}
    assert not any(unicodedata.category(char).startswith("C") for char in name)
    assert tidied(name) == name
    name.encode()


@given(st.text(max_size=300).map(tidied))
def test_a_name_is_read_back_from_its_header(name: str) -> None:
    said = disposition(name)
    assert said.isascii()
    assert said.isprintable()
    head, _, whole = said.partition("; filename*=UTF-8''")
    assert unquote(whole) == name
    message = Message()
    message["content-disposition"] = head
    assert message.get_content_disposition() == "attachment"
    assert len(str(message.get_filename())) == len(name)
