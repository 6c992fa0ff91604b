"""The JSON of files, with all the fields that clients' types require."""

from typing import Annotated, Literal

import msgspec

from limner.files.file import File

MICROSECONDS = 1_000_000


class FileUpload(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the form, in any order; `file` is the bytes, with their name and type."""

    file: Annotated[str, msgspec.Meta(extra_json_schema={"format": "binary"})]
    purpose: Literal["assistants", "vision", "user_data", "batch", "media_artifact"]


class FileBody(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: str
    bytes: int
    created_at: int
    filename: str
    purpose: str
    status: str


class FileList(msgspec.Struct, frozen=True, kw_only=True):
    """`last_id` is what the next page comes `after`, while `has_more` is true."""

    object: str
    data: list[FileBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


class FileDeleted(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: str
    deleted: bool


def file_body(file: File) -> FileBody:
    return FileBody(
        id=file.id,
        object="file",
        bytes=file.bytes,
        created_at=file.created_at // MICROSECONDS,
        filename=file.filename,
        purpose=file.purpose,
        status="processed",
    )


def file_list(files: list[File], has_more: bool) -> FileList:
    return FileList(
        object="list",
        data=[file_body(file) for file in files],
        first_id=files[0].id if files else None,
        last_id=files[-1].id if files else None,
        has_more=has_more,
    )
