"""`/v1/images/jobs`: what became of generations, with fresh links on every read."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from limner import money
from limner.accounts.api_key import Caller
from limner.api.auth import authenticated
from limner.api.links import base_url
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.queries import given, one_of, whole
from limner.api.services import Services
from limner.api.wire.jobs import (
    CancelBody,
    JobBody,
    JobItem,
    JobList,
    cancel_body,
    job_body,
    job_item,
    job_list,
)
from limner.catalog.load import Catalog
from limner.errors import JobCancelled, NotFound
from limner.files.artifact import Artifact
from limner.files.links import ORIGINAL
from limner.files.store import MOST_JOBS
from limner.generation.calling_off import called_off
from limner.generation.wording import CANCELLED
from limner.generation.words import NONE, words_of
from limner.jobs.cancelling import cancel
from limner.jobs.job import Job
from limner.jobs.listing import END_OF_TIME, Wanted

JOB_ID = re.compile(r"[a-z]{3,10}_[0-9A-Z]{26}")
A_PAGE = 20
MICROSECONDS = 1_000_000
LATEST_S = 2**42
"""Unix seconds that still fit in 64 bits as microseconds."""
STATUSES = ("queued", "processing", "completed", "failed")
Seconds: TypeAlias = Annotated[int, Meta(ge=0, le=LATEST_S)]
A_LIMIT = Meta(ge=1, le=MOST_JOBS)


async def list_jobs(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    page = await services.jobs.page(wanted(request, caller, services.catalog))
    base = base_url(request.scope, services.settings.public_url)
    jobs = await bodies(page.jobs, services, base)
    return json_response(job_list(jobs, page.has_more), headers=of_mode(caller))


def wanted(request: Request, caller: Caller, catalog: Catalog) -> Wanted:
    """Which jobs the query asks for; an empty value is none. Raises InvalidParams."""
    query = given(request.query_params)
    key_id, model = query.get("key"), query.get("model")
    known = catalog.get(model) if model else None
    since = whole(query, "created_since", 0, LATEST_S)
    before = whole(query, "created_before", 0, LATEST_S)
    return Wanted(
        workspace_id=caller.workspace_id,
        ledger=caller.mode,
        most=whole(query, "limit", 1, MOST_JOBS) or A_PAGE,
        key_id=caller.key_id if key_id == "me" else key_id,
        state=one_of(query, "status", STATUSES),
        model=known.slug if known else model,
        since_us=(since or 0) * MICROSECONDS,
        before_us=END_OF_TIME if before is None else before * MICROSECONDS,
        after=query.get("after"),
    )


async def read_job(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    job = await named_job(request, caller, services)
    await services.repeats.collected(job)
    (body,) = await bodies([job], services, base_url(request.scope, services.settings.public_url))
    return json_response(body, headers=of_job(job) | of_mode(caller))


async def cancel_job(request: Request, services: Services) -> Response:
    """Ends a job that is drawn for free. One that a provider bills goes on, and that is said."""
    caller = await authenticated(request.scope, services.accounts)
    job = await named_job(request, caller, services)
    if job.state == "processing":
        await cancel(job, CANCELLED, database=services.database, jobs=services.jobs)
        job = await named_job(request, caller, services)
        if job.error_code == JobCancelled.code:
            await called_off(job.id, services.database, services.connections)
    (body,) = await bodies([job], services, base_url(request.scope, services.settings.public_url))
    answer = cancel_body(body, job.error_code == JobCancelled.code, outcome(job))
    return json_response(answer, headers=of_job(job) | of_mode(caller))


async def delete_pictures(request: Request, services: Services) -> Response:
    """What a job made goes at once, and its bytes follow; the job and its charge stay."""
    caller = await authenticated(request.scope, services.accounts)
    job = await named_job(request, caller, services)
    await services.artifacts.delete(job.id, caller.workspace_id)
    (body,) = await bodies([job], services, base_url(request.scope, services.settings.public_url))
    return json_response(body, headers=of_job(job) | of_mode(caller))


def outcome(job: Job) -> str:
    """What a cancellation came to, and what it means for the credits."""
    if job.state == "processing":
        return (
            "the provider has the order and bills it whether or not anybody waits, so the job goes "
            "on; it is charged when it delivers"
        )
    if job.state == "completed":
        return f"the job had completed before; {money.shown(job.charged)} credits were charged"
    if job.error_code == JobCancelled.code:
        return "the job is cancelled; nothing was charged"
    return "the job had failed before; nothing was charged"


async def named_job(request: Request, caller: Caller, services: Services) -> Job:
    """Raises NotFound alike for what is no id, for an unknown one and for another workspace's."""
    job_id = request.path_params["job_id"]
    if not JOB_ID.fullmatch(job_id):
        raise NotFound("there is no such job; ids look like imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P")
    return await services.jobs.job(caller.workspace_id, caller.mode, job_id)


def of_job(job: Job) -> dict[str, str]:
    headers = {"x-job-id": job.id, "x-model-used": job.model}
    if job.state == "completed":
        headers["x-credits-used"] = money.shown(job.charged)
    return headers


def of_mode(caller: Caller) -> dict[str, str]:
    return {"x-limner-mode": "test"} if caller.mode == "test" else {}


async def bodies(jobs: Sequence[Job], services: Services, base: str) -> list[JobBody]:
    """Jobs as they are told, with what can still be had of their pictures."""
    completed = [job.id for job in jobs if job.state == "completed"]
    kept = await services.artifacts.of_jobs(completed) if completed else {}
    told = []
    for job in jobs:
        artifacts, expired = kept.get(job.id, ([], False))
        told.append(job_body(job, linked(job, artifacts, services, base), expired))
    return told


def linked(job: Job, artifacts: Sequence[Artifact], services: Services, base: str) -> list[JobItem]:
    words = words_of(job, services.vault)
    links = services.links
    return [
        job_item(
            one,
            words.get(one.position, NONE),
            links.link(base, one.id),
            links.link(base, one.id, ORIGINAL) if one.original else "",
        )
        for one in artifacts
    ]


OPERATIONS = (
    Operation(
        "list_jobs",
        "GET",
        "/v1/images/jobs",
        "The generations of the key's workspace, newest first",
        endpoint(list_jobs),
        answer=JobList,
        query=(
            Query("key", "only jobs of this key: its id, or `me` for the one that asks"),
            Query(
                "status",
                "only jobs that stand so",
                kind=Literal["queued", "processing", "completed", "failed"],
            ),
            Query("model", "only jobs this model answered, by slug or alias"),
            Query("created_since", "only jobs from this unix second on", kind=Seconds),
            Query("created_before", "only jobs from before this unix second", kind=Seconds),
            Query("after", "the id of a job: only jobs older than it, for the next page"),
            Query("limit", f"how many; {A_PAGE} unless said", kind=Annotated[int, A_LIMIT]),
        ),
        errors=(400, 401),
    ),
    Operation(
        "read_job",
        "GET",
        "/v1/images/jobs/{job_id}",
        "What became of a generation; also collects one whose caller could not wait",
        endpoint(read_job),
        answer=JobBody,
        errors=(401, 404),
    ),
    Operation(
        "cancel_job",
        "POST",
        "/v1/images/jobs/{job_id}/cancel",
        "End a job, if its provider bills nothing for it; else it goes on",
        endpoint(cancel_job),
        answer=CancelBody,
        errors=(401, 404),
    ),
    Operation(
        "delete_pictures",
        "DELETE",
        "/v1/images/jobs/{job_id}/artifacts",
        "Delete what a job made, before its time",
        endpoint(delete_pictures),
        answer=JobBody,
        errors=(401, 404),
    ),
)
