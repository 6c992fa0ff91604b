"""What fal says that is no picture: refusals of its queue, pages of proxies, ends of orders."""

from typing import Any

from tests.standins.faults import Fault
from tests.standins.messages import Answer, json_answer

LOCKED = {"detail": "User is locked. Reason: Exhausted balance."}
ENVELOPES: dict[str, tuple[int, dict[str, Any]]] = {
    "400": (400, {"detail": "Invalid timeout", "error_type": "bad_request"}),
    "400_policy": (400, {"detail": "Bad request"}),
    "400_billing": (403, LOCKED),
    "401": (401, {"detail": "Cannot access application. Authentication is required"}),
    "403": (403, LOCKED),
    "404": (404, {"detail": "Application not found"}),
    "429": (429, {"detail": "Too many requests"}),
    "429_retry_after": (429, {"detail": "Too many requests"}),
    "429_quota": (403, LOCKED),
    "500": (500, {"detail": "Internal error", "error_type": "internal_error"}),
    "503": (503, {"detail": "Unavailable", "error_type": "runner_scheduling_failure"}),
}
HTML = {"content-type": "text/html"}
PAGES = {
    "502": Answer(502, b"<html>502 Bad Gateway</html>", HTML),
    "504": Answer(504, b"<html>504 Gateway Time-out</html>", HTML),
    "524": Answer(524, b"<html>524: A timeout occurred</html>", HTML),
    "html": Answer(200, b"<html>Please sign in</html>", HTML),
    "empty": Answer(200, b""),
    "bad_json": Answer(200, b'{"request_id":"rq-1","status_url":"https://que'),
    "no_data": json_answer({"request_id": "rq-1"}),
    "redirect": Answer(307, b"", {"location": "/fal-ai/flux/dev"}),
}

STATUSES: dict[str, int] = {
    "bad_request": 400,
    "client_cancelled": 499,
    "client_disconnected": 499,
    "content_policy_violation": 422,
    "downstream_service_error": 400,
    "downstream_service_unavailable": 500,
    "face_detection_error": 422,
    "feature_not_supported": 422,
    "file_download_error": 422,
    "file_too_large": 422,
    "generation_timeout": 504,
    "image_load_error": 422,
    "image_too_large": 422,
    "image_too_small": 422,
    "internal_error": 500,
    "internal_server_error": 500,
    "no_media_generated": 422,
    "request_timeout": 504,
    "runner_connection_error": 503,
    "runner_connection_refused": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_incomplete_response": 502,
    "runner_scheduling_failure": 503,
    "runner_server_error": 500,
    "startup_timeout": 504,
    "unsupported_image_format": 422,
}
OF_THE_QUEUE = ("bad_request", "client_", "internal_error", "request_", "runner_", "startup_")
"""How types begin that are told beside `detail`, not inside it."""


def body_of(kind: str) -> dict[str, Any]:
    """How an error is told: beside `detail` by the queue, inside it by a model."""
    if kind.startswith(OF_THE_QUEUE) and kind != "internal_server_error":
        return {"detail": "it failed", "error_type": kind}
    return {"detail": [{"loc": ["body", "prompt"], "msg": "it failed", "type": kind}]}


def spoken(fault: Fault) -> Answer:
    """What is said in place of an answer."""
    if fault.kind in PAGES:
        return PAGES[fault.kind]
    if fault.kind not in ENVELOPES:
        return json_answer({"status": "IN_QUEUE", "queue_position": 0}, 202)
    status, body = ENVELOPES[fault.kind]
    if fault.kind == "429_retry_after":
        return json_answer(body, status, retry_after=f"{fault.value:g}")
    return json_answer(body, status)
