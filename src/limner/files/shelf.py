"""Pictures that their caller wants to keep: they become files with the end of their job.

The bytes get a second name beside the first, so that they outlive the picture, which expires. Rows
and counter are written in the transaction that completes the job; pictures that do not fit are
delivered all the same.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from limner.db.base import Params, Values
from limner.files.artifact import Artifact
from limner.files.blobs import BlobStore
from limner.files.file import Quota
from limner.files.orphans import let_go
from limner.ids import base62, new_id


@dataclass(frozen=True, slots=True)
class Filing:
    """Pictures about to become files, and the quota they must fit."""

    new_files: tuple[Values, ...]
    bytes: int
    quota: Quota

    @property
    def file_ids(self) -> dict[str, str]:
        """The id of each file by that of its picture."""
        return {str(one["artifact_id"]): str(one["id"]) for one in self.new_files}

    def params(self) -> Params:
        """As parameters of `COUNT_FILES` and `NEW_FILE`."""
        return {
            "files": len(self.new_files),
            "files_bytes": self.bytes,
            "most_files": self.quota.files,
            "most_bytes": self.quota.bytes,
            "new_files": self.new_files,
        }


class Shelf:
    def __init__(self, pictures: BlobStore, blobs: BlobStore, quota: Quota) -> None:
        self._pictures = pictures
        self._blobs = blobs
        self._quota = quota

    async def prepare(self, artifacts: Sequence[Artifact]) -> Filing:
        """Give stored pictures their second name. Raises OSError with nothing left behind."""
        new_files = tuple(new_file(one) for one in artifacts)
        filing = Filing(new_files, sum(one.bytes for one in artifacts), self._quota)
        try:
            await asyncio.to_thread(self._link, filing)
        except OSError:
            await self.drop(filing)
            raise
        return filing

    async def drop(self, filing: Filing) -> None:
        """Let go of what did not become files."""
        await let_go(self._blobs, [str(one["blob"]) for one in filing.new_files])

    def _link(self, filing: Filing) -> None:
        for one in filing.new_files:
            self._blobs.adopt(str(one["blob"]), self._pictures, str(one["artifact_id"]))


def new_file(artifact: Artifact) -> Values:
    """A picture as a file: parameters of `NEW_FILE`."""
    kind = artifact.content_type.partition("/")[2]
    ending = "mp3" if kind == "mpeg" else kind
    return {
        "id": f"file_{base62(24)}",
        "blob": new_id("f"),
        "purpose": "media_artifact",
        "filename": f"{artifact.job_id}-{artifact.position + 1}.{ending}",
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "content_type": artifact.content_type,
        "artifact_id": artifact.id,
    }
