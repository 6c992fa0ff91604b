"""`limner backup`: all of a limner in one file, taken while it works."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from limner.backup.backup import Taken, Wanted, backup
from limner.backup.manifest import Manifest, Stored
from limner.backup.refusal import BackupRefused
from limner.cli.local import database_there, run_undone_by_signals
from limner.cli.options import AsJson, Data, commands, local
from limner.cli.progress import steps
from limner.cli.screen import FAILED, fail, note, say, show_json
from limner.errors import ConfigError
from limner.files.places import stores
from limner.settings import Settings
from limner.vault import Vault, secret_from

app = commands()
UNITS = ("bytes", "KB", "MB", "GB", "TB")


@app.command("backup")
def take(
    target: Annotated[
        Path, typer.Argument(metavar="FILE|FOLDER", help="Where to; into a folder with the date.")
    ],
    without_pictures: Annotated[
        bool, typer.Option("--without-pictures", help="Leave out the pictures, not the files.")
    ] = False,
    without_secret: Annotated[
        bool, typer.Option("--without-secret", help="Leave out the secret that opens the rest.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write database, pictures, files and secret into one file, while a server works or not.

    All rows are of one moment. Ends with 1 if pictures or files are not as their rows say; the file
    is written all the same. `limner restore` makes a limner of it.
    """
    settings = local(data)
    wanted = wanted_of(settings, target, pictures=not without_pictures, secret=not without_secret)
    try:
        with steps(as_json) as told:
            taken = run_undone_by_signals(backup(wanted, told))
    except BackupRefused as refused:
        fail(str(refused), code=refused.code)
    if as_json:
        show_json(taken)
    else:
        show(taken, without_secret=without_secret, setting=bool(settings.secret))
    if taken.wrong:
        raise typer.Exit(FAILED)


def wanted_of(settings: Settings, target: Path, *, pictures: bool, secret: bool) -> Wanted:
    """Raises BackupRefused, ConfigError."""
    url = database_there(settings)
    file = settings.data_dir / "secret"
    own = secret_from(settings.secret, file) if settings.secret or file.exists() else None
    if own is None and secret:
        raise ConfigError(
            f"there is no secret in {settings.data_dir.absolute()}: is it the data folder of this "
            "server? Name it with --data, or set LIMNER_SECRET as the server has it"
        )
    return Wanted(
        database_url=url,
        data_dir=settings.data_dir,
        blobs=stores(settings.store, settings.data_dir, make=False),
        # Whoever keeps the secret elsewhere does not want it beside what it opens.
        secret=own.hex() if own and secret and not settings.secret else None,
        fingerprint=Vault(own).fingerprint if own else None,
        with_pictures=pictures,
        target=file_of(target),
    )


def file_of(target: Path) -> Path:
    """Raises ConfigError for a file that is there: no backup is overwritten."""
    if target.is_dir():
        return target / f"limner-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar"
    if target.exists():
        raise ConfigError(f"{target} is there already; name another file, or a folder")
    if not target.parent.is_dir():
        raise ConfigError(f"there is no folder {target.parent}")
    return target


def show(taken: Taken, *, without_secret: bool, setting: bool) -> None:
    manifest = taken.manifest
    say(f"all as it was at {moment(manifest)} (schema {manifest.schema}, {manifest.database})")
    say(f"  rows      {sum(manifest.rows.values()):,} in {len(manifest.rows)} tables")
    say(f"  pictures  {told(manifest.pictures) if manifest.has_pictures else 'left out'}")
    say(f"  files     {told(manifest.files)}")
    say(f"{taken.archive} ({size(taken.bytes)})")
    note(secret_words(manifest.has_secret, without_secret=without_secret, setting=setting))
    if taken.wrong:
        number = sum(one.lost + one.damaged for one in (manifest.pictures, manifest.files))
        note(f"WARNING: {number} pictures or files are not on the disk as their rows say:")
        for name in taken.wrong:
            note(f"  {name}")
        note("`limner audit --bytes` says more; the backup is as good as the data are.")


def moment(manifest: Manifest) -> str:
    return f"{datetime.fromisoformat(manifest.taken_at):%Y-%m-%d %H:%M:%S} UTC"


def told(stored: Stored) -> str:
    gone = f"; {stored.gone} expired or were deleted meanwhile" if stored.gone else ""
    return f"{stored.number:,} ({size(stored.bytes)}){gone}"


def secret_words(has_secret: bool, *, without_secret: bool, setting: bool) -> str:
    if has_secret:
        return (
            "KEEP IT SAFE: the server's secret is in it, so whoever has this file has all that is "
            "stored, provider keys too. Only you may read it now."
        )
    why = "as you wished" if without_secret and not setting else "because it is a setting"
    return (
        f"KEEP THE SECRET TOO: it is not in the file, {why}. Without it no key works any more and "
        "nothing sealed can be opened."
    )


def size(number: float) -> str:
    for unit in UNITS[:-1]:
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} {UNITS[-1]}"
