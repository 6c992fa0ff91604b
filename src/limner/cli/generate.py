"""`limner generate`: ask for pictures, watch the job, write the files."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from limner.cli.client import Api, Refusal, opened
from limner.cli.options import DEFAULT_URL, AsJson, Key, Url
from limner.cli.screen import FAILED, STILL_RUNNING, errors, fail, say, show_json
from limner.cli.wishes import body_of

POLL_S = 0.3
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


def generate(
    prompt: Annotated[str, typer.Argument(help="What to draw.")],
    model: Annotated[str, typer.Option("--model", "-m", help="Model slug.")] = "sketch-1",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write. Default: named after the prompt."),
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", min=1, help="How many pictures.")] = None,
    size: Annotated[str | None, typer.Option(help="Such as 1024x1024.")] = None,
    quality: Annotated[str | None, typer.Option(help="Such as low, high, hd.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed draws the same again.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="Any other parameter."),
    ] = None,
    wait: Annotated[float, typer.Option(min=1, help="Most seconds to wait.")] = 900.0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Draw pictures and write them to files.

    Ends with 0 when they are written, 1 when refused or failed, 3 when no server answers,
    4 when the job still runs (its id is printed).
    """
    body = body_of(model, prompt, n=n, size=size, quality=quality, seed=seed, param=param)
    asyncio.run(drawn(body, output, url, key, wait, as_json))


async def drawn(
    body: dict[str, object],
    output: Path | None,
    url: str,
    key: str,
    wait: float,
    as_json: bool,
) -> None:
    async with opened(url, key) as api:
        try:
            job = await followed(api, body, wait, quiet=as_json)
            files = await written(api, job, output or Path(file_stem(str(body["prompt"]))))
        except Refusal as refusal:
            told_refusal(refusal, as_json)
    if as_json:
        show_json(job | {"files": [str(file) for file in files]})
        return
    for file in files:
        say(str(file))
    errors.print(f"{job['credits_used']:g} credits, model {job['model']}, job {job['id']}")


async def followed(api: Api, body: dict[str, object], wait: float, quiet: bool) -> dict[str, Any]:
    """Start the job, show how far it is, return it completed. Raises Refusal."""
    job_id = await started(api, body)
    with Progress(
        TextColumn("drawing"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("drawing", total=100)
        try:
            async with asyncio.timeout(wait):
                while True:
                    job = await api.get(f"/v1/images/jobs/{job_id}")
                    bar.update(task, completed=job["progress"])
                    if job["status"] in ("completed", "failed"):
                        break
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            fail(f"the job still runs: GET /v1/images/jobs/{job_id} collects it", STILL_RUNNING)
    if job["status"] == "failed":
        raise Refusal(200, job["error"], job["error_code"], job_id)
    return job


async def started(api: Api, body: dict[str, object]) -> str:
    """Hand the request over and get the job's id at once."""
    try:
        answer = await api.post("/v1/images/generations", body, {"prefer": "wait=0"})
    except Refusal as deferred:
        if deferred.job_id is None:
            raise
        return deferred.job_id
    raise Refusal(200, f"the server answered without a job id: {sorted(answer)}", "?")


async def written(api: Api, job: dict[str, Any], output: Path) -> list[Path]:
    """Fetch the pictures and write each to a file of its own; nothing is overwritten unasked."""
    files = []
    for position, picture in enumerate(job["data"]):
        data, content_type = await api.download(picture["url"])
        name = output if len(job["data"]) == 1 else numbered(output, position + 1)
        file = name if name.suffix else name.with_suffix("." + EXTENSIONS.get(content_type, "bin"))
        file = file if output.suffix else unused(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except OSError as error:
            raise Refusal(200, f"{file} cannot be written: {error.strerror}", "?") from None
        files.append(file)
    return files


def numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.stem}-{number}{file.suffix}")


def unused(file: Path) -> Path:
    """The file's name, or the first numbered one that is free."""
    names = [file, *(numbered(file, number) for number in range(2, 1000))]
    return next(name for name in names if not name.exists())


def file_stem(prompt: str) -> str:
    """`A red fox, at dusk!` as `a-red-fox-at-dusk`."""
    words = re.findall(r"[a-z0-9]+", prompt.lower())
    return "-".join(words[:8])[:60] or "picture"


def told_refusal(refusal: Refusal, as_json: bool) -> None:
    if as_json:
        error = {"message": refusal.message, "code": refusal.code, "job_id": refusal.job_id}
        show_json({"error": error})
        raise typer.Exit(FAILED)
    fail(refusal.message)
