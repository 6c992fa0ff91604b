"""`limner jobs`: find, look at and cancel the jobs of a key's workspace, over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import typer

from limner.cli.client import Api, Refusal, opened, told_refusal
from limner.cli.dates import day
from limner.cli.options import DEFAULT_URL, AsJson, Key, Url, commands
from limner.cli.screen import STILL_RUNNING, note, say, show_json
from limner.cli.table import show_table

JOBS = "/v1/images/jobs"
MICROSECONDS = 1_000_000
Status = Literal["processing", "completed", "failed"]
Answer = TypeVar("Answer")
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, imgjob_….")]

app = commands("Jobs of a key's workspace: list, show and cancel them.")


@app.command("list")
def list_jobs(
    status: Annotated[
        Status | None,
        typer.Option("--status", metavar="STATUS", help="processing, completed or failed."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Only of this model.")
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only jobs of this very key.")] = False,
    most: Annotated[
        int, typer.Option("--most", metavar="NUMBER", min=1, max=100, help="How many.")
    ] = 20,
    after: Annotated[
        str | None, typer.Option("--after", metavar="JOB", help="Only jobs older than this one.")
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Jobs, newest first: those of a live key's workspace, or its test jobs for a test key."""
    wanted = {"status": status, "model": model, "after": after, "key": "me" if mine else None}
    query = urlencode({name: value for name, value in wanted.items() if value} | {"limit": most})
    page = asked(url, key, lambda api: api.get(f"{JOBS}?{query}"))
    if as_json:
        show_json(page)
        return
    columns = ("job", "when", "model", "status", "credits")
    show_table(columns, [row(job) for job in page["data"]], "there are no such jobs")
    if page["has_more"]:
        note(f"there are older ones: --after {page['last_id']}")


def row(job: dict[str, Any]) -> tuple[str, ...]:
    status = job.get("error_code", job["status"])
    credits = job.get("credits_used", job.get("credits_held", 0))
    return job["id"], day(job["created"] * MICROSECONDS), job["model"], status, f"{credits:g}"


@app.command("show")
def show(job: JobId, url: Url = DEFAULT_URL, key: Key = "", as_json: AsJson = False) -> None:
    """What became of a job, with links to its pictures."""
    told = asked(url, key, lambda api: api.get(f"{JOBS}/{quote(job, safe='')}"))
    if as_json:
        show_json(told)
        return
    tell(told)


@app.command("cancel")
def cancel(job: JobId, url: Url = DEFAULT_URL, key: Key = "", as_json: AsJson = False) -> None:
    """End a job that is drawn for free; one that a provider bills goes on.

    Ends with 0 when the job has ended, however that was, and with 4 when it goes on.
    """
    told = asked(url, key, lambda api: api.post(f"{JOBS}/{quote(job, safe='')}/cancel", {}))
    if as_json:
        show_json(told)
    else:
        say(told["message"])
    if told["status"] == "processing":
        raise typer.Exit(STILL_RUNNING)


def tell(job: dict[str, Any]) -> None:
    say(f"{job['id']}: {job['status']}, {job['progress']} %, model {job['model']}")
    if job["status"] == "processing":
        say(f"  {job['credits_held']:g} credits are held for it")
        return
    say(f"  {job['credits_used']:g} credits")
    if "error" in job:
        say(f"  {job['error_code']}: {job['error']}")
    for picture in job.get("data", []):
        say(f"  {picture['url']}")
    if job.get("artifacts_expired"):
        say("  some of its pictures are no longer kept")


def asked(url: str, key: str, question: Callable[[Api], Awaitable[Answer]]) -> Answer:
    """What the server says; a refusal ends the command."""

    async def ask() -> Answer:
        async with opened(url, key) as api:
            try:
                return await question(api)
            except Refusal as refusal:
                told_refusal(refusal)

    return asyncio.run(ask())
