"""Answers held against the OpenAPI document, as strictly as it can be read."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

from limner.api.operation import Operation

OF_HTTP = {
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-resource-policy",
    "date",
    "referrer-policy",
    "server",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
}
"""Headers that HTTP and browsers know, and nobody has to document."""
BODILESS = (204, 304)


def strict(schema: Any) -> Any:
    """The schema with every field forbidden that it does not name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(one) for name, one in schema.items()}
    if "title" in schema and "properties" in schema and "allOf" not in schema:
        return closed | {"additionalProperties": False}
    return closed


@dataclass(slots=True)
class Told:
    """What a document tells of the answers of its operations."""

    document: dict[str, Any]
    _components: dict[str, Any] = field(init=False)
    _validators: dict[str, Draft202012Validator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        schemas = self.document["components"]["schemas"]
        self._components = {"schemas": {name: strict(one) for name, one in schemas.items()}}

    def check(self, operation: Operation, answer: httpx.Response) -> None:
        """Fails with all that the document does not know about an answer."""
        faults = list(self.faults(operation, answer))
        request = f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
        assert not faults, f"{request} {answer.text[:300]}\n" + "\n".join(faults)

    def faults(self, operation: Operation, answer: httpx.Response) -> Iterator[str]:
        said = self.document["paths"][operation.path][operation.method.lower()]
        response = said["responses"].get(str(answer.status_code))
        if response is None:
            yield f"{operation.name} does not tell of {answer.status_code}"
            return
        yield from self.faults_of_headers(response, answer)
        if answer.status_code not in BODILESS and answer.request.method != "HEAD":
            yield from self.faults_of_body(response, answer)

    def faults_of_headers(self, response: dict[str, Any], answer: httpx.Response) -> Iterator[str]:
        for name, value in answer.headers.items():
            if name in OF_HTTP:
                continue
            if name not in response["headers"]:
                yield f"the header {name} is not told of; see api/openapi/headers.py"
                continue
            header = self.document["components"]["headers"][name]
            number = header["schema"].get("type") in ("integer", "number")
            wrong = self.wrong(header["schema"], json.loads(value) if number else value)
            yield from (f"the header {name}: {one}" for one in wrong)
        if "x-request-id" not in answer.headers:
            yield "there is no x-request-id"

    def faults_of_body(self, response: dict[str, Any], answer: httpx.Response) -> Iterator[str]:
        kind = answer.headers["content-type"].partition(";")[0]
        known = [one for one in response["content"] if fits(kind, one)]
        if not known:
            yield f"the content type {kind} is not told of"
            return
        schema = response["content"][known[0]].get("schema")
        if kind == "text/event-stream":
            yield from self.faults_of_stream(schema, answer.text)
        elif schema is not None:
            yield from self.wrong(schema, answer.json())

    def faults_of_stream(self, schema: dict[str, Any], text: str) -> Iterator[str]:
        frames = schema["properties"]["data"]["anyOf"][-1]["contentSchema"]
        events = [one for one in text.split("\n\n") if one and one[0] != ":"]
        if events[-1] != "data: [DONE]":
            yield f"the stream ends with {events[-1]!r}"
        for event in events[:-1]:
            yield from self.wrong(frames, json.loads(event.removeprefix("data: ")))

    def wrong(self, schema: dict[str, Any], value: object) -> list[str]:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = strict(schema) | {"components": self._components}
            self._validators[key] = Draft202012Validator(whole)
        errors = self._validators[key].iter_errors(value)
        return [f"{one.instance_path}: {one.message}" for one in errors]


def fits(kind: str, told: str) -> bool:
    return re.fullmatch(re.escape(told).replace(r"\*", ".*"), kind) is not None
