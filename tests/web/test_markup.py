"""No text becomes markup by accident."""

import pytest

from limner.web.markup import Html, code, element, inline, joined, prose


def test_what_is_text_is_escaped_and_what_is_markup_is_not() -> None:
    inner = element("b", "a < b & c")
    assert element("p", "<i>", inner) == "<p>&lt;i&gt;<b>a &lt; b &amp; c</b></p>"


def test_an_attribute_cannot_end_its_quotes() -> None:
    assert element("a", "x", title='"><script>') == ('<a title="&quot;&gt;&lt;script&gt;">x</a>')


@pytest.mark.parametrize(
    ("value", "written"), [(None, "<p></p>"), (False, "<p></p>"), (True, "<p hidden></p>")]
)
def test_an_attribute_is_left_out_or_stands_alone(value: bool | None, written: str) -> None:
    assert element("p", hidden=value) == written


def test_names_of_attributes_are_those_of_html() -> None:
    assert element("label", for_="x", data_lang="sh") == '<label for="x" data-lang="sh"></label>'


def test_void_elements_are_not_closed() -> None:
    assert element("input", type="radio") == '<input type="radio">'


def test_backticks_make_code_also_of_what_looks_like_markup() -> None:
    assert inline("take `<b>` as it is") == "take <code>&lt;b&gt;</code> as it is"


def test_empty_lines_part_paragraphs() -> None:
    assert prose("one\n\ntwo") == "<p>one</p><p>two</p>"
    assert prose("") == ""


def test_a_block_of_code_is_escaped_and_says_its_language() -> None:
    assert code("a > b", "sh") == ('<pre tabindex="0" data-lang="sh"><code>a &gt; b</code></pre>')


def test_joined_parts_are_markup() -> None:
    assert isinstance(joined(("<", Html("<br>"))), Html)
    assert joined(("<", Html("<br>"))) == "&lt;<br>"
