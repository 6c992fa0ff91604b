"""Google's documented refusals, row by row: statuses, reasons to end or to block, support codes."""

import json
from typing import Any

import pytest
from tests.providers.orders import an_order
from tests.providers.verdicts import (
    ACCOUNT,
    BUSY,
    NO_MODEL,
    NOT_TAKEN,
    OPEN,
    PARAMETER,
    POLICY,
    RAN,
    Verdict,
    judged,
)

from limner.providers.base import ProviderError, Reason
from limner.providers.google_errors import refusal
from limner.providers.google_gemini import read_reply
from limner.providers.google_imagen import CODES
from limner.providers.google_imagen import read_reply as read_imagen
from limner.providers.http import Reply

BAD_KEY = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
DEBUG = [{"@type": "type.googleapis.com/google.rpc.DebugInfo", "detail": "Support codes: 5806"}]
RETRY = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}]
SENSITIVE = "contains sensitive words that violate Google's Responsible AI practices"
BILLED = "Imagen API is only accessible to billed users at this time"
MULTIPLE = "Multiple candidates is not enabled for this model"
QUOTA = "You exceeded your current quota, limit: 0"

ROWS: list[tuple[int, str, str, list[dict[str, str]], Verdict]] = [
    (400, "INVALID_ARGUMENT", "API key not valid", BAD_KEY, ACCOUNT),
    (400, "INVALID_ARGUMENT", "API key expired. Please renew it.", [], ACCOUNT),
    (400, "INVALID_ARGUMENT", SENSITIVE, [], POLICY),
    (400, "INVALID_ARGUMENT", "The request was refused", DEBUG, POLICY),
    (400, "INVALID_ARGUMENT", BILLED, [], ACCOUNT),
    (400, "INVALID_ARGUMENT", MULTIPLE, [], PARAMETER),
    (400, "INVALID_ARGUMENT", 'Unknown name "imageOutputOptions"', [], PARAMETER),
    (400, "FAILED_PRECONDITION", "User location is not supported", [], ACCOUNT),
    (401, "UNAUTHENTICATED", "invalid authentication credentials", [], ACCOUNT),
    (403, "PERMISSION_DENIED", "The caller does not have permission", [], ACCOUNT),
    (404, "NOT_FOUND", "models/x is not found", [], NO_MODEL),
    (408, "", "timeout", [], OPEN),
    (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", RETRY, BUSY),
    (429, "RESOURCE_EXHAUSTED", "No capacity available", [], BUSY),
    (429, "RESOURCE_EXHAUSTED", QUOTA, [], ACCOUNT),
    (499, "CANCELLED", "cancelled", [], OPEN),
    (500, "INTERNAL", "An internal error has occurred", [], RAN),
    (502, "", "bad gateway", [], OPEN),
    (503, "UNAVAILABLE", "The model is overloaded", [], BUSY),
    (504, "DEADLINE_EXCEEDED", "deadline", [], OPEN),
]


@pytest.mark.parametrize(("status", "word", "message", "details", "verdict"), ROWS)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_documented_refusal_means_what_its_row_says(
    status: int,
    word: str,
    message: str,
    details: list[dict[str, str]],
    verdict: Verdict,
    wrapped: bool,
) -> None:
    error = {"code": status, "message": message, "status": word, "details": details}
    body = [{"error": error}] if wrapped else {"error": error}
    found = refusal(Reply(status, {}, json.dumps(body).encode()), now=0.0)
    assert judged(found) == verdict
    assert found.retry_after == (37 if details is RETRY else None)
    assert message not in f"{found.message} {found.detail}"


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((301, 307, 308, 404), NOT_TAKEN),
        ((401, 403), ACCOUNT),
        ((429,), BUSY),
        ((302, 400, 408, 500, 502, 503, 504, 524), OPEN),
    ],
)
def test_an_answer_without_an_envelope_may_be_a_proxy_s(
    statuses: tuple[int, ...], verdict: Verdict
) -> None:
    for status in statuses:
        assert judged(refusal(Reply(status, {}, b"<html>"), now=0.0)) == verdict, status


ENDS: dict[str, Reason] = {
    "STOP": "provider_error",
    "MAX_TOKENS": "provider_error",
    "SAFETY": "content_policy_violation",
    "RECITATION": "content_policy_violation",
    "LANGUAGE": "bad_parameter",
    "OTHER": "provider_error",
    "BLOCKLIST": "content_policy_violation",
    "PROHIBITED_CONTENT": "content_policy_violation",
    "SPII": "content_policy_violation",
    "IMAGE_SAFETY": "content_policy_violation",
    "IMAGE_PROHIBITED_CONTENT": "content_policy_violation",
    "IMAGE_RECITATION": "content_policy_violation",
    "IMAGE_OTHER": "provider_error",
    "NO_IMAGE": "provider_error",
    "MALFORMED_FUNCTION_CALL": "provider_error",
    "UNEXPECTED_TOOL_CALL": "provider_error",
    "TOO_MANY_TOOL_CALLS": "provider_error",
    "MISSING_THOUGHT_SIGNATURE": "provider_error",
    "MALFORMED_RESPONSE": "provider_error",
    "ESCALATION": "content_policy_violation",
    "PUP_LIMITED_DISABLED": "provider_account",
    "CONTINUATION": "provider_error",
    "MODEL_ARMOR": "content_policy_violation",
    "OF_LATER": "provider_error",
}
PICTURE = {"inlineData": {"mimeType": "image/png", "data": "QUJD"}}
REFUSING = [end for end, reason in ENDS.items() if reason == "content_policy_violation"]


def refused(answer: dict[str, Any]) -> ProviderError:
    reply = Reply(200, {}, json.dumps(answer).encode())
    with pytest.raises(ProviderError) as caught:
        read_reply(reply, an_order("gemini-3-pro-image"), "google")
    return caught.value


@pytest.mark.parametrize(("end", "reason"), ENDS.items())
@pytest.mark.parametrize("content", [None, {}, {"parts": []}])
def test_a_success_that_ended_without_a_picture_says_why(
    end: str, reason: Reason, content: dict[str, Any] | None
) -> None:
    candidate = {"finishReason": end} | ({} if content is None else {"content": content})
    assert judged(refused({"candidates": [candidate]})) == ("ran", reason)


@pytest.mark.parametrize("end", REFUSING)
def test_a_picture_that_was_blocked_is_not_delivered_although_it_came(end: str) -> None:
    candidate = {"finishReason": end, "content": {"parts": [PICTURE]}}
    assert judged(refused({"candidates": [candidate]})) == POLICY


@pytest.mark.parametrize("end", ["STOP", "MAX_TOKENS"])
def test_a_draft_is_no_picture_and_a_thought_no_refusal(end: str) -> None:
    parts = [PICTURE | {"thought": True}, {"text": "Hm", "thought": True}]
    candidate = {"finishReason": end, "content": {"parts": parts}}
    assert judged(refused({"candidates": [candidate]})) == RAN


@pytest.mark.parametrize(
    "block",
    ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "MODEL_ARMOR",
     "JAILBREAK", "OF_LATER"],
)  # fmt: skip
def test_a_blocked_prompt_is_a_refusal(block: str) -> None:
    assert judged(refused({"promptFeedback": {"blockReason": block}})) == POLICY


@pytest.mark.parametrize(
    ("code", "said"),
    [
        *((code, name) for name, codes in CODES.items() for code in codes),
        *((code, "filtered for its content") for code in ("42876398", "29578790", "74803281")),
    ],
)
def test_a_support_code_of_imagen_is_told_as_what_it_stands_for(code: str, said: str) -> None:
    filtered = {"raiFilteredReason": f"filtered out 1 generated images. Support codes: {code}"}
    drawn = {"bytesBase64Encoded": "QUJD", "mimeType": "image/png"}
    odd = {"contentType": "Positive Prompt", "safetyAttributes": {"categories": []}}
    body = json.dumps({"predictions": [filtered, drawn, odd]}).encode()
    order = an_order("imagen-4.0-generate-001", n=2)
    told = read_imagen(Reply(200, {}, body), order, "google")
    assert [bytes(image.data) for image in told.images] == [b"QUJD"]
    assert told.warnings == (f"google left a picture out: {said}",)
    for nothing in ({"predictions": [filtered, odd]}, {}):
        with pytest.raises(ProviderError) as caught:
            read_imagen(Reply(200, {}, json.dumps(nothing).encode()), order, "google")
        assert judged(caught.value) == POLICY
