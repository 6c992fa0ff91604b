"""HTML out of elements: what is not markup already is escaped, so no text can become any."""

import html
import re
from collections.abc import Iterable

VOID = {"meta", "link", "input", "br", "hr"}
CODE = re.compile(r"`([^`]+)`")
BLANK = re.compile(r"\n\s*\n")


class Html(str):
    """Text that is markup."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool | None) -> Html:
    """`class_` is written `class`, `data_x` is written `data-x`; None and False leave one out."""
    said = "".join(attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{joined(children)}</{name}>")


def attribute(name: str, value: str | bool | None) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(value)}"'


def joined(children: Iterable[str]) -> Html:
    return Html("".join(escaped(one) for one in children))


def escaped(text: str) -> str:
    return text if isinstance(text, Html) else html.escape(text, quote=False)


def inline(text: str) -> Html:
    """A sentence; what stands in backticks is code."""
    parts = CODE.split(text)
    return joined(
        element("code", part) if number % 2 else part for number, part in enumerate(parts)
    )


def prose(text: str) -> Html:
    """Paragraphs, parted by empty lines."""
    return joined(element("p", inline(one)) for one in BLANK.split(text.strip()) if one)


def code(text: str, language: str = "") -> Html:
    """A block that can be copied."""
    return element("pre", element("code", text), tabindex="0", data_lang=language or None)
