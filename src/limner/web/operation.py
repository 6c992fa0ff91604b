"""One operation: what it takes and answers, and beside it how to call it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from limner.web.calls import calls, shown_answer
from limner.web.markup import Html, element, inline, joined, prose
from limner.web.openapi import Described, Document, Header, Media, Parameter, Ref, Response, Schema
from limner.web.shapes import Field, fields, kind_of, stated

STREAM = "text/event-stream"
PLACES = {"path": "In the path", "query": "In the query", "header": "Headers"}


@dataclass(frozen=True, slots=True)
class Place:
    """An operation, and where it is."""

    method: str
    path: str
    said: Described


def article(document: Document, place: Place) -> Html:
    said = place.said
    name = said.operation_id
    words = (
        element("h3", element("a", inline(said.summary), href=f"#{name}")),
        address(place),
        prose(said.description),
        *parameters(document, said.parameters),
        *body(document, said),
        *answers(document, said),
    )
    return element(
        "article",
        element("div", *words, class_="words"),
        element("div", *calls(said), *shown_answer(said), class_="calls"),
        id=name,
        data_find=f"{place.method} {place.path} {said.summary} {name}".lower(),
    )


def address(place: Place) -> Html:
    method = element("span", place.method, class_=f"method {place.method.lower()}")
    path = element("code", *varying(place.path), class_="path")
    schemes = [name for one in place.said.security or () for name in one]
    needs = {"key": "needs a key", "admin": "needs an admin key"}
    word = needs[schemes[0]] if schemes else "open to all"
    return element("p", method, path, element("span", word, class_="needs"), class_="address")


def varying(path: str) -> Iterator[str]:
    """A path with its variable parts marked, and places where a narrow screen may break it."""
    for number, part in enumerate(path.split("/")):
        if number:
            yield Html("/<wbr>")
        yield element("var", part) if part.startswith("{") else part


def parameters(document: Document, told: Sequence[Parameter]) -> Iterator[Html]:
    schemas = document.components.schemas
    for where, title in PLACES.items():
        found = [
            Field(
                one.name,
                kind_of(stated(one.schema), schemas),
                one.description,
                one.required,
                None,
                (),
            )
            for one in told
            if one.place == where
        ]
        if found:
            yield element("h4", title)
            yield listed(found)


def body(document: Document, said: Described) -> Iterator[Html]:
    if said.request_body is msgspec.UNSET:
        return
    for content_type, media in said.request_body.content.items():
        form = " as a form" if "form" in content_type else ""
        yield element("h4", f"Body{form}")
        yield described(document, media.schema)


def described(
    document: Document, schema: Schema | msgspec.UnsetType, *, answered: bool = False
) -> Html:
    if schema is msgspec.UNSET:
        return Html("")
    return listed(fields(schema, document.components.schemas), answered=answered)


def listed(found: Sequence[Field], *, answered: bool = False) -> Html:
    """Fields: which must be sent, or else which are not always answered."""
    entries = (entry(one, answered=answered) for one in found)
    return element("dl", *entries, class_="fields") if found else Html("")


def entry(one: Field, *, answered: bool) -> Html:
    marks = []
    if one.required and not answered:
        marks.append(element("span", "required", class_="required"))
    if answered and not one.required:
        marks.append(element("span", "not always", class_="default"))
    if one.default is not None and not answered:
        marks.append(element("span", "default ", element("code", one.default), class_="default"))
    count = f"{len(one.inner)} fields" if len(one.inner) > 1 else "1 field"
    inner = [element("details", element("summary", count), listed(one.inner, answered=answered))]
    return joined(
        (
            element(
                "dt",
                element("code", one.name),
                element("span", inline(one.kind), class_="kind"),
                *marks,
            ),
            element("dd", prose(one.about), *(inner if one.inner else [])),
        )
    )


def answers(document: Document, said: Described) -> Iterator[Html]:
    yield element("h4", "Answers")
    good = [(status, one) for status, one in said.responses.items() if status < "400"]
    for number, (status, one) in enumerate(good):
        yield answer(document, status, one, shown=number == 0)
    yield refusals(document, said)


def answer(document: Document, status: str, response: Response, *, shown: bool) -> Html:
    """One good answer, unfolded or not."""
    told = [content(document, kind, media) for kind, media in response.content.items()]
    return element(
        "details",
        element(
            "summary",
            element("span", status, class_="status good"),
            element("span", inline(response.description)),
        ),
        *told,
        *of_headers(document, response),
        class_="answer",
        open=shown and len(response.content) == 1,
    )


def content(document: Document, kind: str, media: Media) -> Html:
    parts = [element("p", element("code", kind), class_="content-type")]
    if kind == STREAM and media.schema is not msgspec.UNSET:
        data = media.schema["properties"]["data"]
        frames = data["anyOf"][-1]["contentSchema"]["oneOf"]
        about = prose(media.schema["description"])
        return joined((*parts, about, *(frame(document, one) for one in frames)))
    return joined((*parts, described(document, media.schema, answered=True)))


def frame(document: Document, schema: Schema) -> Html:
    """One kind of event in a stream, by the word in its `type`."""
    found = document.components.schemas[schema["$ref"].rpartition("/")[2]]
    (word,) = found["properties"]["type"]["enum"]
    return element(
        "details",
        element("summary", element("code", word)),
        prose(found.get("description", "")),
        described(document, found, answered=True),
    )


def of_headers(document: Document, response: Response) -> Iterator[Html]:
    schemas, known = document.components.schemas, document.components.headers
    found = [
        Field(name, kind_of(one.schema, schemas), one.description, False, None, ())
        for name, header in response.headers.items()
        for one in [resolved(header, known)]
    ]
    if found:
        yield element(
            "details",
            element("summary", f"{len(found)} headers" if len(found) > 1 else "1 header"),
            listed(found),
        )


def resolved(header: Header | Ref, known: dict[str, Header]) -> Header:
    return known[header.name] if isinstance(header, Ref) else header


def refusals(document: Document, said: Described) -> Html:
    rows = [
        element(
            "tr",
            element("td", element("span", status, class_="status bad")),
            element("td", *codes(response)),
            element("td", inline(response.description)),
        )
        for status, response in said.responses.items()
        if status >= "400"
    ]
    table = element("table", element("tbody", *rows))
    return element(
        "details",
        element(
            "summary", element("span", "4xx 5xx", class_="status bad"), element("span", "errors")
        ),
        element("div", table, class_="scroll"),
        class_="answer",
    )


def codes(response: Response) -> Iterator[Html]:
    for media in response.content.values():
        for code in media.examples:
            yield element("a", element("code", code), href=f"#error-{code}")
            yield Html("<br>")
