"""A whole page that brings all it needs, and the policy that lets it do nothing else."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from limner.web.markup import Html, element, joined

FOLDER = files("limner.web")
STYLE = (FOLDER / "style.css").read_text("utf-8")
SCRIPT = (FOLDER / "script.js").read_text("utf-8")
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='7' fill='%23b4532a'/%3E"
    "%3Cpath d='M11 7v18h11' fill='none' stroke='white' stroke-width='4'/%3E%3C/svg%3E"
)


def policy() -> str:
    """Only the style and the script of this very page, by their hashes; it reaches no address."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{digest(STYLE)}'",
            f"script-src '{digest(SCRIPT)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def page(title: str, about: str, body: Sequence[str]) -> str:
    head = (
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="description", content=about),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("link", rel="icon", href=ICON),
        element("style", Html(STYLE)),
    )
    script = element("script", Html(SCRIPT))
    inside = joined((element("head", *head), element("body", *body, script)))
    return f"<!doctype html>\n{element('html', inside, lang='en')}\n"
