"""`limner generate`: ask for pictures, watch the job, write the files."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from limner.cli.client import Api, Refusal, Unreachable, opened, told_refusal
from limner.cli.options import (
    DEFAULT_URL,
    AsJson,
    Count,
    Key,
    Params,
    Quality,
    Size,
    Url,
    Wait,
    commands,
)
from limner.cli.pictures import Target, fetched, handed_on
from limner.cli.progress import progress_bar
from limner.cli.screen import STILL_RUNNING, UNREACHABLE, fail, note, say, show_json
from limner.cli.wishes import body_of

PATH = "/v1/images/generations"
POLL_S = 0.3

app = commands()


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to draw.")],
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="Model slug.")
    ] = "sketch-1",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File to write, or a folder. Default: a file here, named after the prompt.",
        ),
    ] = None,
    n: Count = None,
    size: Size = None,
    quality: Quality = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="The same seed draws the same again."),
    ] = None,
    param: Params = None,
    wait: Wait = 900.0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Draw pictures and write them to files.

    Ends with 0 when they are written, 1 when refused or failed, 3 when no server answers,
    4 when the job still runs (its id is printed).
    """
    body = body_of(model, prompt, param, n=n, size=size, quality=quality, seed=seed)
    target = Target.of(output or Path(), prompt)
    asyncio.run(made(PATH, body, target, url, key, wait, as_json))


async def made(
    path: str,
    body: dict[str, object],
    target: Target,
    url: str,
    key: str,
    wait: float,
    as_json: bool,
) -> None:
    """Have a route make what a body asks for, and write it to files."""
    async with opened(url, key) as api:
        try:
            job, files = await drawn(api, path, body, target, wait, quiet=as_json)
        except Refusal as refusal:
            told_refusal(refusal)
    if as_json:
        show_json(job | {"files": [str(file) for file in files]})
        return
    for file in files:
        say(str(file))
    if len(files) < int(str(body.get("n", 1))):
        note(f"note: {len(files)} of {body['n']} pictures came, and only these were charged")
    note(f"{job['credits_used']:g} credits, model {job['model']}{named(job)}")


def named(job: dict[str, Any]) -> str:
    return f", job {job['id']}" if "id" in job else ""


async def drawn(
    api: Api, path: str, body: dict[str, object], target: Target, wait: float, *, quiet: bool
) -> tuple[dict[str, Any], list[Path]]:
    """What became of the job, and its files. Raises Refusal."""
    try:
        job_id = await started(api, path, body)
    except Refusal as refusal:
        if refusal.param != "Prefer":
            raise
        # The workspace keeps no pictures: they come with the answer, or not at all.
        answer = await api.post(path, body, timeout_s=wait)
        return without_pictures(answer), handed_on(answer, target)
    job = await followed(api, job_id, wait, quiet=quiet)
    return job, await fetched(api, job, target)


def without_pictures(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer that can be shown: base64 is no reading matter."""
    data = [{name: one[name] for name in one if name != "b64_json"} for one in answer["data"]]
    return answer | {"data": data}


async def started(api: Api, path: str, body: dict[str, object]) -> str:
    """Hand the request over and get the job's id at once."""
    try:
        await api.post(path, body, {"prefer": "wait=0"})
    except Refusal as deferred:
        if deferred.job_id is None:
            raise
        if deferred.ignored:
            note(f"note: {body['model']} has no use for {deferred.ignored.replace(',', ', ')}")
        return deferred.job_id
    raise Refusal("the server answered without a job id", "no_limner")


async def followed(api: Api, job_id: str, wait: float, quiet: bool) -> dict[str, Any]:
    """The job once it is completed, with a bar meanwhile. Raises Refusal."""
    collect = f"GET /v1/images/jobs/{job_id} collects it"
    doing = "playing" if job_id.startswith("musjob_") else "drawing"
    try:
        async with asyncio.timeout(wait):
            with progress_bar(doing, quiet) as show:
                job = await ended(api, job_id, show)
    except TimeoutError:
        fail(f"the job still runs; {collect}", STILL_RUNNING, code="job_timeout", job_id=job_id)
    except Unreachable as nobody:
        fail(
            f"{nobody.url} has stopped answering ({nobody.why}); the job may go on, {collect}",
            UNREACHABLE,
            code="unreachable",
            job_id=job_id,
        )
    except asyncio.CancelledError:
        note(f"the job goes on; {collect}")
        raise
    if job["status"] == "failed":
        raise Refusal(job["error"], job["error_code"], job_id)
    return job


async def ended(api: Api, job_id: str, show: Callable[[float], None]) -> dict[str, Any]:
    while True:
        job = await api.get(f"/v1/images/jobs/{job_id}")
        show(job["progress"])
        if job["status"] in ("completed", "failed"):
            return job
        await asyncio.sleep(POLL_S)
