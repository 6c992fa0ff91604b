"""Google's picture models on both of its hosts: Gemini by `generateContent`, Imagen by `:predict`.

The Developer API takes a key, Vertex a service account. Which of the two wires a model speaks is in
the catalog, as the protocol of its deployment.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeAlias

from limner.providers import google_gemini as gemini
from limner.providers import google_imagen as imagen
from limner.providers.base import (
    Generated,
    Order,
    ProviderError,
    ProviderEvent,
    must_be,
)
from limner.providers.failures import failed_call
from limner.providers.fan_out import fanned_out
from limner.providers.google_access import Access
from limner.providers.google_errors import WHO, refusal
from limner.providers.http import HttpClient, HttpFailure, Reply
from limner.providers.model_listing import asked_for_models

Body: TypeAlias = Callable[[Order, str], bytes]
Read: TypeAlias = Callable[[Reply, Order, str], Generated]


@dataclass(frozen=True, slots=True)
class Wire:
    """One way to ask: the method's name, what is sent, how the answer is read."""

    method: str
    body: Body
    read: Read
    per_call: int


GEMINI = Wire("generateContent", gemini.request_body, gemini.read_reply, 1)
IMAGEN = Wire("predict", imagen.request_body, imagen.read_reply, 4)
WIRES: Mapping[str, Wire] = {"gemini_generate": GEMINI, "imagen_predict": IMAGEN}


class GoogleImages:
    """An ImageProvider, on the host that its `access` is for."""

    repeatable = False

    def __init__(self, http: HttpClient, access: Access) -> None:
        self._http = http
        self._access = access

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order, in as many calls as it takes. Every failure is a ProviderError."""
        must_be(order, WHO, "generate", "edit")
        order = replace(order, per_call=wire_of(order).per_call)
        async with aclosing(fanned_out(order, self._one_call)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether the address answers and the key is accepted; costs nothing."""
        headers = await self._access.headers()
        if self._access.host == "vertex":
            return "google gave a token to this service account"
        return await asked_for_models(
            self._http, self._access.models_url(), headers, who=WHO, meaning=refusal
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _one_call(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        wire = wire_of(order)
        body = await built(wire.body, order, self._access.host)
        try:
            reply = await self._sent(wire, order, body)
            if reply.status == 401 and self._access.host == "vertex":
                reply = await self._sent(wire, order, body, fresh=True)
        except HttpFailure as failed:
            raise failed_call(WHO, failed) from failed
        if reply.status != 200:
            raise refusal(reply, time.time())
        yield wire.read(reply, order, self._access.host)

    async def _sent(self, wire: Wire, order: Order, body: bytes, *, fresh: bool = False) -> Reply:
        """401 means that a token was stale and nothing was drawn: the only answer asked twice."""
        headers = await self._access.headers(fresh=fresh)
        return await self._http.post(
            self._access.url(order.upstream_model, wire.method),
            headers=headers | {"content-type": "application/json"},
            body=body,
            timeout_s=order.timeout_s,
        )


def wire_of(order: Order) -> Wire:
    """By the deployment's protocol; where none is told, by the name."""
    named = IMAGEN if order.upstream_model.startswith("imagen") else GEMINI
    return WIRES.get(order.protocol, named)


async def built(body: Body, order: Order, host: str) -> bytes:
    """A body with pictures is written in a thread. Raises ProviderError when they are gone."""
    if not order.images:
        return body(order, host)
    try:
        return await asyncio.to_thread(body, order, host)
    except OSError as error:
        raise ProviderError(
            "the pictures to work on could not be read",
            outcome="known_not_run",
            detail=type(error).__name__,
        ) from error
