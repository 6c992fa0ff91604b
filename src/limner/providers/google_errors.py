"""What Google's refusals mean. They share one envelope on both of its hosts.

A bad key is a 400 there, like a bad value; only the details tell them apart. 500 with an envelope
is an error while drawing, 503 one of a host that took nothing; without an envelope both may be a
proxy's and stay unknown, as 502, 504 and all that is not listed.
"""

import re
from collections.abc import Mapping

import msgspec

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.failures import failure
from limner.providers.http import Reply, retry_after

WHO = "google"
ANY = "*"

OUTCOMES: Mapping[tuple[int, str | None], tuple[Outcome, Reason]] = {
    (301, None): ("known_not_run", "provider_error"),
    (307, None): ("known_not_run", "provider_error"),
    (308, None): ("known_not_run", "provider_error"),
    (400, "key"): ("known_not_run", "provider_account"),
    (400, "billing"): ("known_not_run", "provider_account"),
    (400, "content"): ("ran", "content_policy_violation"),
    (400, ANY): ("known_not_run", "bad_parameter"),
    (401, ANY): ("known_not_run", "provider_account"),
    (401, None): ("known_not_run", "provider_account"),
    (403, ANY): ("known_not_run", "provider_account"),
    (403, None): ("known_not_run", "provider_account"),
    (404, ANY): ("known_not_run", "model_unavailable"),
    (404, None): ("known_not_run", "provider_error"),
    (429, "no quota"): ("known_not_run", "provider_account"),
    (429, ANY): ("known_not_run", "capacity"),
    (429, None): ("known_not_run", "capacity"),
    (500, ANY): ("ran", "provider_error"),
    (503, ANY): ("known_not_run", "capacity"),
}
"""(status, what the envelope is about) -> outcome and reason; None is an answer without one."""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")
KEY_REASONS = frozenset(
    {"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED"}
)
KEY = re.compile(r"API key (?:not valid|expired)", re.IGNORECASE)
BILLING = re.compile(r"only accessible to billed users|billing", re.IGNORECASE)
CONTENT = re.compile(r"Responsible AI|sensitive words|safety|support codes?", re.IGNORECASE)
NO_QUOTA = re.compile(r"\blimit: 0\b")
DELAY = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,9})?)s")
STATUS_WORD = re.compile(r"[A-Z_]{1,40}")


class Detail(msgspec.Struct, frozen=True):
    """`detail` is words for developers, in which a support code may be all there is."""

    reason: str | None = None
    detail: str = ""
    retry_delay: str | None = msgspec.field(name="retryDelay", default=None)


class ErrorBody(msgspec.Struct, frozen=True):
    message: str = ""
    status: str = ""
    details: list[Detail] = []


class Envelope(msgspec.Struct, frozen=True):
    error: ErrorBody


def refusal(reply: Reply, now: float) -> ProviderError:
    """What a status other than 200 means; `now` in unix seconds reads dates in `retry-after`."""
    body = error_body(reply.body)
    outcome, reason = verdict(reply.status, body)
    word = body.status if body and STATUS_WORD.fullmatch(body.status) else ""
    return failure(
        WHO,
        outcome,
        reason,
        detail=f"HTTP {reply.status} {word}".strip()
        if body
        else f"HTTP {reply.status}, no envelope",
        retry_after=wait_s(reply, body, now) if reason == "capacity" else None,
    )


def error_body(body: bytes) -> ErrorBody | None:
    """The envelope, also where it is the only item of a list."""
    try:
        read = msgspec.json.decode(body, type=Envelope | list[Envelope])
    except msgspec.MsgspecError:
        return None
    if isinstance(read, list):
        return read[0].error if read else None
    return read.error


def verdict(status: int, body: ErrorBody | None) -> tuple[Outcome, Reason]:
    if body is None:
        return OUTCOMES.get((status, None), UNKNOWN)
    return OUTCOMES.get((status, subject(status, body)), OUTCOMES.get((status, ANY), UNKNOWN))


def subject(status: int, body: ErrorBody) -> str:
    """What an envelope is about, where its status alone does not say."""
    reasons = {detail.reason for detail in body.details}
    if status == 429:
        return "no quota" if NO_QUOTA.search(body.message) else ANY
    if reasons & KEY_REASONS or KEY.search(body.message):
        return "key"
    if body.status == "FAILED_PRECONDITION" or BILLING.search(body.message):
        return "billing"
    words = " ".join([body.message, *(detail.detail for detail in body.details)])
    return "content" if CONTENT.search(words) else ANY


def wait_s(reply: Reply, body: ErrorBody | None, now: float) -> float | None:
    """How long Google says to wait, in its details or in the usual header."""
    for detail in body.details if body else ():
        if found := DELAY.fullmatch(detail.retry_delay or ""):
            return float(found[1])
    return retry_after(reply.headers, now)
