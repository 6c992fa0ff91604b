"""The reference: contents on the left, one article an operation, how to call it on the right."""

from collections.abc import Iterator

from limner.web.markup import Html, element, inline, joined, prose
from limner.web.openapi import Document, Example, Tag
from limner.web.operation import Place, article
from limner.web.page import page

INTRO = "introduction"
ERRORS = "errors"


def reference(document: Document) -> str:
    """The page as HTML."""
    info = document.info
    main = (
        introduction(document),
        *(chapter(document, tag) for tag in document.tags),
        errors(document),
    )
    return page(
        f"{info.title} {info.version}: API reference",
        info.summary,
        (
            element("a", "To the reference", class_="skip", href="#main"),
            sidebar(document),
            element("main", *main, id="main"),
        ),
    )


def placed(document: Document, tag: Tag) -> Iterator[Place]:
    for path, methods in document.paths.items():
        for method, one in methods.items():
            if tag.name in one.tags:
                yield Place(method.upper(), path, one)


def anchor(tag: Tag) -> str:
    return tag.name.lower().replace(" ", "-")


def sidebar(document: Document) -> Html:
    """The contents; on a narrow screen they are folded."""
    info = document.info
    title = element("a", info.title, class_="brand", href=f"#{INTRO}")
    version = element("span", info.version, class_="version")
    search = element(
        "input", type="search", id="find", placeholder="Find", aria_label="Find", hidden=True
    )
    lists = [
        group("Begin", f"#{INTRO}", [entry(f"#{ERRORS}", "Errors")]),
        *(
            group(
                tag.name,
                f"#{anchor(tag)}",
                [
                    entry(f"#{one.said.operation_id}", one.said.summary, one.method)
                    for one in placed(document, tag)
                ],
            )
            for tag in document.tags
        ),
    ]
    contents = element("nav", search, *lists, aria_label="Contents")
    folded = element("input", type="checkbox", id="menu", class_="menu", aria_label="Contents")
    button = element("label", "Contents", for_="menu", class_="menu-button")
    return element(
        "aside", element("header", title, version, button), folded, contents, class_="sidebar"
    )


def group(title: str, href: str, entries: list[Html]) -> Html:
    return element(
        "section", element("h2", element("a", title, href=href)), element("ul", *entries)
    )


def entry(href: str, words: str, method: str = "") -> Html:
    badge = element("span", method, class_=f"method {method.lower()}") if method else Html("")
    return element("li", element("a", badge, element("span", inline(words)), href=href))


def introduction(document: Document) -> Html:
    info = document.info
    schemes = document.components.security_schemes
    keys = [
        joined((element("dt", element("code", example_key(name))), element("dd", inline(words))))
        for name, scheme in schemes.items()
        if (words := scheme["description"])
    ]
    return element(
        "section",
        element("h1", f"{info.title} API"),
        element("p", info.summary, class_="lead"),
        prose(info.description),
        element("dl", *keys, class_="keys"),
        element(
            "p",
            "For programs: ",
            element("a", "openapi.json", href="/openapi.json"),
            ", the same as OpenAPI 3.1.",
        ),
        id=INTRO,
        class_="intro",
    )


def example_key(scheme: str) -> str:
    return "Bearer inf_admin_…" if scheme == "admin" else "Bearer inf_…"


def chapter(document: Document, tag: Tag) -> Html:
    articles = [article(document, place) for place in placed(document, tag)]
    heading = element("h2", element("a", tag.name, href=f"#{anchor(tag)}"))
    about = [element("p", inline(tag.description), class_="lead")] if tag.description else []
    return element("section", heading, *about, *articles, id=anchor(tag), class_="chapter")


def errors(document: Document) -> Html:
    """Every code with the sentence it comes with."""
    examples = document.components.examples.items()
    rows = [row(code, example) for code, example in examples]
    heads = element("tr", *(element("th", one, scope="col") for one in ("code", "status", "")))
    return element(
        "section",
        element("h2", element("a", "Errors", href=f"#{ERRORS}")),
        prose(
            "Every error has the same envelope, `error`, with a `message` for people and a `code` "
            "for programs. No error costs credits. `retryable` says whether the very same request "
            "may be sent again."
        ),
        element(
            "div",
            element("table", element("thead", heads), element("tbody", *rows)),
            class_="scroll",
        ),
        id=ERRORS,
        class_="chapter",
    )


def row(code: str, example: Example) -> Html:
    value = example.value
    body = value["error"] if isinstance(value, dict) else {}
    said = element("span", str(body.get("message", "")), class_="said")
    return element(
        "tr",
        element("td", element("code", code)),
        element("td", str(example.status or "")),
        element("td", inline(example.summary), said),
        id=f"error-{code}",
    )
