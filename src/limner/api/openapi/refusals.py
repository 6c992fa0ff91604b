"""Errors in the document: each code with its schema and example, and who can meet it."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from limner import errors
from limner.api.openapi import kinds
from limner.api.openapi.schemas import ref
from limner.api.openapi.sheets import Told, refusals
from limner.api.openapi.standard import once_only
from limner.api.operation import Operation
from limner.api.wire.errors import ErrorEnvelope
from limner.errors import Conflict, InvalidParams, LimnerError, RateLimited
from limner.web.openapi import Example, Media, Ref, Schema

EXAMPLE = "#/components/examples/{name}"
ALWAYS = (500, 503)
"""What every operation may answer."""
OF_REPEATS = (InvalidParams.status, Conflict.status)
OF_RATES = (RateLimited.status, 429)
"""The setting `rate_limit_status` chooses one of them."""
A_JOB = "imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P"
A_REQUEST = "req_01KA7M3W8Y6S7T8V9W0X1Y2Z3A"
WITH_JOB = ("job_timeout", "artifact_unreadable", "idempotency_in_progress")

MEANINGS = {
    400: "the request is wrong; `param` names the field and the message says what is allowed",
    401: "the key is missing, unknown, revoked or expired",
    402: "not enough credits, or the budget is used up",
    403: "this key may not do that, or its limit is reached",
    404: "there is no such thing, or it belongs to another workspace",
    409: "it exists already, is on its way, or was cancelled meanwhile",
    410: "the model was retired; the message names its successor",
    413: "the body is too large, or the workspace has no room for it",
    416: "the range lies beyond the end of the bytes",
    429: "the rate limit is reached, where the operator wants this status instead of 403",
    500: "limner failed; nothing was charged",
    502: "the provider failed; nothing was charged",
    503: "no provider is configured or has room, or the server cannot take work now",
    504: "still running: collect it with `error.job_id`",
}


def repeats(operation: Operation) -> bool:
    """Its conflicts are about being sent again, and about nothing else."""
    return kinds.creates(operation) or kinds.uploads(operation)


def takes_pictures(operation: Operation) -> bool:
    return kinds.creates(operation) and operation.path.endswith(("/edits", "/upscale"))


ONLY: Mapping[type[LimnerError], Callable[[Operation], bool]] = {
    errors.ModelNotSupported: kinds.creates,
    errors.ImageNotSupported: kinds.creates,
    errors.ContentPolicyViolation: kinds.creates,
    errors.UnsupportedMime: lambda one: kinds.uploads(one) or takes_pictures(one),
    errors.ImageUrlRequired: lambda one: one.path.endswith("/upscale"),
    errors.UnsafeImageUrl: takes_pictures,
    errors.Forbidden: lambda one: 403 in one.errors,
    errors.RateLimited: kinds.of_workspace,
    errors.BudgetExceeded: kinds.creates,
    errors.ConcurrentRunLimitReached: kinds.creates,
    errors.ModelNotFound: kinds.names_model,
    errors.NotFound: lambda one: "{slug}" not in one.path,
    errors.Conflict: lambda one: 409 in one.errors and not repeats(one),
    errors.IdempotencyInProgress: once_only,
    errors.IdempotencyMismatch: once_only,
    errors.JobCancelled: kinds.creates,
    errors.UploadInProgress: kinds.uploads,
    errors.StorageQuotaExceeded: kinds.uploads,
    errors.FileQuotaExceeded: kinds.uploads,
    errors.ArtifactUnreadable: kinds.creates,
}
"""Errors that only some of the operations with their status can meet."""


def every_error() -> list[type[LimnerError]]:
    """One class for each code, in the order of errors.py."""
    kinds_of = [one for one in vars(errors).values() if isinstance(one, type)]
    return [one for one in kinds_of if issubclass(one, LimnerError) and one is not LimnerError]


def statuses(operation: Operation) -> list[int]:
    """What it declares, and what every operation of its kind may answer."""
    repeated = OF_REPEATS if once_only(operation) else ()
    limited = OF_RATES if kinds.of_workspace(operation) else ()
    return sorted({*operation.errors, *repeated, *limited, *ALWAYS})


def met_by(operation: Operation, status: int) -> list[type[LimnerError]]:
    """The errors of this status that the operation can end in."""
    return [
        one
        for one in every_error()
        if status in statuses_of(one) and (one not in ONLY or ONLY[one](operation))
    ]


def statuses_of(error: type[LimnerError]) -> tuple[int, ...]:
    return OF_RATES if error is RateLimited else (error.status,)


def refused_with(operation: Operation, status: int) -> Media:
    """The envelope, with each code it can carry."""
    met = met_by(operation, status)
    shapes = [ref(schema_name(one)) for one in met]
    return Media(
        schema=shapes[0] if len(shapes) == 1 else {"oneOf": shapes},
        examples={one.code: Ref(EXAMPLE.format(name=one.code)) for one in met},
    )


def schema_name(error: type[LimnerError]) -> str:
    """`ModelRetired` as `ModelRetiredError`."""
    return error.__name__.removesuffix("Error") + "Error"


def schemas() -> dict[str, Schema]:
    """For each code the one envelope, with what is always the same of it."""
    return {schema_name(one): schema_of(one) for one in every_error()}


def schema_of(error: type[LimnerError]) -> Schema:
    types = [error.type, *error.other_types]
    fixed = {
        "code": {"const": error.code},
        "type": {"enum": types} if error.other_types else {"const": error.type},
    }
    return {
        "title": schema_name(error),
        "description": told(error).meaning,
        "allOf": [ref(ErrorEnvelope.__name__)],
        "type": "object",
        "properties": {"error": {"type": "object", "properties": fixed}},
    }


def examples() -> dict[str, Example]:
    return {
        one.code: Example(summary=told(one).meaning, value=envelope(one), status=one.status)
        for one in every_error()
    }


def envelope(error: type[LimnerError]) -> dict[str, object]:
    said = told(error)
    body: dict[str, object] = {
        "message": said.message,
        "type": error.type,
        "code": error.code,
        "param": said.param,
        "request_id": A_REQUEST,
        "credits_used": 0,
        "retryable": bool(error.retryable),
    }
    return {"error": body | ({"job_id": A_JOB} if error.code in WITH_JOB else {})}


def told(error: type[LimnerError]) -> Told:
    words = error.code.replace("_", " ")
    return refusals().get(error.code, Told(meaning=words, message=words))


def unexplained() -> Iterator[str]:
    """Codes nobody has written an example for."""
    return (one.code for one in every_error() if one.code not in refusals())


def meaning(status: int, met: Sequence[type[LimnerError]]) -> str:
    return MEANINGS.get(status) or "; ".join(told(one).meaning for one in met)
