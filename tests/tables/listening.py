"""What an order puts on the wire: each call that leaves a provider, kept as its fields.

Whoever listens lets the call through, so that what comes back is real too.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from tests.standins.forms import read_form

from limner.providers.base import Scalar
from limner.providers.http import HttpClient, Reply, StreamedReply

Json: TypeAlias = "Scalar | list[Json] | dict[str, Json] | None"
Told: TypeAlias = Mapping[str, Scalar]
"""Fields by their way in the body, such as `generationConfig.seed`, and `path` of the call."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The calls of one order, and what was named where something was fetched."""

    calls: list[Told] = field(default_factory=list)
    named: dict[str, Scalar] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Scalar]:
        """What the first call says, and how many there are."""
        return {**self.calls[0], **self.named, "calls": len(self.calls)} if self.calls else {}


LISTENING: ContextVar[Heard] = ContextVar("LISTENING")


class Listener:
    """An HttpClient that keeps what goes out in the `LISTENING` of whoever ordered it."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def post(
        self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Reply:
        keep(url, headers, body)
        return await self._client.post(url, headers=headers, body=body, timeout_s=timeout_s)

    def post_streamed(
        self, url: str, *, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> AbstractAsyncContextManager[StreamedReply]:
        return self._streamed(url, headers, body, timeout_s)

    @asynccontextmanager
    async def _streamed(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> AsyncGenerator[StreamedReply, None]:
        keep(url, headers, body)
        async with self._client.post_streamed(
            url, headers=headers, body=body, timeout_s=timeout_s
        ) as reply:
            yield reply

    async def get(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        LISTENING.get().named.update(parse_qsl(urlsplit(url).query))
        return await self._client.get(url, headers=headers, timeout_s=timeout_s)

    async def put(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        return await self._client.put(url, headers=headers, timeout_s=timeout_s)

    async def delete(self, url: str, *, headers: Mapping[str, str], timeout_s: float) -> Reply:
        return await self._client.delete(url, headers=headers, timeout_s=timeout_s)

    async def aclose(self) -> None:
        await self._client.aclose()


def keep(url: str, headers: Mapping[str, str], body: bytes) -> None:
    content_type = headers.get("content-type", "")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return  # the question for a token, which is no order
    told: dict[str, Scalar] = {"path": urlsplit(url).path}
    if content_type.startswith("multipart/"):
        told |= read_form(content_type, body).texts
    else:
        told |= dict(leaves(json.loads(body), ""))
    LISTENING.get().calls.append(told)


def leaves(value: Json, way: str) -> Iterator[tuple[str, Scalar]]:
    """Every value in a JSON document; of a list's items the last counts."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{way}.{name}" if way else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, way)
    elif value is not None:
        yield way, value
