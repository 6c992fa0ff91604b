"""`limner audit`: whether money, jobs, pictures and files are as they must be, row by row."""

import asyncio
from typing import Annotated

import typer

from limner.audit.audit import Checked, audit
from limner.cli.local import database_there
from limner.cli.options import AsJson, Data, commands, local
from limner.cli.screen import FAILED, say, show_json
from limner.db import schema
from limner.errors import ConfigError
from limner.files.places import stores
from limner.settings import Settings

app = commands()
ReadBytes = Annotated[
    bool, typer.Option("--bytes", help="Read every picture and file and compare its SHA-256")
]


@app.command("audit")
def audit_all(read_bytes: ReadBytes = False, data: Data = None, as_json: AsJson = False) -> None:
    """Check every rule that must hold, on a live or a restored system; ends with 1 on a breach.

    Nothing is written, and a running server need not be stopped.
    """
    checked = asyncio.run(audited(local(data), read_bytes=read_bytes, silent=as_json))
    broken = sum(one.broken for one in checked)
    if as_json:
        show_json({"ok": not broken, "broken": broken, "rules": checked})
    else:
        say(verdict(len(checked), broken))
    if broken:
        raise typer.Exit(FAILED)


async def audited(settings: Settings, *, read_bytes: bool, silent: bool) -> list[Checked]:
    """Every rule that was looked at, each shown as soon as it is known. Raises ConfigError."""
    database = await schema.connect(database_there(settings), migrate=False)
    blobs = stores(settings.store, settings.data_dir, make=False)
    checked: list[Checked] = []
    try:
        if await schema.version(database) is None:
            raise ConfigError("the database is empty: no server has worked with it")
        async for one in audit(database, blobs, read_bytes=read_bytes):
            checked.append(one)
            if not silent:
                show(one)
    finally:
        await database.close()
    return checked


def show(checked: Checked) -> None:
    if not checked.broken:
        say(f"  ok      {checked.number:<4} {checked.says} ({checked.seconds:.1f} s)")
        return
    say(f"  BROKEN  {checked.number:<4} {checked.says}: {checked.broken}")
    for breach in checked.named:
        say(f"            {breach.where}")
    if checked.broken > len(checked.named):
        say(f"            and {checked.broken - len(checked.named)} more")


def verdict(rules: int, broken: int) -> str:
    if broken:
        return f"{broken} breaches of {rules} rules; nothing was changed"
    return f"all {rules} rules hold"
