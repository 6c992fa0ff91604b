"""The public clients, unmodified, in both of their manners behind one way of calling them."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, TypeAlias

import httpx
from infery import AsyncInfery, Infery
from openai import AsyncOpenAI, OpenAI

Manner: TypeAlias = Literal["sync", "async"]


@dataclass(frozen=True, slots=True)
class Client:
    inner: object
    manner: Manner

    async def call(self, method: str, *args: Any, **fields: Any) -> Any:
        """Call a method by its dotted name and wait for its result."""
        result = await asyncio.to_thread(attrgetter(method)(self.inner), *args, **fields)
        return await result if inspect.isawaitable(result) else result


@asynccontextmanager
async def infery_client(
    manner: Manner, api: str, key: str, **headers: str
) -> AsyncIterator[Client]:
    if manner == "sync":
        with (
            httpx.Client(headers=headers) as http,
            Infery(api_key=key, base_url=api, http_client=http) as client,
        ):
            yield Client(client, manner)
    else:
        async with (
            httpx.AsyncClient(headers=headers) as patient,
            AsyncInfery(api_key=key, base_url=api, http_client=patient) as client,
        ):
            yield Client(client, manner)


@asynccontextmanager
async def openai_client(
    manner: Manner, api: str, key: str, **headers: str
) -> AsyncIterator[Client]:
    if manner == "sync":
        with OpenAI(api_key=key, base_url=api, default_headers=headers) as client:
            yield Client(client, manner)
    else:
        async with AsyncOpenAI(api_key=key, base_url=api, default_headers=headers) as client:
            yield Client(client, manner)
