"""`GET /v1/images/jobs/{id}`: what became of a generation, with fresh links on every read."""

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from limner import money
from limner.api.auth import authenticated
from limner.api.links import base_url
from limner.api.operation import Operation, endpoint, json_response
from limner.api.services import Services
from limner.api.wire.images import Image
from limner.api.wire.jobs import JobBody, job_body
from limner.api.wire.pictures import image
from limner.errors import NotFound
from limner.jobs.job import Job
from limner.vault import Vault

JOB_ID = re.compile(r"[a-z]{3,10}_[0-9A-Z]{26}")


async def read_job(request: Request, services: Services) -> Response:
    caller = await authenticated(request.scope, services.accounts)
    job_id = request.path_params["job_id"]
    if not JOB_ID.fullmatch(job_id):
        raise NotFound("there is no such job; ids look like imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P")
    job = await services.jobs.job(caller.workspace_id, caller.mode, job_id)
    data, expired = await pictures(
        job, services, base_url(request.scope, services.settings.public_url)
    )
    headers = {"x-job-id": job.id, "x-model-used": job.model}
    if job.state == "completed":
        headers["x-credits-used"] = money.shown(job.charged)
    if caller.mode == "test":
        headers["x-limner-mode"] = "test"
    return json_response(job_body(job, data, expired), headers=headers)


async def pictures(job: Job, services: Services, base: str) -> tuple[list[Image], bool]:
    """The pictures of a completed job that can still be had, and whether some have expired."""
    if job.state != "completed":
        return [], False
    artifacts, expired = await services.artifacts.of_job(job.id)
    prompts = revised_prompts(job, services.vault)
    images = [
        image(one, prompts.get(str(one.position)), url=services.links.link(base, one.id))
        for one in artifacts
    ]
    return images, expired


def revised_prompts(job: Job, vault: Vault) -> dict[str, str]:
    """The prompts as the provider rewrote them, by the position of the picture."""
    if job.sealed is None:
        return {}
    return msgspec.json.decode(vault.open(job.sealed, about=job.id), type=dict[str, str])


OPERATIONS = (
    Operation(
        "read_job",
        "GET",
        "/v1/images/jobs/{job_id}",
        "What became of a generation; also collects one whose caller could not wait",
        endpoint(read_job),
        answer=JobBody,
        errors=(401, 404),
    ),
)
