"""Where the pictures of a request come from, and how they become ones that can be worked on."""

import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import parse_qs

from limner.accounts.api_key import Caller
from limner.api.asgi import Scope
from limner.api.links import base_url
from limner.api.services import Services
from limner.errors import InvalidParams, NotFound
from limner.files.files import GONE
from limner.files.inputs import Arriving, Batch
from limner.files.links import Links
from limner.providers.base import InputImage

FILE_ID = re.compile(r"file_[0-9A-Za-z]{24}")
ASSET = re.compile(r"(https?://[^?#]+)/v1/assets/(a_[0-9A-Z]{26})\?([^#]{1,300})")


@dataclass(frozen=True, slots=True)
class Encoded:
    """Base64 or a `data:` URI, as the inside of a JSON string."""

    name: str
    text: memoryview


@dataclass(frozen=True, slots=True)
class Linked:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Filed:
    name: str
    file_id: str


Source: TypeAlias = Arriving | Encoded | Linked | Filed
"""One picture; `name` is the field it was sent in."""


@dataclass(frozen=True, slots=True)
class Given:
    """The pictures of a request as they were sent."""

    images: tuple[Source, ...]
    mask: Source | None


@dataclass(frozen=True, slots=True)
class Opening:
    """Makes pictures out of sources, for one request."""

    scope: Scope
    caller: Caller
    services: Services
    batch: Batch

    async def opened(self, source: Source, *, mask: bool = False) -> InputImage:
        """Raises InvalidParams, UnsupportedMime, UnsafeImageUrl, NotFound, BodyTooLarge."""
        match source:
            case Arriving():
                return await self.batch.received(source, mask=mask)
            case Encoded():
                return await self.batch.decoded(source.name, source.text, mask=mask)
            case Filed():
                return await self._filed(source, mask)
            case Linked():
                return await self._linked(source, mask)

    async def _filed(self, source: Filed, mask: bool) -> InputImage:
        """Raises NotFound alike for all that is not this workspace's."""
        try:
            if not FILE_ID.fullmatch(source.file_id):
                raise NotFound(GONE)
            file = await self.services.files.get(self.caller.workspace_id, source.file_id)
        except NotFound as error:
            raise NotFound(f"{source.name}: {error.message}", param=source.name) from None
        return await self.batch.of_file(source.name, file, mask=mask)

    async def _linked(self, source: Linked, mask: bool) -> InputImage:
        """A picture of ours is read where it lies, others are fetched."""
        ours = base_url(self.scope, self.services.settings.public_url)
        artifact_id = own_picture(source, ours, self.services.links)
        if artifact_id is None:
            return await self.batch.fetched(source.name, source.url, mask=mask)
        artifact = await self.services.artifacts.get(artifact_id)
        return await self.batch.of_artifact(source.name, artifact, mask=mask)


def own_picture(source: Linked, ours: str, links: Links) -> str | None:
    """The picture that a signed link of ours leads to, by whatever name this server was called.

    Raises InvalidParams for a link of this very address that does not open anything.
    """
    found = ASSET.fullmatch(source.url)
    if found is None:
        return None
    address, artifact_id, query = found.groups()
    said = parse_qs(query)
    expires, signature = (said.get(name, [""])[0] for name in ("exp", "sig"))
    try:
        links.check(artifact_id, expires, signature)
    except NotFound as error:
        if address != ours:
            return None
        raise InvalidParams(f"{source.name}: {error.message}", param=source.name) from None
    return str(artifact_id)
