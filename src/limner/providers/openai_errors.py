"""What an answer of OpenAI's other than a picture means: did the order run, and whose fault is it.

Only what OpenAI documents as turned away is `known_not_run`, and what HTTP itself sends elsewhere
(301, 307, 308), as a base address without its `s` does. 503 is OpenAI's word for an overloaded
engine that took nothing. 500 is an error "while processing": the work may have been done and
billed, and no picture will come, so it counts as run. Without the JSON envelope both may be a
proxy's and stay unknown, like 502, 504, the 52x of its CDN and everything nobody wrote down.
"""

import re
from collections.abc import Mapping

import msgspec

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.http import HttpFailure, NotSent, Reply, TooLarge, retry_after

ANY = "*"
"""Stands for every `code` and `type` of a readable envelope; None for an answer without one."""

OUTCOMES: Mapping[tuple[int, str | None], tuple[Outcome, Reason]] = {
    (301, None): ("known_not_run", "provider_error"),
    (307, None): ("known_not_run", "provider_error"),
    (308, None): ("known_not_run", "provider_error"),
    (400, "moderation_blocked"): ("ran", "content_policy_violation"),
    (400, "content_policy_violation"): ("ran", "content_policy_violation"),
    (400, "image_generation_user_error"): ("ran", "content_policy_violation"),
    (400, "billing_hard_limit_reached"): ("known_not_run", "provider_account"),
    (400, ANY): ("known_not_run", "bad_parameter"),
    (401, ANY): ("known_not_run", "provider_account"),
    (401, None): ("known_not_run", "provider_account"),
    (403, ANY): ("known_not_run", "provider_account"),
    (403, None): ("known_not_run", "provider_account"),
    (404, "model_not_found"): ("known_not_run", "model_unavailable"),
    (404, ANY): ("known_not_run", "provider_error"),
    (404, None): ("known_not_run", "provider_error"),
    (429, "insufficient_quota"): ("known_not_run", "provider_account"),
    (429, ANY): ("known_not_run", "capacity"),
    (429, None): ("known_not_run", "capacity"),
    (500, ANY): ("ran", "provider_error"),
    (503, ANY): ("known_not_run", "capacity"),
}
"""(status, `code`, else `type`) -> outcome and reason; what is not listed is unknown."""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")

SENTENCES: Mapping[Reason | Outcome, str] = {
    "content_policy_violation": "openai refused the prompt or its picture for its content",
    "provider_account": "openai turned this server's account away; its operator has to look at it",
    "capacity": "openai has no room for this order now",
    "bad_parameter": "openai refused a parameter of this order",
    "model_unavailable": "openai does not offer this model to this server",
    "ran": "openai failed to draw this order",
    "known_not_run": "openai did not take this order",
    "unknown": "openai left open whether this order was drawn",
}

SENT_NAME = re.compile(
    "model|prompt|n|size|quality|style|background|output_format|output_compression|moderation"
    "|response_format|safety_identifier|user|stream|partial_images|image|mask|input_fidelity"
    "|complexity"
)
WORD = re.compile(r"[a-z][a-z_]{0,63}")
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
VIOLATIONS = re.compile(r"safety_violations=\[([a-z_/, -]{1,200})\]")
CATEGORY = re.compile(r"[a-z][a-z_/-]{0,29}")


class ErrorBody(msgspec.Struct, frozen=True):
    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | int | None = None

    @property
    def words(self) -> list[str]:
        """`code` and `type` as far as they are words, so that nothing else travels in them."""
        return [word for word in (str(self.code), str(self.type)) if WORD.fullmatch(word)]


class Envelope(msgspec.Struct, frozen=True):
    error: ErrorBody


def refusal(reply: Reply, now: float) -> ProviderError:
    """What a status other than 200 means; `now` in unix seconds reads dates in `retry-after`."""
    body = error_body(reply.body)
    outcome, reason = verdict(reply.status, body)
    return ProviderError(
        sentence(outcome, reason, body),
        outcome=outcome,
        reason=reason,
        retry_after=retry_after(reply.headers, now) if reason == "capacity" else None,
        detail=detail(f"HTTP {reply.status}", body, reply.headers),
        provider_request_id=request_id(reply.headers),
    )


def refused_within(body: ErrorBody, headers: Mapping[str, str]) -> ProviderError:
    """An error inside a 200: the order was taken and will bring no picture."""
    known = (reason for (_, word), (_, reason) in OUTCOMES.items() if word in body.words)
    reason: Reason = next(known, "provider_error")
    return ProviderError(
        sentence("ran", reason, body),
        outcome="ran",
        reason=reason,
        detail=detail("HTTP 200, error within", body, headers),
        provider_request_id=request_id(headers),
    )


def failed_call(failure: HttpFailure) -> ProviderError:
    outcome: Outcome = "unknown"
    if isinstance(failure, NotSent):
        outcome = "known_not_run"
    elif isinstance(failure, TooLarge):
        outcome = "ran"
    return ProviderError(SENTENCES[outcome], outcome=outcome, detail=failure.what)


def failed_answer(
    what: str,
    headers: Mapping[str, str],
    outcome: Outcome = "ran",
    reason: Reason = "provider_error",
) -> ProviderError:
    """A 200 without its pictures; `what` says in our words what was wrong with it."""
    return ProviderError(
        sentence(outcome, reason, None),
        outcome=outcome,
        reason=reason,
        detail=detail(f"HTTP 200, {what}", ErrorBody(), headers),
        provider_request_id=request_id(headers),
    )


def error_body(body: bytes) -> ErrorBody | None:
    try:
        return msgspec.json.decode(body, type=Envelope).error
    except msgspec.MsgspecError:
        return None


def verdict(status: int, body: ErrorBody | None) -> tuple[Outcome, Reason]:
    words = [None] if body is None else [*body.words, ANY]
    rows = (OUTCOMES[status, word] for word in words if (status, word) in OUTCOMES)
    return next(rows, UNKNOWN)


def sentence(outcome: Outcome, reason: Reason, body: ErrorBody | None) -> str:
    """For callers, in our own words; of upstream's only categories and names of parameters."""
    text = SENTENCES[outcome if reason == "provider_error" else reason]
    if body is not None and reason == "content_policy_violation":
        categories = violations(body.message or "")
        return f"{text} (safety_violations: {', '.join(categories)})" if categories else text
    if body is not None and reason == "bad_parameter" and SENT_NAME.fullmatch(body.param or ""):
        return f"{text}: {body.param}"
    return text


def violations(message: str) -> list[str]:
    found = VIOLATIONS.findall(message)
    words = found[-1].replace(",", " ").split() if found else []
    return [word for word in words if CATEGORY.fullmatch(word)]


def detail(what: str, body: ErrorBody | None, headers: Mapping[str, str]) -> str:
    parts = [what, *(body.words if body else ["no error envelope"]), request_id(headers) or ""]
    return " ".join(part for part in parts if part)


def request_id(headers: Mapping[str, str]) -> str | None:
    found = REQUEST_ID.fullmatch(headers.get("x-request-id", ""))
    return found[0] if found else None
