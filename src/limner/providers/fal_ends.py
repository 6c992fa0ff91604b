"""Why an order that fal took brought no picture: by the type of error that fal gives such an end.

A few types say that no machine ever began. What a machine did begin counts as run, although fal
says that it bills no error from 500 on: of the others it bills what had been used.
"""

from collections.abc import Mapping

from limner.providers.base import Outcome, ProviderError, Reason
from limner.providers.failures import failure
from limner.providers.fal_errors import WHO, Envelope, envelope_of, with_field
from limner.providers.http import Reply

BROKE: tuple[Outcome, Reason] = ("ran", "provider_error")
WRONG: tuple[Outcome, Reason] = ("ran", "bad_parameter")
NO_ROOM: tuple[Outcome, Reason] = ("known_not_run", "capacity")

ENDS: Mapping[str, tuple[Outcome, Reason]] = {
    "bad_request": ("known_not_run", "bad_parameter"),
    "client_cancelled": BROKE,
    "client_disconnected": BROKE,
    "content_policy_violation": ("ran", "content_policy_violation"),
    "downstream_service_error": BROKE,
    "downstream_service_unavailable": BROKE,
    "face_detection_error": WRONG,
    "feature_not_supported": WRONG,
    "file_download_error": WRONG,
    "file_too_large": WRONG,
    "generation_timeout": BROKE,
    "image_load_error": WRONG,
    "image_too_large": WRONG,
    "image_too_small": WRONG,
    "internal_error": BROKE,
    "internal_server_error": BROKE,
    "no_media_generated": BROKE,
    "request_timeout": BROKE,
    "runner_connection_error": BROKE,
    "runner_connection_refused": NO_ROOM,
    "runner_connection_timeout": BROKE,
    "runner_disconnected": BROKE,
    "runner_incomplete_response": BROKE,
    "runner_scheduling_failure": NO_ROOM,
    "runner_server_error": BROKE,
    "startup_timeout": NO_ROOM,
    "unsupported_image_format": WRONG,
}
"""Type of error -> what became of the order; where it is another, the status decides."""

NOT_OF_THE_ORDER = (401, 403, 404, 408, 429)
"""Statuses that without a type speak of the question, not of the order that it was about."""

LATER_S = 30.0
"""When to come back to a queue that had no room for most of an order's time."""


def end(reply: Reply, told: str | None, request_id: str | None) -> ProviderError | None:
    """Why there is no picture; None for an answer that does not say so.

    `told` is the type of error that the order's status named, if it named one.
    """
    envelope = envelope_of(reply.body)
    named = type_of(reply, envelope) or told
    if named is None and (envelope is None or reply.status in NOT_OF_THE_ORDER):
        return None
    by_status = WRONG if reply.status in (400, 422) else BROKE
    outcome, reason = ENDS.get(named or "", by_status)
    too_long = reply.headers.get("x-fal-request-timeout-type") == "user"
    if too_long:  # limner had said by when it has to have begun
        outcome, reason = NO_ROOM
    error = failure(
        WHO,
        outcome,
        reason,
        detail=f"HTTP {reply.status} {named if named in ENDS else 'of no known type'}",
        retry_after=LATER_S if too_long else None,
        provider_request_id=request_id,
    )
    return with_field(error, envelope)


def type_of(reply: Reply, envelope: Envelope | None) -> str | None:
    """The type of an error, from wherever it is told."""
    faults = envelope.faults if envelope else []
    said = (
        reply.headers.get("x-fal-error-type"),
        envelope.error_type if envelope else None,
        *(fault.type for fault in faults),
    )
    return next((one for one in said if one), None)
