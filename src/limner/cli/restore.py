"""`limner restore`: a limner of a backup, in an empty place; ends with the audit of it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from limner import settings as configuration
from limner.app import database_url
from limner.audit.audit import Checked
from limner.backup.manifest import Manifest
from limner.backup.place import Place
from limner.backup.refusal import BackupRefused
from limner.backup.restore import Restored, restore
from limner.cli.audit import audited, verdict
from limner.cli.audit import show as show_rule
from limner.cli.backup import moment
from limner.cli.local import run_undone_by_signals
from limner.cli.logs import only_errors
from limner.cli.options import AsJson, Data, commands
from limner.cli.progress import steps
from limner.cli.screen import FAILED, fail, note, say, show_json
from limner.settings import Settings

app = commands()


@app.command("restore")
def put_back(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What `limner backup` wrote.")],
    without_webhooks: Annotated[
        bool,
        typer.Option(
            "--without-webhooks",
            help="Tell nobody of anything: for a copy that is tried beside the original.",
        ),
    ] = False,
    database: Annotated[
        str | None,
        typer.Option(
            "--database-url",
            metavar="URL",
            help="Empty PostgreSQL database to restore to. Default: LIMNER_DATABASE_URL, else "
            "SQLite in the data folder.",
        ),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a limner of a backup, in an empty folder and database only; ends with 1 on a breach.

    The backup is read to its end before anything is written. What ran when it was taken is closed
    without a charge.
    """
    settings = configuration.load(data_dir=data, database_url=database)
    if settings.store:
        fail(
            f"pictures and files are restored to folders, and LIMNER_STORE says {settings.store}. "
            "Restore without it, then `limner store copy` brings them there",
            code="store",
        )
    place = Place(settings.data_dir, database_url(settings), settings.secret)
    try:
        with only_errors(), steps(as_json) as told:
            restored = run_undone_by_signals(restore(archive, place, told, hush=without_webhooks))
    except BackupRefused as refused:
        fail(str(refused), code=refused.code)
    if not as_json:
        show(restored, settings)
    checked = asyncio.run(audited(settings, read_bytes=False, silent=True))
    broken = sum(one.broken for one in checked)
    if as_json:
        show_json(
            {
                "ok": not broken,
                "closed": restored.closed,
                "manifest": restored.manifest,
                "broken": broken,
                "rules": checked,
            }
        )
    else:
        show_audit(checked, broken, settings)
    if broken:
        raise typer.Exit(FAILED)


def show(restored: Restored, settings: Settings) -> None:
    manifest = restored.manifest
    say(f"restored to {settings.data_dir}, as all was at {moment(manifest)}")
    say(f"  rows      {sum(manifest.rows.values()):,}")
    say(f"  pictures  {manifest.pictures.number:,}{left_out(manifest)}")
    say(f"  files     {manifest.files.number:,}")
    if restored.closed:
        say(f"  closed    {restored.closed} jobs that were running then, without a charge")


def left_out(manifest: Manifest) -> str:
    return "" if manifest.has_pictures else ": they were left out, and count as expired"


def show_audit(checked: list[Checked], broken: int, settings: Settings) -> None:
    for one in checked:
        if one.broken:
            show_rule(one)
    say(f"audit: {verdict(len(checked), broken)}")
    if not broken:
        note(f"start it with `limner serve --data {settings.data_dir}`")
