"""`limner store`: where pictures and files lie, whether that works, and how they get elsewhere."""

import asyncio
from typing import Annotated

import typer

from limner.cli.local import database_there
from limner.cli.options import AsJson, Data, commands, local
from limner.cli.progress import steps
from limner.cli.screen import FAILED, fail, note, say, show_json
from limner.db import schema
from limner.files.moving import Moved, Told, copy_all
from limner.files.places import described, stores, tried
from limner.settings import Settings

app = commands()
MOST_NAMED = 20


@app.command("check")
def check(data: Data = None, as_json: AsJson = False) -> None:
    """Write, read and remove a few bytes where pictures and files lie; ends with 1 on trouble."""
    settings = local(data)
    where, trouble = described(settings.store, settings.data_dir), ""
    try:
        tried(stores(settings.store, settings.data_dir))
    except OSError as error:
        trouble = str(error)
    if as_json:
        show_json({"ok": not trouble, "store": where, "trouble": trouble or None})
    elif not trouble:
        say(f"{where} takes bytes, gives them back and removes them")
    if trouble and not as_json:
        fail(f"{where} does not work: {trouble}", code="store")
    if trouble:
        raise typer.Exit(FAILED)


@app.command("copy")
def copy(
    target: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            help="`s3://bucket/prefix`, `gs://...`, `az://...`, or `local` for the data folder.",
        ),
    ],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Copy all pictures and files to another store, while the server works.

    Every blob is compared with its SHA-256 on the way. Run it again to copy what has come since.
    Nothing is removed. Ends with 1 if any is missing, or not as its row says.
    """
    settings = local(data)
    to = "" if target == "local" else target
    if to == settings.store:
        fail("the pictures and files lie there already", code="store")
    with steps(as_json) as told:
        moved = asyncio.run(moved_to(to, settings, told))
    if as_json:
        show_json({"ok": not moved.wrong, "moved": moved})
    else:
        show(moved, target)
    if moved.wrong:
        raise typer.Exit(FAILED)


async def moved_to(to: str, settings: Settings, told: Told) -> Moved:
    database = await schema.connect(database_there(settings))
    try:
        source = stores(settings.store, settings.data_dir, make=False)
        return await copy_all(database, source, stores(to, settings.data_dir), told)
    finally:
        await database.close()


def show(moved: Moved, target: str) -> None:
    say(f"copied {moved.copied:,} blobs of {moved.bytes:,} bytes; {moved.there:,} were there")
    for blob in moved.wrong[:MOST_NAMED]:
        say(f"  missing, or not as its row says: {blob}")
    if not moved.wrong:
        value = "" if target == "local" else target
        note(f"stop the server, run this once more, and start it with LIMNER_STORE={value}")
