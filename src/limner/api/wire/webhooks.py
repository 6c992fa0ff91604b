"""The JSON of webhooks, of what they are told and of how that went."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner.api.wire.jobs import JobBody
from limner.errors import InvalidParams
from limner.fetch.guard import LONGEST_URL
from limner.webhooks.webhook import Attempt, Delivery, Webhook

MICROSECONDS = 1_000_000
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_URL)]
WISHES = (
    "*",
    "job.completed",
    "job.failed",
    "budget.threshold_reached",
    "credits.low",
    "credits.renewed",
)
Wish = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(WISHES)})]
Wishes = Annotated[list[Wish], msgspec.Meta(min_length=1, max_length=len(WISHES))]


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`events` are what it is told of; `*` is everything there is and will be."""

    url: Url
    events: Wishes = msgspec.field(default_factory=lambda: ["*"])


class WebhookChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays. Switching on one that was switched off for failing begins anew."""

    url: Url | None = None
    events: Wishes | None = None
    enabled: bool | None = None


class WebhookBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`secret` is there in the answer that made it, and never again.

    `disabled_reason` is there while it is off: `by_hand`, `gone` after a 410, `failing` after three
    days without a success. Until `previous_secret_until` the secret before it signs too.
    """

    id: str
    object: str
    url: str
    events: tuple[str, ...]
    enabled: bool
    disabled_reason: Literal["by_hand", "gone", "failing"] | UnsetType = UNSET
    failing_since: int | UnsetType = UNSET
    previous_secret_until: int | UnsetType = UNSET
    created: int
    secret: str | UnsetType = UNSET


class WebhookList(msgspec.Struct, frozen=True):
    object: str
    data: list[WebhookBody]


class WebhookRemoved(msgspec.Struct, frozen=True):
    id: str
    object: str
    deleted: bool


class SecretBody(msgspec.Struct, frozen=True):
    """Signs what is told to a `webhook_url`; shown once."""

    object: str
    secret: str


class AttemptBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`status` is what the receiver answered, `error` why there was no answer."""

    at: int
    duration_ms: int
    status: int | UnsetType = UNSET
    error: str | UnsetType = UNSET


class DeliveryBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event for one receiver. Without `webhook_id` it went to the `webhook_url` of its job."""

    id: str
    object: str
    event_id: str
    type: str
    webhook_id: str | UnsetType = UNSET
    job_id: str | UnsetType = UNSET
    status: Literal["pending", "delivered", "given_up"]
    next_attempt: int | UnsetType = UNSET
    created: int
    attempts: list[AttemptBody]


class DeliveryList(msgspec.Struct, frozen=True):
    """Newest first; `last_id` is what `after` takes for the next page."""

    object: str
    data: list[DeliveryBody]
    last_id: str | None
    has_more: bool


class EventBody(msgspec.Struct, frozen=True):
    """What a webhook is sent. `data` is the job, or says what was reached."""

    type: str
    timestamp: str
    data: JobBody | msgspec.Raw


def checked(events: list[str]) -> list[str]:
    """Raises InvalidParams with what there is, for an event that is not."""
    if not set(events) <= set(WISHES):
        raise InvalidParams(f"events are of {', '.join(WISHES)}", param="events")
    return events


def webhook_body(webhook: Webhook, secret: str | None = None) -> WebhookBody:
    state = webhook.state
    return WebhookBody(
        id=webhook.id,
        object="webhook",
        url=webhook.address.url,
        events=webhook.events,
        enabled=state == "enabled",
        disabled_reason=UNSET if state == "enabled" else reason(state),
        failing_since=seconds(webhook.failing_since),
        previous_secret_until=seconds(webhook.old_until),
        created=webhook.created_at // MICROSECONDS,
        secret=secret or UNSET,
    )


def reason(
    state: Literal["disabled", "gone", "failing"],
) -> Literal["by_hand", "gone", "failing"]:
    return "by_hand" if state == "disabled" else state


def seconds(microseconds: int | None) -> int | UnsetType:
    return UNSET if microseconds is None else microseconds // MICROSECONDS


def delivery_body(delivery: Delivery) -> DeliveryBody:
    pending = delivery.state == "pending"
    return DeliveryBody(
        id=delivery.id,
        object="webhook.delivery",
        event_id=delivery.event_id,
        type=delivery.type,
        webhook_id=delivery.webhook_id or UNSET,
        job_id=delivery.job_id or UNSET,
        status=delivery.state,
        next_attempt=seconds(delivery.due_at) if pending else UNSET,
        created=delivery.created_at // MICROSECONDS,
        attempts=[attempt_body(one) for one in delivery.attempts],
    )


def attempt_body(attempt: Attempt) -> AttemptBody:
    return AttemptBody(
        at=attempt.at // MICROSECONDS,
        duration_ms=attempt.duration_ms,
        status=UNSET if attempt.status is None else attempt.status,
        error=attempt.error or UNSET,
    )


def delivery_list(deliveries: list[DeliveryBody], has_more: bool) -> DeliveryList:
    last = deliveries[-1].id if deliveries else None
    return DeliveryList("list", deliveries, last, has_more)
