"""The place a backup is restored to: it must be empty, and gets its new data all at once."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from limner.backup.refusal import BackupRefused
from limner.db import schema
from limner.durable import flush_folder
from limner.vault import Vault, secret_from, write_secret

STAGING = "restoring"
BLOBS = {"pictures": "blobs", "files": "files"}
"""Folders of the archive, and of the data folder."""
MAY_BE_THERE = {STAGING, "secret", "lost+found"}


@dataclass(frozen=True, slots=True)
class Place:
    """`secret` is the setting, empty where the secret is a file of the data folder."""

    data_dir: Path
    database_url: str
    secret: str

    @property
    def sqlite(self) -> Path | None:
        url = self.database_url
        return schema.sqlite_path(url) if schema.is_sqlite(url) else None


def refuse_folder(place: Place) -> None:
    """Raises BackupRefused where anything is that a restore would mix with or replace."""
    folder = place.data_dir
    if folder.exists() and not folder.is_dir():
        raise BackupRefused(f"{folder} is a file; name a folder with --data", "not_empty")
    there = {one.name for one in folder.iterdir()} if folder.exists() else set()
    ours = {f"{place.sqlite.name}.{STAGING}"} if place.sqlite else set()
    if more := sorted(there - MAY_BE_THERE - ours):
        raise BackupRefused(
            f"{folder} is not empty: it has {', '.join(more[:3])}"
            f"{' and more' if len(more) > 3 else ''}. A backup is restored into an empty folder "
            "only; name another with --data",
            "not_empty",
        )
    if place.sqlite and place.sqlite.exists():
        raise BackupRefused(f"there is a database already: {place.sqlite}", "not_empty")


def secret_for(place: Place, fingerprint: str | None, archived: str | None) -> str | None:
    """The secret that has to be put into the folder, if any.

    Raises BackupRefused when the server would start with another than its keys were hashed with.
    """
    file = place.data_dir / "secret"
    if place.secret or file.exists():
        if fingerprint not in (None, Vault(secret_from(place.secret, file)).fingerprint):
            named = "LIMNER_SECRET" if place.secret else str(file)
            raise BackupRefused(
                f"{named} is not the secret of this backup, so none of its keys would work. "
                f"{'Remove it' if archived else 'Bring the right one'}, and restore again",
                "wrong_secret",
            )
        return None
    if archived is None and fingerprint is not None:
        raise BackupRefused(
            "the backup has no secret in it, and without the one of its server no key works and "
            "nothing sealed can be opened. Set it as LIMNER_SECRET, or put the file `secret` into "
            f"{place.data_dir}, and restore again",
            "no_secret",
        )
    return archived


class Staged:
    """New data under names of their own, which become theirs with `keep`; else all is removed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._folder = place.data_dir / STAGING
        self._made = not place.data_dir.exists()
        path = place.sqlite
        self._database = path.with_name(f"{path.name}.{STAGING}") if path else None
        self.database_url = f"sqlite:///{self._database}" if self._database else place.database_url

    def blobs(self, kind: str) -> Path:
        return self._folder / BLOBS[kind]

    def __enter__(self) -> Self:
        # Prompts are not in there, but pictures are: nobody else on this machine is to read them.
        self._place.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove()
        self._folder.mkdir(mode=0o700)
        return self

    def keep(self, secret: str | None) -> None:
        """Give all of it its name, the database last: from then on a server may start."""
        folder = self._place.data_dir
        if secret is not None:
            write_secret(folder / "secret", secret)
        for name in BLOBS.values():
            os.rename(self._folder / name, folder / name)
        self._folder.rmdir()
        flush_folder(folder)
        flush_folder(folder.parent)
        if self._database and self._place.sqlite:
            os.rename(self._database, self._place.sqlite)
            flush_folder(self._place.sqlite.parent)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return
        self._remove()
        if self._made:
            self._place.data_dir.rmdir()

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._database:
            for ending in ("", "-wal", "-shm"):
                Path(f"{self._database}{ending}").unlink(missing_ok=True)
