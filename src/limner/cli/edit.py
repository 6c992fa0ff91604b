"""`limner edit`: have a picture changed, watch the job, write what came of it."""

import asyncio
import base64
from pathlib import Path
from typing import Annotated

import typer

from limner.cli.generate import made
from limner.cli.given import picture_field, read, references
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
from limner.cli.pictures import Target
from limner.cli.wishes import body_of

PATH = "/v1/images/edits"

app = commands()


@app.command()
def edit(
    picture: Annotated[
        str,
        typer.Argument(
            metavar="PICTURE", help="A PNG, JPEG, WebP or GIF; or a URL, or the id of a file."
        ),
    ],
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to change.")],
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="Model slug.")
    ] = "sketch-1",
    mask: Annotated[
        Path | None,
        typer.Option(
            "--mask",
            metavar="MASK",
            help="A PNG as large as the picture, transparent where it is to change.",
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference", "-r", metavar="PICTURE", help="A further picture; may be repeated."
        ),
    ] = None,
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
    param: Params = None,
    wait: Wait = 900.0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Change a picture as a prompt says, and write what came of it to files.

    Ends with 0 when they are written, 1 when refused or failed, 3 when no server answers,
    4 when the job still runs (its id is printed).
    """
    name, value = picture_field(picture, "PICTURE")
    fields: dict[str, object] = {
        name: value,
        "images": references(reference or (), "--reference"),
        "mask_base64": base64.b64encode(read(str(mask), "--mask")).decode() if mask else None,
    }
    body = body_of(model, prompt, param, n=n, size=size, quality=quality, **fields)
    target = Target.of(output or Path(), prompt)
    asyncio.run(made(PATH, body, target, url, key, wait, as_json))
