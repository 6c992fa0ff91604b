"""Where a server keeps its bytes: folders of its data, or an object store."""

from pathlib import Path
from typing import NamedTuple

from limner.errors import ConfigError
from limner.files.blobs import BlobStore, LocalBlobs
from limner.ids import new_id

PICTURES, FILES, TEMPORARY = "blobs", "files", "tmp"
SCHEMES = ("s3://", "gs://", "az://")


class Stores(NamedTuple):
    pictures: BlobStore
    files: BlobStore


def stores(url: str, data_dir: Path, *, make: bool = True) -> Stores:
    """The stores of a server; `url` is the setting `store`, empty for the data folder.

    With `make` folders that are not there are made. Raises ConfigError.
    """
    if not url:
        return Stores(*(LocalBlobs(data_dir / name, make=make) for name in (PICTURES, FILES)))
    if not url.startswith(SCHEMES):
        raise ConfigError(f"store must begin with {', '.join(SCHEMES[:-1])} or {SCHEMES[-1]}")
    # It takes 10 MiB, which a server that stores on its own disk saves.
    from limner.files.object_blobs import ObjectBlobs, object_store

    base = url.rstrip("/")
    return Stores(
        *(
            ObjectBlobs(object_store(f"{base}/{name}"), data_dir / TEMPORARY)
            for name in (PICTURES, FILES)
        )
    )


def tried(both: Stores) -> None:
    """Write, read and remove a few bytes in each. Raises OSError."""
    for store in both:
        blob, data = new_id("probe"), b"limner"
        store.write(blob, data)
        try:
            if store.read(blob, 0, len(data)) != data:
                raise OSError("other bytes come back than were written")
        finally:
            store.remove(blob)


def described(url: str, data_dir: Path) -> str:
    """In words, for people."""
    return url or str(data_dir / PICTURES)
