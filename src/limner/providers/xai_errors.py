"""What an answer of xAI's other than a picture means: did the order run, and whose fault is it.

Refusals come in three envelopes, and one status means several things that only its text tells
apart: 400 is also xAI's answer to a wrong key, 429 also that to an empty account. 503 is what its
own client sends again; 500 may have been drawn and billed, and no picture will come.
"""

import re
from collections.abc import Mapping

import msgspec

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.failures import failure, identifier
from limner.providers.http import Reply, retry_after

WHO = "xai"
ANY = "*"
"""Stands for every readable envelope; None for an answer without one."""

TEXTS: Mapping[str, re.Pattern[str]] = {
    "api_key": re.compile(r"api[ _-]?key", re.IGNORECASE),
    "moderation": re.compile(r"content moderation|content policy|usage guidelines", re.IGNORECASE),
    "spending_limit": re.compile(r"spending limit|available credits", re.IGNORECASE),
}
"""What the text of a refusal is recognised by."""

OUTCOMES: Mapping[tuple[int, str | None], tuple[Outcome, Reason]] = {
    (301, None): ("known_not_run", "provider_error"),
    (307, None): ("known_not_run", "provider_error"),
    (308, None): ("known_not_run", "provider_error"),
    (400, "api_key"): ("known_not_run", "provider_account"),
    (400, "moderation"): ("ran", "content_policy_violation"),
    (400, ANY): ("known_not_run", "bad_parameter"),
    (401, ANY): ("known_not_run", "provider_account"),
    (401, None): ("known_not_run", "provider_account"),
    (403, "moderation"): ("ran", "content_policy_violation"),
    (403, ANY): ("known_not_run", "provider_account"),
    (403, None): ("known_not_run", "provider_account"),
    (404, ANY): ("known_not_run", "model_unavailable"),
    (404, None): ("known_not_run", "provider_error"),
    (415, ANY): ("known_not_run", "bad_parameter"),
    (422, ANY): ("known_not_run", "bad_parameter"),
    (429, "spending_limit"): ("known_not_run", "provider_account"),
    (429, ANY): ("known_not_run", "capacity"),
    (429, None): ("known_not_run", "capacity"),
    (500, ANY): ("ran", "provider_error"),
    (503, ANY): ("known_not_run", "capacity"),
}
"""(status, what its text says) -> outcome and reason; what is not listed is unknown."""

UNKNOWN: tuple[Outcome, Reason] = ("unknown", "provider_error")


class Nested(msgspec.Struct, frozen=True):
    message: str | None = None


class Envelope(msgspec.Struct, frozen=True):
    """`{"code", "error": text}`, `{"error": {"message", ...}}` or `{"error": text}`."""

    error: str | Nested

    @property
    def text(self) -> str:
        return self.error if isinstance(self.error, str) else self.error.message or ""


def refusal(reply: Reply, now: float) -> ProviderError:
    """What a status other than 200 means; `now` in unix seconds reads dates in `retry-after`."""
    said = meaning(reply.body)
    outcome, reason = verdict(reply.status, said)
    return failure(
        WHO,
        outcome,
        reason,
        detail=detail(reply, said),
        retry_after=retry_after(reply.headers, now) if reason == "capacity" else None,
        provider_request_id=request_id(reply.headers),
    )


def detail(reply: Reply, said: list[str]) -> str:
    words = [word for word in said if word != ANY] if said else ["no error envelope"]
    return " ".join([f"HTTP {reply.status}", *words, *filter(None, [request_id(reply.headers)])])


def meaning(body: bytes) -> list[str]:
    """What the text of an envelope says, in words of `TEXTS`; nothing for a body that is none."""
    try:
        text = msgspec.json.decode(body, type=Envelope).text
    except msgspec.MsgspecError:
        return []
    return [*(word for word, pattern in TEXTS.items() if pattern.search(text)), ANY]


def verdict(status: int, said: list[str]) -> tuple[Outcome, Reason]:
    words: list[str | None] = [*said] or [None]
    rows = (OUTCOMES[status, word] for word in words if (status, word) in OUTCOMES)
    return next(rows, UNKNOWN)


def request_id(headers: Mapping[str, str]) -> str | None:
    return identifier(headers.get("x-request-id"))
