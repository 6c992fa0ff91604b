"""The JSON of the request log."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from limner import money
from limner.api.wire.written import Cost
from limner.jobs.request_log import Entry, Times

MICROSECONDS = 1_000_000
Applied: TypeAlias = Annotated[
    Raw,
    Meta(
        description="what the model was given, without anything a person wrote",
        extra_json_schema={"type": "object"},
    ),
]


class TimeSplit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Milliseconds. What is not known is left out; where all are there, they add up to `total`."""

    queue: int | UnsetType = UNSET
    provider: int | UnsetType = UNSET
    store: int | UnsetType = UNSET
    total: int | UnsetType = UNSET


class MeteredTokens(msgspec.Struct, frozen=True):
    input_tokens: int
    output_tokens: int


class RequestBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One accepted request. `credits_refunded` is there where an administrator gave back some of
    `credits_used`. `credits_held` is what was set aside for it when it was accepted.

    `prompt` is there where the workspace lets prompts be logged and did so then.
    """

    id: str
    object: str
    job_id: str
    created: int
    completed_at: int | UnsetType = UNSET
    key_id: str
    task: str
    modality: str
    model: str
    n: int
    pictures: int
    status: Literal["queued", "processing", "completed", "failed"]
    error_code: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    credits_held: float
    credits_used: float
    credits_refunded: float | UnsetType = UNSET
    cost: Cost | UnsetType = UNSET
    usage: MeteredTokens | UnsetType = UNSET
    time_ms: TimeSplit
    tries: int
    provider: str
    provider_request_id: str | UnsetType = UNSET
    parameters_applied: Applied
    prompt: str | UnsetType = UNSET


class RequestList(msgspec.Struct, frozen=True):
    """Newest first; `last_id`, the id of a job, is what `after` takes for the next page."""

    object: str
    data: list[RequestBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


def request_body(entry: Entry, prompt: str | None) -> RequestBody:
    failed = entry.state == "failed"
    return RequestBody(
        id=entry.request_id,
        object="request",
        job_id=entry.job_id,
        created=entry.created_at // MICROSECONDS,
        completed_at=entry.ended_at // MICROSECONDS if entry.ended_at else UNSET,
        key_id=entry.key_id,
        task=entry.task,
        modality=entry.modality,
        model=entry.model,
        n=entry.n,
        pictures=entry.pictures,
        status="queued" if entry.queued else entry.state,
        error_code=(entry.error_code or "internal_error") if failed else UNSET,
        error=(entry.error_message or "the job failed") if failed else UNSET,
        credits_held=money.wire(entry.held),
        credits_used=money.wire(entry.charged),
        credits_refunded=money.wire(entry.refunded) if entry.refunded else UNSET,
        cost=Raw(entry.cost.encode()) if entry.cost else UNSET,
        usage=tokens(entry),
        time_ms=time_split(entry.times),
        tries=entry.tries,
        provider=entry.provider,
        provider_request_id=entry.provider_request_id or UNSET,
        parameters_applied=Raw(entry.params.encode()),
        prompt=UNSET if prompt is None else prompt,
    )


def tokens(entry: Entry) -> MeteredTokens | UnsetType:
    if not entry.tokens_in and not entry.tokens_out:
        return UNSET
    return MeteredTokens(entry.tokens_in or 0, entry.tokens_out or 0)


def time_split(times: Times) -> TimeSplit:
    """Each part ends where the next begins, so that milliseconds add up too."""
    ends, so_far = [], 0
    for part in (times.queue, times.provider, times.store):
        so_far += part or 0
        ends.append(UNSET if part is None else so_far // 1000)
    queue, drawn, stored = ends
    return TimeSplit(
        queue=queue,
        provider=between(queue, drawn),
        store=between(drawn, stored),
        total=UNSET if times.total is None else times.total // 1000,
    )


def between(start: int | UnsetType, end: int | UnsetType) -> int | UnsetType:
    return UNSET if start is UNSET or end is UNSET else end - start


def request_list(entries: list[RequestBody], has_more: bool) -> RequestList:
    first, last = (entries[0].job_id, entries[-1].job_id) if entries else (None, None)
    return RequestList("list", entries, first, last, has_more)
