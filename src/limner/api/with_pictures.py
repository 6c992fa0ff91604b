"""Reading a request that brings pictures, as JSON or as a form, before anything is spent on it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from limner.accounts.api_key import Caller
from limner.api.asgi import Receive, Scope, header
from limner.api.auth import authenticated
from limner.api.body import announced, arriving, read_body, refuse_announced
from limner.api.creating import SMALL, Asked
from limner.api.edit_form import read_form, typed
from limner.api.edit_json import read_json
from limner.api.multipart import is_form
from limner.api.services import Services
from limner.api.sources import Given, Opening
from limner.api.wish import read_wish
from limner.catalog.model import Model
from limner.errors import ImageUrlRequired, InvalidParams
from limner.files.inputs import Batch
from limner.generation.choice import chosen
from limner.generation.given_pictures import check_count, check_takes_mask
from limner.providers.base import InputImage
from limner.turns import OWNER

WithPictures: TypeAlias = Literal["edit", "upscale"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A Reader of requests for one kind of work on pictures."""

    task: WithPictures

    async def __call__(self, scope: Scope, receive: Receive, services: Services) -> Asked:
        batch = services.inputs.begin()
        try:
            return await self._asked(scope, receive, services, batch)
        except BaseException:
            batch.release()
            raise

    async def _asked(
        self, scope: Scope, receive: Receive, services: Services, batch: Batch
    ) -> Asked:
        caller, pieces = await sender(scope, receive, services)
        limit, kind = services.settings.max_edit_body_bytes, header(scope, b"content-type")
        async with aclosing(pieces):
            if is_form(kind):
                texts, given = await read_form(pieces, kind, batch)
                model = await self._model(texts.get("model"), caller, services)
                fields = typed(texts, model, services.vocabulary)
            else:
                fields, given = await read_json(pieces, batch, limit)
                model = await self._model(fields.get("model"), caller, services)
        request, wish = read_wish(scope, fields, caller.wait_s(services.settings.sync_wait_s))
        self._check(model, given, fields)
        opening = Opening(scope, caller, services, batch)
        images, mask = await opened(given, opening)
        OWNER.set(caller.workspace_id)
        ready = await services.readying.readied(images, mask, batch, caller.options)
        whole = replace(
            request,
            task=self.task,
            images=ready.images,
            mask=ready.mask,
            warnings=(*request.warnings, *ready.warnings),
            release=batch.release,
        )
        return Asked(caller, whole, wish)

    async def _model(self, slug: object, caller: Caller, services: Services) -> Model:
        """Judged before pictures are looked for elsewhere, and once more with all the rest."""
        choice = await chosen(slug, self.task, caller, services.catalog, services.connections)
        return choice.model

    def _check(self, model: Model, given: Given, fields: dict[str, object]) -> None:
        if self.task == "upscale":
            check_upscale(given, fields)
        check_count(model, self.task, len(given.images))
        if given.mask is not None:
            check_takes_mask(model)


async def opened(
    given: Given, opening: Opening
) -> tuple[tuple[InputImage, ...], InputImage | None]:
    """One after the other, so that memory holds one of them at most."""
    images = [await opening.opened(source) for source in given.images]
    mask = None if given.mask is None else await opening.opened(given.mask, mask=True)
    return tuple(images), mask


def check_upscale(given: Given, fields: dict[str, object]) -> None:
    if fields.get("video_url") is not None:
        raise InvalidParams(
            "limner enlarges pictures, not videos: send image_url. Nothing was charged",
            param="video_url",
        )
    if not given.images:
        raise ImageUrlRequired(
            "image_url is required: the address of the picture to enlarge, a data: URI, or "
            "instead of it image_file_id or image_base64. Nothing was charged",
            param="image_url",
        )


async def sender(
    scope: Scope, receive: Receive, services: Services
) -> tuple[Caller, AsyncGenerator[bytes, None]]:
    """Who asks, and the body piece by piece. Nobody unknown may send more than a small one.

    A small one is taken first, because it is gone once its sender has hung up.
    """
    limit = services.settings.max_edit_body_bytes
    if (announced(scope) or limit) <= SMALL:
        body = await read_body(scope, receive, limit)
        return await authenticated(scope, services.accounts, creates=True), one(body)
    refuse_announced(scope, limit)
    caller = await authenticated(scope, services.accounts, creates=True)
    return caller, arriving(scope, receive, limit)


async def one(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
