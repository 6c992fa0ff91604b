"""Every response header limner sends, and which answer has it."""

from collections.abc import Iterator

from limner.api.openapi import kinds
from limner.api.openapi.standard import once_only
from limner.api.operation import Operation
from limner.web.openapi import Header, Ref, Schema

COMPONENT = "#/components/headers/{name}"
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
YES: Schema = {"const": "true"}


def header(description: str, schema: Schema, *, required: bool = False) -> Header:
    return Header(description=description, schema=schema, required=required)


HEADERS: dict[str, Header] = {
    "x-request-id": header("your own `x-request-id`, or `req_…`", TEXT, required=True),
    "x-job-id": header("the job of the request; there as soon as it is accepted", TEXT),
    "x-model-used": header("the slug of the model that answered", TEXT),
    "x-credits-used": header("what was charged, a plain decimal number", {"type": "number"}),
    "x-limner-cache": header("`hit` where the pictures were drawn before", {"const": "hit"}),
    "x-fallback-from": header("the slug that was asked for, where another answered", TEXT),
    "x-fallback-depth": header("`1` where another model answered", COUNT),
    "x-infery-ignored-params": header("names of parameters that were ignored", TEXT),
    "x-infery-partial": header(
        "`delivered/asked`, where fewer pictures came", {"type": "string", "pattern": "^\\d+/\\d+$"}
    ),
    "x-limner-warnings": header("the warnings, cut at 1,000 characters", TEXT),
    "x-limner-mode": header("`test`, with a test key", {"const": "test"}),
    "x-should-retry": header(
        "whether the same request may be sent again", {"enum": ["true", "false"]}
    ),
    "retry-after": header("seconds to wait before the next try", {"type": "integer", "minimum": 1}),
    "idempotent-replayed": header("the job of an earlier, equal request answers", YES),
    "preference-applied": header("how far `Prefer` was followed: `wait=N`", TEXT),
    "deprecation": header("the model is going to be switched off", YES),
    "sunset": header("when it will be switched off", TEXT),
    "x-ratelimit-limit": header("how many requests a minute may have", COUNT),
    "x-ratelimit-remaining": header("how many of them are left", COUNT),
    "x-ratelimit-reset": header("when there will be more, unix seconds", COUNT),
    "x-storage-used-bytes": header("what the workspace's files take", COUNT),
    "x-storage-limit-bytes": header("what they may take", COUNT),
    "x-files-used": header("how many files the workspace has", COUNT),
    "x-files-limit": header("how many it may have", COUNT),
    "x-accel-buffering": header("of a stream: a proxy is to pass it on at once", {"const": "no"}),
    "content-range": header("which bytes these are", TEXT),
    "accept-ranges": header("ranges are served", {"const": "bytes"}),
    "etag": header("the version of these bytes, for `If-None-Match`", TEXT),
    "content-disposition": header("the name to save it under", TEXT),
    "allow": header("the methods this path has", TEXT),
}

OF_JOB = ("x-job-id", "x-model-used", "x-credits-used")
OF_ACCEPTED = (
    "x-job-id",
    "x-model-used",
    "x-limner-cache",
    "x-fallback-from",
    "x-fallback-depth",
    "x-infery-ignored-params",
    "preference-applied",
    "deprecation",
    "sunset",
)
OF_PICTURES = ("x-credits-used", "x-infery-partial", "x-limner-warnings", "x-accel-buffering")
OF_RATES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
OF_STORAGE = ("x-storage-used-bytes", "x-storage-limit-bytes", "x-files-used", "x-files-limit")
OF_BYTES = ("etag", "accept-ranges", "content-disposition")
OF_ERROR = ("x-should-retry", "retry-after")


def of_answer(operation: Operation, status: int) -> dict[str, Header | Ref]:
    """The headers an answer may have, each by its name in `components`."""
    names = [*names_of(operation, status), *operation.headers]
    return {name: Ref(COMPONENT.format(name=name)) for name in dict.fromkeys(names)}


def names_of(operation: Operation, status: int) -> Iterator[str]:
    yield "x-request-id"
    if status >= 400:
        yield from OF_ERROR
    if kinds.creates(operation):
        yield from OF_ACCEPTED
        yield from OF_RATES
        if status < 400:
            yield from OF_PICTURES
    if kinds.of_workspace(operation):
        yield "x-limner-mode"
    if once_only(operation) and status < 400:
        yield "idempotent-replayed"
    if kinds.tells_of_job(operation) and status < 400:
        yield from OF_JOB
    if kinds.counts_files(operation):
        yield from OF_STORAGE
    if kinds.sends_bytes(operation) and status < 400:
        yield from OF_BYTES
    if status in (206, 416):
        yield "content-range"
