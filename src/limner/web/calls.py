"""How to call an operation, in tabs that need no script, and what it answers."""

from collections.abc import Iterator

import msgspec

from limner.web.examples import pretty
from limner.web.markup import Html, code, element
from limner.web.openapi import Described, Example, Snippet

NAMES = {"sh": "curl", "python": "Python"}


def calls(said: Described) -> Iterator[Html]:
    """One block for each request to try; all but the first are folded."""
    titles = dict.fromkeys(one.label for one in said.snippets)
    for number, title in enumerate(titles):
        ways = [one for one in said.snippets if one.label == title]
        tabs = tabbed(f"{said.operation_id}-{number}", ways)
        if number == 0:
            yield element("figure", element("figcaption", title), tabs, class_="call")
        else:
            yield element("details", element("summary", title), tabs, class_="call")


def tabbed(name: str, ways: list[Snippet]) -> Html:
    """Radio buttons choose what is shown, by CSS alone."""
    parts: list[Html] = []
    for number, one in enumerate(ways):
        known = f"{name}-{one.lang}"
        parts.append(
            element(
                "input",
                type="radio",
                name=name,
                id=known,
                class_=f"tab-{number + 1}",
                checked=number == 0,
            )
        )
        parts.append(element("label", NAMES.get(one.lang, one.lang), for_=known))
    panels = [element("div", code(one.source, one.lang), class_="panel") for one in ways]
    return element("div", *parts, *panels, class_="tabs")


def shown_answer(said: Described) -> Iterator[Html]:
    """The examples of the first good answer; a stream is folded."""
    response = next(iter(said.responses.values()))
    status = next(iter(said.responses))
    for number, media in enumerate(response.content.values()):
        for example in media.examples.values():
            if not isinstance(example, Example):
                continue
            title = f"Answer {status}" if number == 0 else "Streamed"
            block = code(text_of(example), "json" if number == 0 else "")
            kind, head = ("figure", "figcaption") if number == 0 else ("details", "summary")
            yield element(kind, element(head, title), block, class_="call")


def text_of(example: Example) -> str:
    if isinstance(example.value, str):
        return example.value.strip()
    return pretty(msgspec.to_builtins(example.value))
