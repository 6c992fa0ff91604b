"""OpenAI's image API: DALL-E and GPT Image, and servers that speak exactly as it does.

DALL-E is always asked for base64, GPT Image gives nothing else, so no link is ever followed.
"""

import hashlib
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import msgspec

from limner.providers.base import Generated, Order, ProviderEvent, Scalar, must_be
from limner.providers.http import HttpClient, HttpFailure, whole
from limner.providers.openai_answers import read_reply, read_stream
from limner.providers.openai_check import asked_for_models
from limner.providers.openai_errors import failed_call, refusal

ERROR_BODY = 1024 * 1024

DALL_E_FIELDS = {"dall-e-2": ("quality", "user"), "dall-e-3": ("quality", "style", "user")}
GPT_IMAGE_FIELDS = ("quality", "background", "output_compression", "moderation")


class OpenAIImages:
    """An ImageProvider. `base_url` ends where `/images/generations` begins, as `.../v1`."""

    repeatable = False

    def __init__(self, http: HttpClient, *, base_url: str, api_key: str) -> None:
        self._http = http
        self._url = base_url.rstrip("/") + "/images/generations"
        self._models_url = base_url.rstrip("/") + "/models"
        self._headers = {
            "authorization": f"Bearer {api_key}",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
        }

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order; with previews, tell them as they come. Every failure is a ProviderError."""
        must_be(order, "openai", "generate")
        try:
            if streams(order):
                async with aclosing(self._streamed(order)) as events:
                    async for event in events:
                        yield event
            else:
                yield await self._whole(order)
        except HttpFailure as failure:
            raise failed_call(failure) from failure

    async def check(self) -> str:
        """Whether the address answers and the key is accepted; costs nothing."""
        return await asked_for_models(self._http, self._models_url, self._headers)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _whole(self, order: Order) -> Generated:
        reply = await self._http.post(
            self._url,
            headers=self._headers,
            body=request_body(order),
            timeout_s=order.timeout_s,
        )
        if reply.status != 200:
            raise refusal(reply, time.time())
        return read_reply(reply, order)

    async def _streamed(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        async with self._http.post_streamed(
            self._url,
            headers=self._headers,
            body=request_body(order),
            timeout_s=order.timeout_s,
        ) as reply:
            if reply.status != 200:
                raise refusal(await whole(reply, ERROR_BODY), time.time())
            async with aclosing(read_stream(reply, order)) as events:
                async for event in events:
                    yield event


def is_dall_e(order: Order) -> bool:
    return order.upstream_model in DALL_E_FIELDS


def streams(order: Order) -> bool:
    """Events carry no picture number, so only an order for one picture can be streamed."""
    return order.partial_images > 0 and order.n == 1 and not is_dall_e(order)


def request_body(order: Order) -> bytes:
    """The JSON that is sent, built of declared fields; unknown ones would be refused upstream."""
    body: dict[str, Scalar] = {
        "model": order.upstream_model,
        "prompt": order.prompt,
        "n": order.n,
        "size": order.params.get("size", f"{order.width}x{order.height}"),
    }
    fields = DALL_E_FIELDS.get(order.upstream_model, GPT_IMAGE_FIELDS)
    body.update({name: order.params[name] for name in fields if name in order.params})
    if is_dall_e(order):
        body["response_format"] = "b64_json"
        return msgspec.json.encode(body)
    body["output_format"] = order.output_format
    if identifier := safety_identifier(order.params):
        body["safety_identifier"] = identifier
    if streams(order):
        body.update(stream=True, partial_images=order.partial_images)
    return msgspec.json.encode(body)


def safety_identifier(params: Mapping[str, Scalar]) -> str:
    """The caller's own identifier, else a hash of `user`, which may be a name or an address."""
    if identifier := params.get("safety_identifier"):
        return str(identifier)
    user = str(params.get("user", ""))
    return hashlib.sha256(user.encode()).hexdigest() if user else ""
