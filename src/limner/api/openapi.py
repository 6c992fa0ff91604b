"""The OpenAPI document, written from the routes' own declarations and their Structs."""

from collections.abc import Iterable, Sequence

import msgspec

from limner import __version__
from limner.api.operation import Operation
from limner.api.wire.errors import ErrorEnvelope

COMPONENT = "#/components/schemas/{name}"

MEANINGS = {
    400: "the request is wrong; `param` names the field and the message says what is allowed",
    401: "the key is missing, unknown, revoked or expired",
    402: "not enough credits",
    403: "this key may not do that, or its rate limit is reached",
    404: "there is no such thing, or it belongs to another workspace",
    409: "it exists already, is on its way, or was cancelled meanwhile",
    410: "the model was retired; the message names its successor",
    413: "the body is too large, or the workspace has no room for it",
    416: "the range lies beyond the end of the bytes",
    500: "limner failed; nothing was charged",
    502: "the provider failed; nothing was charged",
    503: "no provider is configured or has room, or the server cannot take work now",
    504: "still running: collect it with `error.job_id`",
}

STREAM = "each `data:` is one of these, the last is `[DONE]`; lines that begin with `:` are pauses"


def document(operations: Sequence[Operation]) -> dict[str, object]:
    """An OpenAPI 3.1 document as plain values."""
    types = {
        kind
        for one in operations
        for kind in (one.body, one.form, one.answer, *one.frames)
        if kind is not None
    }
    ordered = sorted(types | {ErrorEnvelope}, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(
        ordered, schema_hook=anything, ref_template=COMPONENT
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "limner",
            "version": __version__,
            "description": "One API for every image model. Send `Authorization: Bearer inf_…`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths(operations),
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def anything(kind: type) -> dict[str, object]:
    """Where the contract leaves a value open."""
    return {"description": "any JSON value"}


def paths(operations: Iterable[Operation]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for one in operations:
        found.setdefault(one.path, {})[one.method.lower()] = described(one)
    return found


def described(operation: Operation) -> dict[str, object]:
    said: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": [] if operation.public else [{"key": []}],
        "parameters": parameters(operation),
        "responses": responses(operation),
    }
    if operation.body is not None:
        said["requestBody"] = {"required": True, "content": content(operation.body)}
    if operation.form is not None:
        form = content(operation.form, "multipart/form-data")
        said["requestBody"] = {"required": True, "content": form}
    return said


def parameters(operation: Operation) -> list[dict[str, object]]:
    text = {"type": "string"}
    in_path: list[dict[str, object]] = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": text}
        for part in operation.path.split("/")
        if part.startswith("{")
    ]
    in_query: list[dict[str, object]] = [
        {"name": one.name, "in": one.place, "description": one.about, "schema": text}
        for one in operation.query
    ]
    return in_path + in_query


def responses(operation: Operation) -> dict[str, object]:
    answers: dict[str, object] = {
        str(operation.status): {"description": "OK", "content": answer_content(operation)},
    }
    envelope = content(ErrorEnvelope)
    answers |= {str(status): {"description": said} for status, said in operation.others.items()}
    for status in sorted({*operation.errors, 500, 503}):
        answers[str(status)] = {"description": MEANINGS[status], "content": envelope}
    return answers


def answer_content(operation: Operation) -> dict[str, object]:
    if operation.answer is None:
        return {operation.content_type: {}}
    return content(operation.answer) | streamed(operation.frames)


def streamed(frames: Sequence[type]) -> dict[str, object]:
    """Which values the `data:` of a stream may be; it always ends with `data: [DONE]`."""
    if not frames:
        return {}
    kinds = [{"$ref": COMPONENT.format(name=kind.__name__)} for kind in frames]
    return {"text/event-stream": {"schema": {"description": STREAM, "oneOf": kinds}}}


def content(kind: type, written: str = "application/json") -> dict[str, object]:
    reference = COMPONENT.format(name=kind.__name__)
    return {written: {"schema": {"$ref": reference}}}
