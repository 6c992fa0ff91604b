"""The one form of every refusal, and a request to spoil."""

import json
from typing import Any

import httpx

PATH = "/v1/images/generations"
FLARE = "gpt-image-2-5-flare"
TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    410: "invalid_request_error",
    413: "invalid_request_error",
    502: "provider_error",
    503: "server_error",
    504: "timeout_error",
}


def wanting(**fields: object) -> bytes:
    """A good body, but for these fields."""
    return json.dumps({"model": FLARE, "prompt": "x"} | fields).encode()


SHORT = ("insufficient_credits_error", "payment_required")
"""Of a 402: the second where nothing at all is left."""


def error_of(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of an answer that must be this refusal and have its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body.keys() == {"error"}
    error: dict[str, Any] = body["error"]
    assert error["code"] == code
    assert error["type"] in (SHORT if status == 402 else (TYPES[status],))
    assert error["request_id"] == answer.headers["x-request-id"]
    assert error["credits_used"] == 0
    assert "param" in error
    assert error["message"]
    assert "x-credits-used" not in answer.headers
    if status >= 500:
        assert answer.headers["x-should-retry"] == ("true" if error["retryable"] else "false")
    if status != 504:
        assert "job_id" not in error
    return error
