"""The one envelope of every error: `{"error": {…}}`, with what it cost and what to do next."""

from typing import Any

import msgspec

from limner.api.asgi import JSON, Header
from limner.errors import LimnerError


class ErrorBody(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`job_id` is there only while a job can be collected with it."""

    message: str
    type: str
    code: str
    param: str | None
    request_id: str
    credits_used: float
    retryable: bool
    job_id: str | msgspec.UnsetType = msgspec.UNSET


class ErrorEnvelope(msgspec.Struct, frozen=True):
    error: ErrorBody


def error_answer(
    error: LimnerError, request_id: str, *, accepted: bool = False
) -> tuple[int, list[Header], bytes]:
    """Status, headers and body. An error after acceptance must never be answered by a resend."""
    retryable = error.retryable and not accepted
    headers = [JSON, *error.headers]
    if error.retry_after is not None:
        headers.append(("retry-after", str(max(1, error.retry_after))))
    if retryable is not None or accepted:
        headers.append(("x-should-retry", "true" if retryable else "false"))
    body = ErrorBody(**words_of(error, request_id, retryable=bool(retryable)))
    return error.status, headers, msgspec.json.encode(ErrorEnvelope(body))


def words_of(error: LimnerError, request_id: str, *, retryable: bool) -> dict[str, Any]:
    """The fields of an error, whatever carries them."""
    return {
        "message": error.message,
        "type": error.type,
        "code": error.code,
        "param": error.param,
        "request_id": request_id,
        "credits_used": 0,
        "retryable": retryable,
        "job_id": error.job_id or msgspec.UNSET,
    }
