"""`GET /v1/assets/{id}`: a picture or recording, for whoever has its signed link, for a time."""

import re
from functools import partial
from urllib.parse import parse_qs

from limner.api.asgi import Header, Receive, Scope, Send
from limner.api.download import Download, send_download
from limner.api.operation import Operation, Query
from limner.api.services import Services
from limner.errors import NotFound
from limner.files.artifact import Artifact
from limner.files.links import GONE, ORIGINAL

FOLDER = "/v1/assets/"
ARTIFACT_ID = re.compile(r"a_[0-9A-Z]{26}")
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
}


class Assets:
    """The second hot route. What is served cannot act: its type is ours and it is sandboxed."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        artifact = await self._linked(scope)
        read = partial(self._services.artifacts.read, artifact)
        headers = of_picture(artifact)
        download = Download("picture", artifact.bytes, artifact.sha256, headers, read)
        await send_download(scope, send, download)

    async def _linked(self, scope: Scope) -> Artifact:
        """The picture a link is for. Raises NotFound alike for every way a link can be wrong."""
        artifact_id = scope["path"].removeprefix(FOLDER)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        expires, signature = (query.get(name, [""])[0] for name in ("exp", "sig"))
        if not ARTIFACT_ID.fullmatch(artifact_id):
            raise NotFound(GONE)
        form = ORIGINAL if query.get("original") == ["1"] else ""
        self._services.links.check(artifact_id, expires, signature, form)
        artifact = await self._services.artifacts.get(artifact_id)
        wanted = artifact.original if form else artifact
        if wanted is None:
            raise NotFound(GONE)
        return wanted


def of_picture(artifact: Artifact) -> list[Header]:
    name = f"{artifact.id}.{EXTENSIONS.get(artifact.content_type, 'bin')}"
    return [
        ("content-type", artifact.content_type),
        ("content-disposition", f'inline; filename="{name}"'),
        ("cache-control", "private, max-age=300"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cross-origin-resource-policy", "cross-origin"),
    ]


OPERATION = Operation(
    "read_asset",
    "GET",
    FOLDER + "{asset_id}",
    "A picture or recording, by the signed link of an answer",
    Assets,
    content_type="*/*",
    query=(
        Query("exp", "until when the link works, unix seconds; part of the signature"),
        Query("sig", "the signature"),
        Query(
            "original",
            "`1`: the signed picture that this one was made from; part of the signature",
        ),
    ),
    errors=(404, 416),
    others={206: "the range that was asked for", 304: "the caller has it already"},
    public=True,
)
