"""What an answer of Alibaba's other than a picture means: did the order run, and whose fault is it.

Codes have parts, as in `Throttling.RateQuota`: a row for the whole wins over one for its first
part. 500 comes from the model while it works, and Alibaba bills pictures alone: it counts as run,
so that nobody draws twice. 504 with or without words leaves everything open.
"""

import re
from collections.abc import Mapping

import msgspec

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.failures import failure, identifier
from limner.providers.http import Reply, retry_after

WHO = "alibaba"
ANY = "*"
"""Stands for every code of a readable envelope; None for an answer without one."""

OUTCOMES: Mapping[tuple[int, str | None], tuple[Outcome, Reason]] = {
    (301, None): ("known_not_run", "provider_error"),
    (307, None): ("known_not_run", "provider_error"),
    (308, None): ("known_not_run", "provider_error"),
    (400, "DataInspectionFailed"): ("ran", "content_policy_violation"),
    (400, "Arrearage"): ("known_not_run", "provider_account"),
    (400, "InvalidParameter"): ("known_not_run", "bad_parameter"),
    (400, "InvalidURL"): ("known_not_run", "bad_parameter"),
    (400, ANY): ("known_not_run", "bad_parameter"),
    (401, "InvalidApiKey"): ("known_not_run", "provider_account"),
    (401, ANY): ("known_not_run", "provider_account"),
    (401, None): ("known_not_run", "provider_account"),
    (403, "Arrearage"): ("known_not_run", "provider_account"),
    (403, "AccessDenied"): ("known_not_run", "provider_account"),
    (403, "Model.AccessDenied"): ("known_not_run", "provider_account"),
    (403, ANY): ("known_not_run", "provider_account"),
    (403, None): ("known_not_run", "provider_account"),
    (404, "ModelNotFound"): ("known_not_run", "model_unavailable"),
    (404, "Model.NotExist"): ("known_not_run", "model_unavailable"),
    (404, "NotFound"): ("known_not_run", "model_unavailable"),
    (404, ANY): ("known_not_run", "provider_error"),
    (404, None): ("known_not_run", "provider_error"),
    (429, "Throttling"): ("known_not_run", "capacity"),
    (429, "Throttling.AllocationQuota"): ("known_not_run", "capacity"),
    (429, "insufficient_quota"): ("known_not_run", "capacity"),
    (429, ANY): ("known_not_run", "capacity"),
    (429, None): ("known_not_run", "capacity"),
    (500, "InternalError"): ("ran", "provider_error"),
    (500, ANY): ("ran", "provider_error"),
    (503, "ServiceUnavailable"): ("known_not_run", "capacity"),
    (503, ANY): ("known_not_run", "capacity"),
}
"""(status, `code`) -> outcome and reason; what is not listed is unknown."""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")
QUOTAS = ("Throttling.AllocationQuota", "insufficient_quota")
QUOTA_S = 60.0
"""An allocation of the account is used up for this minute: nothing is gained by asking sooner."""
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}")


class Envelope(msgspec.Struct, frozen=True):
    code: str
    request_id: str | None = None


def refusal(reply: Reply, now: float) -> ProviderError:
    """What a status other than 200 means; `now` in unix seconds reads dates in `retry-after`."""
    envelope = envelope_of(reply.body)
    code = envelope.code if envelope else None
    outcome, reason = verdict(reply.status, code)
    wait_s = retry_after(reply.headers, now) if reason == "capacity" else None
    if wait_s is None and code in QUOTAS:
        wait_s = QUOTA_S
    return failure(
        WHO,
        outcome,
        reason,
        detail=f"HTTP {reply.status} {plain(code)}",
        retry_after=wait_s,
        provider_request_id=identifier(envelope.request_id) if envelope else None,
    )


def verdict(status: int, code: str | None) -> tuple[Outcome, Reason]:
    rows = (OUTCOMES[status, word] for word in words(code) if (status, word) in OUTCOMES)
    return next(rows, UNKNOWN)


def words(code: str | None) -> list[str | None]:
    """What a code is looked up by, its closest meaning first."""
    if code is None:
        return [None]
    return [code, code.partition(".")[0], ANY] if CODE.fullmatch(code) else [ANY]


def failed_with(code: str | None, what: str, request_id: str | None) -> ProviderError:
    """A refusal after the order was taken: it counts as run, whatever its code means elsewhere."""
    reasons = (reason for (_, word), (_, reason) in OUTCOMES.items() if word in words(code)[:-1])
    return failure(
        WHO,
        "ran",
        next(reasons, "provider_error"),
        detail=f"HTTP 200, {what} {plain(code)}",
        provider_request_id=request_id,
    )


def unanswered(what: str) -> ProviderError:
    """A question about a task that brought no answer."""
    return failure(WHO, "unknown", detail=f"asked for the task: {what}")


def code_of(body: bytes) -> str | None:
    envelope = envelope_of(body)
    return plain(envelope.code) if envelope else None


def envelope_of(body: bytes) -> Envelope | None:
    try:
        return msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError:
        return None


def plain(code: str | None) -> str:
    """A code as far as it is one, so that nothing else travels in it."""
    if code is None:
        return "no error envelope"
    return code if CODE.fullmatch(code) else "another code"
