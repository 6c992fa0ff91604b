"""The JSON of a job, as clients poll it."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.api.wire.images import Image
from limner.jobs.job import Job

MICROSECONDS = 1_000_000


class JobBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`data` is there once completed, `error` (a sentence) once failed; `progress` is percent."""

    id: str
    object: str
    status: Literal["queued", "processing", "completed", "failed"]
    progress: int
    modality: str
    model: str
    created: int
    completed_at: int | UnsetType = UNSET
    data: list[Image] | UnsetType = UNSET
    credits_used: float | UnsetType = UNSET
    artifacts_expired: bool | UnsetType = UNSET
    error: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET


def job_body(job: Job, data: list[Image], expired: bool) -> JobBody:
    completed, failed = job.state == "completed", job.state == "failed"
    return JobBody(
        id=job.id,
        object="media.job",
        status=job.state,
        progress=job.progress,
        modality=job.modality,
        model=job.model,
        created=job.created_at // MICROSECONDS,
        completed_at=job.ended_at // MICROSECONDS if job.ended_at else UNSET,
        data=data if completed else UNSET,
        credits_used=money.wire(job.charged) if completed or failed else UNSET,
        artifacts_expired=True if completed and expired else UNSET,
        error=(job.error_message or "the job failed") if failed else UNSET,
        error_code=(job.error_code or "internal_error") if failed else UNSET,
    )
