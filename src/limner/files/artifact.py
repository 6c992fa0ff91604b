"""An artifact, a picture or recording that limner keeps: what is known of it, and its row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from limner.db.base import Row, Value
from limner.files.audio import listen
from limner.files.credentials import Credentials, credentials_in
from limner.files.sniff import sniff
from limner.retention import MICROSECONDS, NEVER


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored picture or recording; `sha256` is hex, sizes are bytes and pixels.

    A recording has a duration and no width or height, a picture the reverse.
    """

    id: str
    job_id: str
    position: int
    bytes: int
    sha256: str
    content_type: str
    width: int
    height: int
    seed: int | None
    duration_ms: int | None = None
    expires_at: int = NEVER
    """Unix microseconds; 0 for what was handed on and not kept."""
    content_credentials: Credentials | None = None
    """None of a recording."""
    stored_as: str | None = None
    """Whose bytes it shares: those of an equal picture of the workspace that came first."""
    original_as: str | None = None
    """The blob of the signed picture it was made from, whose credentials it could not keep."""
    original_bytes: int | None = None
    original_sha256: str | None = None
    original_type: str | None = None
    file_id: str | None = None
    """The file it was kept as, where the caller wanted that."""

    @property
    def kept(self) -> bool:
        return self.expires_at > 0

    @property
    def kept_until(self) -> int | None:
        """Unix seconds; None as long as nobody deletes it."""
        return None if self.expires_at == NEVER else self.expires_at // MICROSECONDS

    @property
    def blob(self) -> str:
        """What the store calls its bytes."""
        return self.stored_as or self.id

    @property
    def original(self) -> "Artifact | None":
        """The picture as its provider gave it, where this one was made from it and lost by it."""
        if self.original_as is None or self.original_sha256 is None or self.original_type is None:
            return None
        return replace(
            self,
            stored_as=self.original_as,
            bytes=self.original_bytes or 0,
            sha256=self.original_sha256,
            content_type=self.original_type,
            content_credentials="preserved",
        )

    @property
    def blobs(self) -> list[str]:
        return [self.blob, *([self.original_as] if self.original_as else [])]


@dataclass(frozen=True, slots=True)
class Original:
    """A signed picture that was made into another, and is kept beside it."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Found:
    """What bytes turned out to be."""

    content_type: str
    width: int = 0
    height: int = 0
    duration_ms: int | None = None
    content_credentials: Credentials | None = None


def seen(data: bytes) -> Found:
    """Bytes as a picture. Raises NotAnImage."""
    content_type, width, height = sniff(data)
    there: Credentials = "preserved" if credentials_in(data, content_type) else "absent"
    return Found(content_type, width, height, content_credentials=there)


def heard(data: bytes) -> Found:
    """Bytes as a recording. Raises NotAudio."""
    content_type, duration_ms = listen(data)
    return Found(content_type, duration_ms=duration_ms)


@dataclass(frozen=True, slots=True)
class Kept:
    """What has just been stored, with the bytes still at hand for the answer."""

    artifact: Artifact
    data: memoryview
    base64: bool
    """Whether `data` is base64 text as it goes on the wire, or the plain bytes."""
    revised_prompt: str | None
    title: str | None = None
    lyrics: str | None = None
    """Words of a song, where it has any."""


def row_params(artifact: Artifact) -> dict[str, Value]:
    """An artifact as parameters of `store.NEW_ARTIFACT`."""
    return {
        "id": artifact.id,
        "position": artifact.position,
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "content_type": artifact.content_type,
        "width": artifact.width,
        "height": artifact.height,
        "seed": artifact.seed,
        "duration_ms": artifact.duration_ms,
        "expires_at": artifact.expires_at,
        "content_credentials": artifact.content_credentials,
        "original_sha256": artifact.original_sha256,
        "original_bytes": artifact.original_bytes,
        "original_type": artifact.original_type,
    }


def original_rows(artifacts: Sequence[Artifact]) -> list[dict[str, Value]]:
    """The blobs of originals, as parameters of `store.KEEP`."""
    return [
        {"name": one.original_as, "sha256": one.original_sha256, "bytes": one.original_bytes}
        for one in artifacts
        if one.original_as
    ]


def names_of(artifacts: Sequence[Artifact]) -> list[str]:
    return [name for one in artifacts for name in one.blobs]


def pictures_of(rows: Sequence[Row]) -> tuple[list[Artifact], bool]:
    """Those of a job's rows that can still be had, and whether some have expired."""
    alive = [
        replace(artifact_of(row[:-2]), file_id=cast(str | None, row[-2])) for row in rows if row[-1]
    ]
    return alive, len(alive) < len(rows)


ArtifactRow: TypeAlias = tuple[
    str,
    str,
    int,
    int,
    str,
    str,
    int,
    int,
    int | None,
    int | None,
    int,
    Credentials | None,
    str | None,
    str | None,
    int | None,
    str | None,
    str | None,
]
"""As `store.COLUMNS` select it."""


def artifact_of(row: Row) -> Artifact:
    return Artifact(*cast(ArtifactRow, row))
