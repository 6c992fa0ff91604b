"""Pictures that an upstream answers as links: fetched at once, because such links soon die.

A link is a URL somebody else chose, so it is asked through the guard, like one of a caller's. Only
under the provider's own address, which the operator chose, is it asked as any other call there.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.arriving import Content
from limner.providers.base import ImageData, ProviderError
from limner.providers.http import MAX_ANSWER, HttpClient, HttpFailure

FETCH_S = 60.0
"""For one try of one link."""
TRIES = 3
PAUSE_S = 0.5
"""Before the second try; twice that before the third."""


class NotHad(Exception):
    """A link that brought nothing this time; the text is for operators."""


class Links(Protocol):
    async def image(self, url: str) -> ImageData:
        """The bytes behind a link. Raises ProviderError as `ran`: the picture was drawn."""
        ...


@dataclass(frozen=True, slots=True)
class ResultLinks:
    """`home` is the provider's own address; `headers` go there and nowhere else."""

    http: HttpClient
    home: str
    reach: Reach = PUBLIC
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    pause_s: float = PAUSE_S

    async def image(self, url: str) -> ImageData:
        """A relative link is one under the provider's own address."""
        target = urljoin(self.home + "/", url)
        why = ""
        for number in range(TRIES):
            await asyncio.sleep(self.pause_s * number)
            try:
                return ImageData(memoryview(await self._fetched(target)), "raw")
            except NotHad as error:
                why = str(error)
        raise ProviderError(
            "the provider drew this picture, and its link did not bring it",
            outcome="ran",
            detail=f"result link: {why}",
        )

    async def _fetched(self, target: str) -> Content:
        if origin(target) == origin(self.home):
            return await self._from_home(target)
        return await guarded(target, self.reach)

    async def _from_home(self, target: str) -> Content:
        try:
            reply = await self.http.get(target, headers=self.headers, timeout_s=FETCH_S)
        except HttpFailure as failure:
            raise NotHad(failure.what) from failure
        if reply.status != 200:
            raise NotHad(f"HTTP {reply.status}")
        return reply.content


async def guarded(target: str, reach: Reach) -> bytes:
    # aiohttp takes 10 MiB, which whoever has no provider that answers with links saves.
    from limner.fetch.guard import FetchRefused, NotFetched, guarded_get

    try:
        fetched = await guarded_get(target, limit_bytes=MAX_ANSWER, timeout_s=FETCH_S, reach=reach)
    except FetchRefused as refused:
        raise ProviderError(
            "the provider drew this picture, and its link leads where this server does not go",
            outcome="ran",
            detail=f"result link: {refused.reason}",
        ) from refused
    except NotFetched as failure:
        raise NotHad(failure.reason) from failure
    return fetched.data


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port. A port that is no number makes a URL nobody's."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme,
            parts.hostname or "",
            parts.port or {"http": 80, "https": 443}.get(parts.scheme),
        )
    except ValueError:
        return "", url, None


async def all_images(
    links: Links, urls: Sequence[str], *, required: bool = True
) -> list[ImageData | ProviderError]:
    """What each link brought, side by side, failures in their places.

    Raises the first of them when no link brought anything and something is `required`.
    """
    brought = await asyncio.gather(*(links.image(url) for url in urls), return_exceptions=True)
    had: list[ImageData | ProviderError] = []
    for one in brought:
        if not isinstance(one, ImageData | ProviderError):
            raise one
        had.append(one)
    if required and not any(isinstance(one, ImageData) for one in had):
        raise next(one for one in had if isinstance(one, ProviderError))
    return had
