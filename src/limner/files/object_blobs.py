"""Blobs in an object store: Amazon S3 and what speaks as it does, Google Cloud Storage, Azure.

A blob is stored once the store has said so and, asked again, tells its size. It is only ever made,
never overwritten. The library sends what failed again by itself, for seconds: unlike a picture, a
blob costs nothing the second time.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import FileIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError
from obstore.store import ObjectStore, from_url

from limner.errors import ConfigError
from limner.files.blobs import FOLDER_CHARS, BlobPart, BlobStore, Found, swept, write_all

PIECE = 8 * 1024 * 1024
"""What is read of a large blob with one request."""
RETRIES = 4
RETRIED_FOR = timedelta(seconds=60)
PAUSES = (0.2, 1.0, 4.0, 10.0)
CONNECT, REQUEST = "5s", "30s"


class ObjectBlobs:
    """Blocking: call it from a thread. Raises OSError for whatever the store does not do."""

    asked_at_once = 32

    def __init__(self, store: ObjectStore, temporary: Path) -> None:
        self._store = store
        self._temporary = temporary
        temporary.mkdir(parents=True, exist_ok=True)

    @property
    def temporary(self) -> Path:
        """A folder on this machine, for what nobody needs after an hour."""
        return self._temporary

    def write(self, blob_id: str, data: bytes) -> None:
        self._put(blob_id, data, len(data))

    def part(self, blob_id: str) -> BlobPart:
        return ObjectPart(self, self._temporary / f"{blob_id}.part", blob_id)

    def upload(self, blob_id: str, source: Path) -> None:
        """Store what a file on this machine holds."""
        with open(source, "rb") as file:
            self._put(blob_id, file, source.stat().st_size)

    def adopt(self, blob_id: str, source: BlobStore, source_id: str) -> None:
        """Store the bytes of another blob."""
        self._put(blob_id, source.read(source_id, 0, source.size(source_id)))

    def open(self, blob_id: str) -> BinaryIO:
        with translated():
            reader = obstore.open_reader(self._store, key(blob_id), buffer_size=PIECE)
        return cast(BinaryIO, Reading(reader))

    def read(self, blob_id: str, start: int, length: int) -> bytes:
        with translated():
            found = obstore.get_range(self._store, key(blob_id), start=start, length=length)
        return bytes(found)

    def at_hand(self, blob_id: str, spare: Path) -> Path:
        """The blob as a file on this machine: `spare`, which is written."""
        with self.open(blob_id) as blob, open(spare, "wb") as out:
            shutil.copyfileobj(blob, out, PIECE)
        return spare

    def size(self, blob_id: str) -> int:
        with translated():
            return obstore.head(self._store, key(blob_id))["size"]

    def remove(self, blob_id: str) -> None:
        with suppress(FileNotFoundError), translated():
            obstore.delete(self._store, key(blob_id))

    def ids(self) -> Iterator[str]:
        return (one.blob_id for one in self.found())

    def found(self) -> Iterator[Found]:
        with translated():
            for page in obstore.list(self._store):
                for one in page:
                    name = one["path"].rpartition("/")[2]
                    yield Found(name, one["size"], one["last_modified"].timestamp())

    def sweep_temporary(self) -> None:
        swept(self._temporary)

    def _put(self, blob_id: str, data: bytes | BinaryIO, size: int | None = None) -> None:
        size = len(cast(bytes, data)) if size is None else size
        with translated():
            self._made(blob_id, data)
            stored = obstore.head(self._store, key(blob_id))["size"]
        if stored != size:
            raise OSError(f"the object store has {stored} of {size} bytes of {blob_id}")

    def _made(self, blob_id: str, data: bytes | BinaryIO) -> None:
        """Make a blob. The library does not send it again where it may have been made already.

        We do, because then the store says so, and the bytes there are ours.
        """
        ends = time.monotonic() + RETRIED_FOR.total_seconds()
        for pause in (*PAUSES, None):
            try:
                with suppress(AlreadyExistsError):
                    obstore.put(self._store, key(blob_id), data, mode="create")
                return
            except GenericError:
                if pause is None or time.monotonic() + pause > ends:
                    raise
            time.sleep(pause)
            if not isinstance(data, bytes):
                data.seek(0)


class ObjectPart:
    """A blob on its way: a file on this machine until it is kept."""

    def __init__(self, blobs: ObjectBlobs, path: Path, blob_id: str) -> None:
        self._blobs, self._path, self._id = blobs, path, blob_id
        self._out = FileIO(path, "wb")

    def add(self, data: bytes) -> None:
        write_all(self._out, data)

    def keep(self) -> None:
        self._out.close()
        self._blobs.upload(self._id, self._path)
        self._path.unlink()

    def discard(self) -> None:
        with suppress(OSError):
            self._out.close()
        with suppress(OSError):
            self._path.unlink()


class Reading(RawIOBase):
    """A blob of an object store as a file to read from."""

    def __init__(self, reader: "obstore.ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        with translated():
            return bytes(self._reader.read(size if size >= 0 else None))


def key(blob_id: str) -> str:
    """As the local disk has it, so that any tool may copy one to the other."""
    return f"{blob_id.rpartition('_')[2][:FOLDER_CHARS]}/{blob_id}"


@contextmanager
def translated() -> Iterator[None]:
    """The library's own errors are no OSError, and quote addresses at length."""
    try:
        yield
    except BaseError as error:
        raise OSError(f"the object store did not do it: {type(error).__name__}") from error


def object_store(url: str) -> ObjectStore:
    """The store of a URL such as `s3://bucket/prefix`; keys and endpoint are in the environment.

    Raises ConfigError.
    """
    endpoints = (os.environ.get(name, "") for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
    client: Any = {"connect_timeout": CONNECT, "timeout": REQUEST}
    if any(one.startswith("http://") for one in endpoints):
        client["allow_http"] = True
    try:
        return from_url(
            url,
            client_options=client,
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRIED_FOR},
        )
    except BaseError as error:
        raise ConfigError(f"the store {url} cannot be used: {str(error).splitlines()[0]}") from None
