"""Servers that speak nearly as OpenAI's image API does: SGLang, vLLM-Omni, LocalAI, Together.

Each is a dialect. All are asked for base64; a server that answers with links all the same has them
fetched at once.
"""

import secrets
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

import msgspec

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.base import (
    Generated,
    InputImage,
    Order,
    ProviderError,
    ProviderEvent,
    must_be,
)
from limner.providers.compatible_answers import failed_call, read_reply, refusal
from limner.providers.dialects import DIALECTS, Dialect, fields, unsaid
from limner.providers.fan_out import fanned_out
from limner.providers.form import built_form
from limner.providers.http import HttpClient, HttpFailure
from limner.providers.model_listing import asked_for_models
from limner.providers.result_links import ResultLinks

SEED_BITS = 31


class CompatibleImages:
    """An ImageProvider. `base_url` ends where `/images/generations` begins, as `.../v1`."""

    repeatable = False

    def __init__(
        self,
        http: HttpClient,
        *,
        base_url: str,
        api_key: str = "",
        dialect: str = "openai",
        reach: Reach = PUBLIC,
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._dialect = DIALECTS[dialect]
        self._upscales = dialect == "localai"
        self._headers = {"accept": "application/json"}
        if api_key:
            self._headers["authorization"] = f"Bearer {api_key}"
        self._links = ResultLinks(http, base_url, reach, self._headers)

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        """Do the order, in as many calls as it takes. Every failure is a ProviderError."""
        must_be(order, "this server", "generate", "edit", "upscale")
        check_task(order, self._dialect, upscales=self._upscales)
        most = min(self._dialect.most, order.per_call or self._dialect.most)
        order = replace(order, per_call=most)
        async with aclosing(fanned_out(order, self._one_call)) as events:
            async for event in events:
                yield event

    async def check(self) -> str:
        """Whether the address answers and the key is accepted; costs nothing."""
        return await asked_for_models(
            self._http,
            f"{self._base_url}/models",
            self._headers,
            who="the server",
            meaning=refusal,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _one_call(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        try:
            yield await self._called(order)
        except HttpFailure as failure:
            raise failed_call(failure) from failure

    async def _called(self, order: Order) -> Generated:
        seed = seed_of(order, self._dialect)
        path, content_type, body = await written(order, self._dialect, seed)
        reply = await self._http.post(
            f"{self._base_url}{path}",
            headers=self._headers | {"content-type": content_type},
            body=body,
            timeout_s=order.timeout_s,
        )
        told = () if order.task == "upscale" else unsaid(self._dialect, order)
        return await read_reply(reply, order, self._links, seed=seed, warnings=told)


def check_task(order: Order, dialect: Dialect, *, upscales: bool) -> None:
    """Raises ProviderError for what a dialect has no words for."""
    if order.task == "edit" and not dialect.edits:
        raise not_taken("this server draws new pictures and is not asked to edit one")
    if order.task == "edit" and order.mask is not None and not dialect.masks:
        raise not_taken("this server takes no mask")
    if order.task == "upscale" and not upscales:
        raise not_taken("this server enlarges no pictures")


def not_taken(message: str) -> ProviderError:
    return ProviderError(message, outcome="known_not_run", reason="bad_parameter")


def seed_of(order: Order, dialect: Dialect) -> int | None:
    """The caller's seed, else one chosen here: no server tells the one it would have taken."""
    if "seed" not in dialect.names or order.task == "upscale":
        return None
    given = order.params.get("seed")
    return secrets.randbits(SEED_BITS) if given is None else int(given)


async def written(order: Order, dialect: Dialect, seed: int | None) -> tuple[str, str, bytes]:
    """Path, content type and body of a call."""
    if order.task == "generate":
        body = fields(dialect, order, seed)
        return "/images/generations", "application/json", msgspec.json.encode(body)
    if order.task == "upscale":
        form = await built_form(upscale_fields(order), [("image", order.images[0])])
        return "/images/upscale", form.content_type, form.body
    words = {name: str(value) for name, value in fields(dialect, order, seed).items()}
    form = await built_form(words, parts(order))
    return "/images/edits", form.content_type, form.body


def upscale_fields(order: Order) -> dict[str, str]:
    return {"model": order.upstream_model, "scale": f"{order.params.get('scale', 2):g}"}


def parts(order: Order) -> Iterator[tuple[str, InputImage]]:
    name = "image" if len(order.images) == 1 else "image[]"
    yield from ((name, image) for image in order.images)
    if order.mask is not None:
        yield "mask", order.mask
