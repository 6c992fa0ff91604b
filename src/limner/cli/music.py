"""`limner music`: ask for a song, watch the job, write its takes."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from limner.cli.generate import made
from limner.cli.options import DEFAULT_URL, AsJson, Key, Params, Url, Wait, commands
from limner.cli.pictures import Target
from limner.cli.wishes import body_of

PATH = "/v1/music/generations"
DEFAULT_MODEL = "suno-v5"

app = commands()


@app.command()
def music(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to play.")],
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="Model slug.")
    ] = DEFAULT_MODEL,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File to write, or a folder. Default: a file here, named after the prompt.",
        ),
    ] = None,
    instrumental: Annotated[bool, typer.Option("--instrumental", help="Nobody sings.")] = False,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TITLE", help="Title of the song.")
    ] = None,
    style: Annotated[
        str | None, typer.Option("--style", metavar="STYLE", help="Such as jazz, slow.")
    ] = None,
    param: Params = None,
    wait: Wait = 900.0,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Make music and write it to files, one for each take.

    Ends with 0 when they are written, 1 when refused or failed, 3 when no server answers,
    4 when the job still runs (its id is printed).
    """
    wanted = Path() if output is None else output
    fields: dict[str, object] = {"title": title, "style": style}
    fields |= {"instrumental": True} if instrumental else {}
    if wanted.suffix == ".wav":
        fields["response_format"] = "wav"
    body = body_of(model, prompt, param, **fields)
    asyncio.run(made(PATH, body, Target.of(wanted, prompt), url, key, wait, as_json))
