"""OpenAI's image API: DALL-E and GPT Image, at OpenAI, at Azure, and wherever it is spoken exactly.

New pictures are ordered in JSON, edits as a form. DALL-E is always asked for base64, GPT Image
gives nothing else, so no link is ever followed. Azure's older route names the deployment in the
path and a version in the query, and takes its key in a header of its own.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from limner.providers.base import Generated, Order, ProviderEvent, must_be
from limner.providers.fan_out import fanned_out
from limner.providers.http import HttpClient, HttpFailure, whole
from limner.providers.model_listing import asked_for_models
from limner.providers.openai_answers import read_reply, read_stream
from limner.providers.openai_edits import edit_form
from limner.providers.openai_errors import failed_call, refusal
from limner.providers.openai_fields import request_body, shows_previews, streams

ERROR_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as it goes out."""

    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeout_s: float


class OpenAIImages:
    """An ImageProvider. `base_url` ends where `/images/generations` begins, as `.../v1`.

    With an `api_version` it is Azure's older route, and ends in `/openai`.
    """

    repeatable = False

    def __init__(
        self, http: HttpClient, *, base_url: str, api_key: str, api_version: str = ""
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._query = f"?api-version={api_version}" if api_version else ""
        key = {"api-key": api_key} if api_version else {"authorization": f"Bearer {api_key}"}
        self._headers = key | {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
        }

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order; with previews, tell them as they come. Every failure is a ProviderError.

        Events of a stream do not say of which picture they are, so each is then a call of its own.
        """
        must_be(order, "openai", "generate", "edit")
        each = replace(order, per_call=1) if shows_previews(order) else order
        async with aclosing(fanned_out(each, self._one_call)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether the address answers and the key is accepted; costs nothing."""
        url = f"{self._base_url}/models{self._query}"
        return await asked_for_models(self._http, url, self._headers)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _one_call(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        call = await self._call(order)
        try:
            if streams(order):
                async with aclosing(self._streamed(order, call)) as events:
                    async for event in events:
                        yield event
            else:
                yield await self._whole(order, call)
        except HttpFailure as failure:
            raise failed_call(failure) from failure

    async def _call(self, order: Order) -> Call:
        if order.task == "generate":
            url = self._url(order, "/images/generations")
            return Call(url, self._headers, request_body(order), order.timeout_s)
        form = await edit_form(order)
        headers = self._headers | {"content-type": form.content_type}
        return Call(self._url(order, "/images/edits"), headers, form.body, order.timeout_s)

    def _url(self, order: Order, path: str) -> str:
        if not self._query:
            return f"{self._base_url}{path}"
        deployment = quote(order.upstream_model, safe="")
        return f"{self._base_url}/deployments/{deployment}{path}{self._query}"

    async def _whole(self, order: Order, call: Call) -> Generated:
        reply = await self._http.post(
            call.url, headers=call.headers, body=call.body, timeout_s=call.timeout_s
        )
        if reply.status != 200:
            raise refusal(reply, time.time())
        return read_reply(reply, order)

    async def _streamed(self, order: Order, call: Call) -> AsyncGenerator[ProviderEvent, None]:
        async with self._http.post_streamed(
            call.url, headers=call.headers, body=call.body, timeout_s=call.timeout_s
        ) as reply:
            if reply.status != 200:
                raise refusal(await whole(reply, ERROR_BODY), time.time())
            async with aclosing(read_stream(reply, order)) as events:
                async for event in events:
                    yield event
