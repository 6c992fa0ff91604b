"""`/v1/files`: what callers upload or choose to keep, for all keys of their workspace."""

import re
from contextlib import aclosing
from functools import partial
from typing import Annotated

import msgspec

from limner.api.asgi import JSON, Header, Scope, Send, answer, header
from limner.api.body import announced, arriving
from limner.api.counted import Asked, answered
from limner.api.download import Download, send_download
from limner.api.file_form import AROUND_BYTES, FileForm
from limner.api.multipart import Form
from limner.api.operation import Operation, Query
from limner.api.wire.files import FileBody, FileDeleted, FileList, FileUpload, file_body, file_list
from limner.errors import InvalidParams, NotFound
from limner.files.file import File
from limner.files.filename import disposition
from limner.files.files import GONE, Order
from limner.files.kinds import PURPOSES
from limner.files.spool import too_large
from limner.files.uploads import Upload

PATH = "/v1/files"
FILE_ID = re.compile(r"file_[0-9A-Za-z]{24}")
KEY = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
LIMIT = re.compile(r"[0-9]{1,18}")
MOST_LISTED, LISTED = 100, 20
UNACTING: tuple[Header, ...] = (
    ("cache-control", "private, max-age=0"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "sandbox; default-src 'none'"),
)
"""Whatever a caller uploaded, no browser is to run it."""


async def create_file(asked: Asked, send: Send) -> None:
    scope, uploads = asked.request.scope, asked.services.uploads
    key = idempotency_key(scope)
    form = Form(header(scope, b"content-type"))
    if (announced(scope) or 0) > uploads.quota.file_bytes + AROUND_BYTES:
        raise too_large(uploads.quota.file_bytes)
    begun = await uploads.begin(asked.workspace_id, key)
    if isinstance(begun, Upload):
        try:
            file = await received(asked, form, begun)
        except BaseException:
            await uploads.abandon(begun)
            raise
    else:
        file = begun
    await answer(send, 201, [JSON], [msgspec.json.encode(file_body(file))])


async def received(asked: Asked, form: Form, upload: Upload) -> File:
    """Take in the form and keep its file."""
    request, uploads = asked.request, asked.services.uploads
    told = FileForm(partial(uploads.add, upload))
    limit = uploads.quota.file_bytes + AROUND_BYTES
    async with aclosing(arriving(request.scope, request.receive, limit)) as pieces:
        async for piece in pieces:
            for event in form.feed(piece):
                await told.hear(event)
    form.finish()
    file, purpose = told.file(), told.purpose()
    return await uploads.store(
        upload, filename=file.filename or "", declared=file.content_type, purpose=purpose
    )


def idempotency_key(scope: Scope) -> str | None:
    key = header(scope, b"idempotency-key")
    if key is not None and not KEY.fullmatch(key):
        raise InvalidParams(
            "Idempotency-Key must be 1 to 255 of A-Z a-z 0-9 _ . : -", param="Idempotency-Key"
        )
    return key


async def list_files(asked: Asked, send: Send) -> None:
    query = asked.request.query_params
    purpose, after = query.get("purpose") or None, query.get("after") or None
    if after is not None and not FILE_ID.fullmatch(after):
        raise InvalidParams("after must be the id of a file of this workspace", param="after")
    order, most = read_order(query.get("order")), read_limit(query.get("limit"))
    files: list[File] = []
    more = False
    if purpose is None or purpose in PURPOSES:
        files, more = await asked.services.files.page(
            asked.workspace_id, purpose=purpose, after=after, order=order, most=most
        )
    await answer(send, 200, [JSON], [msgspec.json.encode(file_list(files, more))])


def read_order(said: str | None) -> Order:
    if not said or said == "desc":
        return "desc"
    if said == "asc":
        return "asc"
    raise InvalidParams("order must be asc or desc", param="order")


def read_limit(said: str | None) -> int:
    """More than the most is met with the most, because clients of OpenAI may ask for 10,000."""
    if not said:
        return LISTED
    if not LIMIT.fullmatch(said) or int(said) < 1:
        raise InvalidParams(f"limit must be from 1 to {MOST_LISTED}", param="limit")
    return min(int(said), MOST_LISTED)


async def found(asked: Asked) -> File:
    """The file in the path. Raises NotFound alike for all that is not this workspace's."""
    return await asked.services.files.get(asked.workspace_id, id_in_path(asked))


def id_in_path(asked: Asked) -> str:
    file_id = str(asked.request.path_params["file_id"])
    if not FILE_ID.fullmatch(file_id):
        raise NotFound(GONE)
    return file_id


async def read_file(asked: Asked, send: Send) -> None:
    await answer(send, 200, [JSON], [msgspec.json.encode(file_body(await found(asked)))])


async def read_content(asked: Asked, send: Send) -> None:
    file = await found(asked)
    headers = [
        ("content-type", file.content_type),
        ("content-disposition", disposition(file.filename)),
        *UNACTING,
    ]
    read = partial(asked.services.files.read, file)
    download = Download("file", file.bytes, file.sha256, headers, read)
    await send_download(asked.request.scope, send, download)


async def delete_file(asked: Asked, send: Send) -> None:
    file_id = id_in_path(asked)
    await asked.services.files.delete(asked.workspace_id, file_id)
    deleted = FileDeleted(id=file_id, object="file", deleted=True)
    await answer(send, 200, [JSON], [msgspec.json.encode(deleted)])


OPERATIONS = (
    Operation(
        "create_file",
        "POST",
        PATH,
        "Upload a file, as multipart/form-data",
        answered(create_file),
        form=FileUpload,
        answer=FileBody,
        status=201,
        query=(
            Query(
                "Idempotency-Key", "a name for the upload; repeating it stores nothing", "header"
            ),
        ),
        errors=(400, 401, 409, 413),
    ),
    Operation(
        "list_files",
        "GET",
        PATH,
        "The workspace's files, newest first",
        answered(list_files),
        answer=FileList,
        query=(
            Query("purpose", "only files of this purpose"),
            Query("limit", "how many; 20 unless told", kind=Annotated[int, msgspec.Meta(ge=1)]),
            Query("after", "the id of the last file of the page before"),
            Query("order", "newest first, or oldest", kind=Order),
        ),
        errors=(400, 401),
    ),
    Operation(
        "read_file",
        "GET",
        PATH + "/{file_id}",
        "One file, without its bytes",
        answered(read_file),
        answer=FileBody,
        errors=(401, 404),
    ),
    Operation(
        "read_file_content",
        "GET",
        PATH + "/{file_id}/content",
        "The bytes of a file, to be saved",
        answered(read_content),
        content_type="*/*",
        errors=(401, 404, 416),
        others={206: "the range that was asked for", 304: "the caller has it already"},
    ),
    Operation(
        "delete_file",
        "DELETE",
        PATH + "/{file_id}",
        "Delete a file, for all keys and at once",
        answered(delete_file),
        answer=FileDeleted,
        errors=(401, 404),
    ),
)
