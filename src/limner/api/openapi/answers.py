"""The responses of an operation: the good ones, a stream, bytes, and every refusal."""

from collections.abc import Sequence

from limner.api.openapi import headers, refusals
from limner.api.openapi.links import links
from limner.api.openapi.schemas import ref
from limner.api.openapi.sheets import sheet, value_of
from limner.api.operation import Operation
from limner.web.openapi import Example, Examples, Media, Response, Schema

STREAM = """\
One event: a line `data: ` with JSON in it, and an empty line. The last event is always \
`data: [DONE]`. Lines that begin with `:` are pauses.\
"""


def responses(operation: Operation, others: Sequence[Operation]) -> dict[str, Response]:
    answers = {str(operation.status): good(operation, others)}
    for status, meaning in operation.others.items():
        answers[str(status)] = another(operation, status, meaning)
    for status in refusals.statuses(operation):
        answers[str(status)] = refused(operation, status, others)
    return answers


def good(operation: Operation, others: Sequence[Operation]) -> Response:
    return Response(
        description="OK" if operation.status == 200 else "made",
        headers=headers.of_answer(operation, operation.status),
        content=answer_content(operation),
        links=links(operation, operation.status, others),
    )


def another(operation: Operation, status: int, meaning: str) -> Response:
    """A further good answer. One with a body has that of the first."""
    return Response(
        description=meaning,
        headers=headers.of_answer(operation, status),
        content={} if status in (204, 304) else answer_content(operation),
    )


def refused(operation: Operation, status: int, others: Sequence[Operation]) -> Response:
    return Response(
        description=refusals.meaning(status, refusals.met_by(operation, status)),
        headers=headers.of_answer(operation, status),
        content={"application/json": refusals.refused_with(operation, status)},
        links=links(operation, status, others),
    )


def answer_content(operation: Operation) -> dict[str, Media]:
    further = {content_type: Media() for content_type in operation.also}
    if operation.answer is None:
        return {operation.content_type: plain(operation)} | further
    said = sheet(operation.name).answer
    examples: Examples = {operation.name: Example(value=value_of(said))} if said else {}
    media = Media(schema=ref(operation.answer.__name__), examples=examples)
    return {operation.content_type: media} | streamed(operation) | further


def plain(operation: Operation) -> Media:
    """Bytes or text. In OpenAPI 3.1 bytes have no schema."""
    said = sheet(operation.name).answer
    return Media(examples={operation.name: Example(value=said)}) if said else Media()


def streamed(operation: Operation) -> dict[str, Media]:
    if not operation.frames:
        return {}
    said = sheet(operation.name).stream
    media = Media(
        schema=event([ref(kind.__name__) for kind in operation.frames]),
        examples={"stream": Example(value=said)} if said else {},
    )
    return {"text/event-stream": media}


def event(frames: list[Schema]) -> Schema:
    """One event of a stream, told as OpenAPI 3.2 will."""
    json = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"oneOf": frames},
    }
    data = {"anyOf": [{"const": "[DONE]"}, json]}
    return {
        "type": "object",
        "description": STREAM,
        "required": ["data"],
        "properties": {"data": data},
    }
