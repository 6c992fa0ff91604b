"""The JSON of a job, as clients poll it."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.files.artifact import Artifact
from limner.files.credentials import Credentials
from limner.generation.words import Words
from limner.jobs.job import Job

MICROSECONDS = 1_000_000


class JobItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture, which has `width` and `height`, or a track, which has `duration_seconds`."""

    url: str
    revised_prompt: str | UnsetType = UNSET
    content_type: str
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    duration_seconds: float | UnsetType = UNSET
    title: str | UnsetType = UNSET
    lyrics: str | UnsetType = UNSET
    sha256: str
    seed: int | UnsetType = UNSET
    content_credentials: Credentials | UnsetType = UNSET
    original_url: str | UnsetType = UNSET
    """The signed picture that this was made from, where it lost its credentials by that."""
    kept_until: int | None
    file_id: str | UnsetType = UNSET


class JobBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`data` is there once completed, `error` (a sentence) once failed; `progress` is percent.

    `credits_held` is there while the job runs, `credits_used` once it has ended.
    """

    id: str
    object: str
    status: Literal["queued", "processing", "completed", "failed"]
    progress: int
    modality: str
    model: str
    request_id: str
    key_id: str
    created: int
    completed_at: int | UnsetType = UNSET
    data: list[JobItem] | UnsetType = UNSET
    credits_held: float | UnsetType = UNSET
    credits_used: float | UnsetType = UNSET
    artifacts_expired: bool | UnsetType = UNSET
    error: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET


class CancelBody(JobBody, frozen=True, kw_only=True, omit_defaults=True):
    """The job as it is now, whether it was cancelled, and a sentence that says why or why not."""

    cancelled: bool
    message: str


class MusicJobBody(JobBody, frozen=True, kw_only=True, omit_defaults=True):
    """The same with the id told twice."""

    job_id: str


class JobList(msgspec.Struct, frozen=True):
    """Newest first; `last_id` is what `after` takes for the next page."""

    object: str
    data: list[JobBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


def job_item(artifact: Artifact, words: Words, url: str, original_url: str = "") -> JobItem:
    sounds = artifact.duration_ms is not None
    return JobItem(
        url=url,
        revised_prompt=words.revised_prompt or UNSET,
        content_type=artifact.content_type,
        width=UNSET if sounds else artifact.width,
        height=UNSET if sounds else artifact.height,
        duration_seconds=artifact.duration_ms / 1000 if artifact.duration_ms else UNSET,
        title=words.title or UNSET,
        lyrics=words.lyrics or UNSET,
        sha256=artifact.sha256,
        seed=UNSET if artifact.seed is None else artifact.seed,
        content_credentials=artifact.content_credentials or UNSET,
        original_url=original_url or UNSET,
        kept_until=artifact.kept_until,
        file_id=artifact.file_id or UNSET,
    )


def job_body(job: Job, data: list[JobItem], expired: bool) -> JobBody:
    completed, failed = job.state == "completed", job.state == "failed"
    return JobBody(
        id=job.id,
        object="media.job",
        status="queued" if job.queued else job.state,
        progress=job.progress,
        modality=job.modality,
        model=job.model,
        request_id=job.request_id,
        key_id=job.key_id,
        created=job.created_at // MICROSECONDS,
        completed_at=job.ended_at // MICROSECONDS if job.ended_at else UNSET,
        data=data if completed else UNSET,
        credits_held=UNSET if completed or failed else money.wire(job.held),
        credits_used=money.wire(job.charged) if completed or failed else UNSET,
        artifacts_expired=True if completed and expired else UNSET,
        error=(job.error_message or "the job failed") if failed else UNSET,
        error_code=(job.error_code or "internal_error") if failed else UNSET,
    )


def job_list(jobs: list[JobBody], has_more: bool) -> JobList:
    first, last = (jobs[0].id, jobs[-1].id) if jobs else (None, None)
    return JobList("list", jobs, first, last, has_more)


def music_job_body(body: JobBody) -> MusicJobBody:
    return MusicJobBody(**fields_of(body), job_id=body.id)


def fields_of(body: JobBody) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__}


def cancel_body(body: JobBody, cancelled: bool, message: str) -> CancelBody:
    return CancelBody(**fields_of(body), cancelled=cancelled, message=message)
