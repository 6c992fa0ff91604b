"""`GET /v1/assets/{id}`: a picture, for whoever has its signed link, until the link expires."""

import re
from contextlib import aclosing
from urllib.parse import parse_qs

from limner.api import ranges
from limner.api.asgi import Header, Receive, Scope, Send, answer, encoded, header, request_id
from limner.api.operation import Operation, Query
from limner.api.ranges import Unsatisfiable
from limner.api.services import Services
from limner.api.wire.errors import error_answer
from limner.errors import NotFound, RangeNotSatisfiable
from limner.files.artifacts import Artifact
from limner.files.links import GONE

FOLDER = "/v1/assets/"
ARTIFACT_ID = re.compile(r"a_[0-9A-Z]{26}")
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


class Assets:
    """The second hot route. What is served cannot act: its type is ours and it is sandboxed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        artifact = await self._linked(scope)
        tag = f'"{artifact.sha256}"'
        headers = [*of_picture(artifact), ("etag", tag)]
        if matches(header(scope, b"if-none-match"), tag):
            await answer(send, 304, headers, [])
            return
        try:
            part = ranges.wanted(range_header(scope, tag), artifact.bytes)
        except Unsatisfiable:
            await refuse_range(scope, send, artifact)
            return
        start, end = part or (0, artifact.bytes)
        headers.append(("content-length", str(end - start)))
        if part:
            headers.append(("content-range", f"bytes {start}-{end - 1}/{artifact.bytes}"))
        await self._stream(scope, send, 206 if part else 200, headers, artifact, start, end)

    async def _linked(self, scope: Scope) -> Artifact:
        """The picture a link is for. Raises NotFound alike for every way a link can be wrong."""
        artifact_id = scope["path"].removeprefix(FOLDER)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        expires, signature = (query.get(name, [""])[0] for name in ("exp", "sig"))
        if not ARTIFACT_ID.fullmatch(artifact_id):
            raise NotFound(GONE)
        self._services.links.check(artifact_id, expires, signature)
        return await self._services.artifacts.get(artifact_id)

    async def _stream(
        self,
        scope: Scope,
        send: Send,
        status: int,
        headers: list[Header],
        artifact: Artifact,
        start: int,
        end: int,
    ) -> None:
        beginning = {"type": "http.response.start", "status": status, "headers": encoded(headers)}
        async with aclosing(self._services.artifacts.read(artifact, start, end)) as chunks:
            # The first chunk is read before the head is sent: a blob that has gone is a 404.
            first = await anext(chunks) if scope["method"] == "GET" else b""
            await send(beginning)
            await send({"type": "http.response.body", "body": first, "more_body": True})
            if scope["method"] == "GET":
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def of_picture(artifact: Artifact) -> list[Header]:
    name = f"{artifact.id}.{EXTENSIONS.get(artifact.content_type, 'bin')}"
    return [
        ("content-type", artifact.content_type),
        ("content-disposition", f'inline; filename="{name}"'),
        ("cache-control", "private, max-age=300"),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cross-origin-resource-policy", "cross-origin"),
    ]


def range_header(scope: Scope, tag: str) -> str | None:
    """The range to honour: none with HEAD, or when `If-Range` names another version."""
    condition = header(scope, b"if-range")
    if scope["method"] != "GET" or condition not in (None, tag):
        return None
    return header(scope, b"range")


async def refuse_range(scope: Scope, send: Send, artifact: Artifact) -> None:
    error = RangeNotSatisfiable(f"the picture ends after {artifact.bytes:,} bytes")
    status, headers, body = error_answer(error, request_id(scope))
    headers.append(("content-range", f"bytes */{artifact.bytes}"))
    await answer(send, status, headers, [body])


def matches(condition: str | None, tag: str) -> bool:
    if condition is None:
        return False
    known = [one.strip().removeprefix("W/") for one in condition.split(",")]
    return tag in known or "*" in known


OPERATION = Operation(
    "read_asset",
    "GET",
    FOLDER + "{asset_id}",
    "A picture, by the signed link of an answer",
    Assets,
    content_type="image/*",
    query=(
        Query("exp", "until when the link works, unix seconds; part of the signature"),
        Query("sig", "the signature"),
    ),
    errors=(404, 416),
    others={206: "the range that was asked for", 304: "the caller has it already"},
    public=True,
)
