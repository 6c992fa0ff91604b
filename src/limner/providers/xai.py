"""xAI's image API: Grok Imagine, new pictures and edits, both ordered in JSON.

It looks like OpenAI's and is not: a shape is `aspect_ratio` and `resolution`, `size` is refused,
and an edit is no form. Base64 is always asked for, because nobody says how long links live. What a
call cost is part of its answer.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from limner.providers.base import Generated, Order, ProviderEvent, must_be
from limner.providers.failures import failed_call
from limner.providers.fan_out import fanned_out
from limner.providers.http import HttpClient, HttpFailure
from limner.providers.inline import MEGABYTE, built, check_pictures
from limner.providers.xai_answers import read_reply
from limner.providers.xai_check import asked_for_key
from limner.providers.xai_errors import WHO, refusal
from limner.providers.xai_fields import request_body

KINDS = ("image/png", "image/jpeg", "image/webp")
LARGEST_PICTURE = 10 * MEGABYTE


class XaiImages:
    """An ImageProvider. `base_url` ends where `/images/generations` begins, as `.../v1`."""

    repeatable = False

    def __init__(self, http: HttpClient, *, base_url: str, api_key: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {
            "authorization": f"Bearer {api_key}",
            "content-type": "application/json",
            "accept": "application/json",
        }

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order, in as many calls as it takes. Every failure is a ProviderError."""
        must_be(order, WHO, "generate", "edit")
        check_pictures(order, WHO, KINDS, LARGEST_PICTURE)
        async with aclosing(fanned_out(order, self._one_call)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether the key is accepted and not blocked; costs nothing."""
        return await asked_for_key(self._http, f"{self._base_url}/api-key", self._headers)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _one_call(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        try:
            yield await self._called(order)
        except HttpFailure as failed:
            raise failed_call(WHO, failed) from failed

    async def _called(self, order: Order) -> Generated:
        path = "edits" if order.task == "edit" else "generations"
        reply = await self._http.post(
            f"{self._base_url}/images/{path}",
            headers=self._headers,
            body=await built(request_body, order),
            timeout_s=order.timeout_s,
        )
        if reply.status != 200:
            raise refusal(reply, time.time())
        return read_reply(reply, order)
