"""`limner upscale`: have a picture enlarged, watch the job, write it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from limner.cli.generate import made
from limner.cli.given import picture_field, stem_of
from limner.cli.options import DEFAULT_URL, AsJson, Key, Params, Url, Wait, commands
from limner.cli.pictures import Target
from limner.cli.wishes import body_of, parameter

PATH = "/v1/images/upscale"

app = commands()


@app.command()
def upscale(
    picture: Annotated[
        str,
        typer.Argument(
            metavar="PICTURE", help="A PNG, JPEG, WebP or GIF; or a URL, or the id of a file."
        ),
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="Model slug.")
    ] = "sketch-upscale",
    scale: Annotated[
        str | None,
        typer.Option("--scale", metavar="NUMBER", help="How many times as wide and high."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File to write, or a folder. Default: a file here, named after the picture.",
        ),
    ] = None,
    param: Params = None,
    wait: Wait = 900.0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Enlarge a picture and write it to a file.

    Ends with 0 when it is written, 1 when refused or failed, 3 when no server answers,
    4 when the job still runs (its id is printed).
    """
    name, value = picture_field(picture, "PICTURE")
    fields: dict[str, object] = {name: value}
    fields |= dict([parameter(f"scale={scale}")]) if scale else {}
    target = Target.of(output or Path(), f"{stem_of(picture)} upscaled")
    body = body_of(model, None, param, **fields)
    asyncio.run(made(PATH, body, target, url, key, wait, as_json))
