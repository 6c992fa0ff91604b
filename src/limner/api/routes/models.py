"""`/v1/models`: what can be asked for, what each model takes, and what a request would cost."""

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from limner import money
from limner.accounts.api_key import Caller
from limner.api.asgi import JSON, Receive, Scope, Send, answer, request_id
from limner.api.auth import authenticated
from limner.api.body import read_body, read_object
from limner.api.operation import Operation, Query, endpoint, json_response
from limner.api.services import Services
from limner.api.wire.errors import ErrorBody, words_of
from limner.api.wire.models import (
    Estimate,
    EstimateBody,
    ModelBody,
    ModelList,
    ToolList,
    ValidateBody,
    Validation,
    listed_model,
    whole_model,
)
from limner.api.wish import read_song_wish, read_wish
from limner.catalog.model import Model
from limner.errors import LimnerError
from limner.generation.availability import Availability, availability
from limner.generation.choice import named
from limner.generation.estimate import estimate
from limner.generation.guarding import texts_of
from limner.generation.judging import Judged, judged
from limner.generation.tariff import Tariff
from limner.generation.wording import breakdown, parameters, warnings

MOST_WRITTEN = 2000
"""Models are written anew after so many, should there be that many markups."""


class Writing:
    """Each model is written once for each availability: that takes a while, and nothing else of it
    changes while a server runs."""

    def __init__(
        self,
        services: Services,
        written_as: Callable[[Model, Tariff, Availability], ModelBody],
    ) -> None:
        self._services = services
        self._written_as = written_as
        self._written: dict[tuple[str, Tariff, Availability], bytes] = {}

    async def __call__(self, model: Model, caller: Caller) -> bytes:
        services = self._services
        tariff = services.tariffs.of(model, caller.options)
        available = await availability(model, services.catalog, services.connections)
        key = (model.slug, tariff, available)
        if key not in self._written:
            if len(self._written) >= MOST_WRITTEN:
                self._written.clear()
            self._written[key] = msgspec.json.encode(self._written_as(model, tariff, available))
        return self._written[key]


class ListModels:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._written = Writing(services, listed_model)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = await authenticated(scope, self._services.accounts)
        query = QueryParams(scope["query_string"])
        asked = {name: query.get(name) for name in ("modality", "provider", "q")}
        models = self._services.catalog.listed(**asked)
        listed = b",".join([await self._written(model, caller) for model in models])
        await answer(send, 200, [JSON], [b'{"object":"list","data":[', listed, b"]}"])


class ReadModel:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._written = Writing(services, whole_model)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = await authenticated(scope, self._services.accounts)
        model = named(scope["path_params"]["slug"], self._services.catalog)
        await answer(send, 200, [JSON], [await self._written(model, caller)])


async def estimate_price(request: Request, services: Services) -> Response:
    """A quote: it reserves nothing, calls nobody and costs nothing."""
    caller = await authenticated(request.scope, services.accounts)
    model = named(request.path_params["slug"], services.catalog)
    body = await read_body(request.scope, request.receive, services.settings.max_body_bytes)
    given = read_object(body) if body.strip() else {}
    found = await estimate(
        model,
        given,
        caller.mode,
        services.catalog,
        services.vocabulary,
        services.connections,
        lambda one: services.tariffs.of(one, caller.options),
    )
    if found is None:
        return json_response(Estimate(None, "credits", msgspec.Raw(b"[]")))
    answering, price = found
    version = services.prices.of(answering, services.tariffs.of(answering, caller.options))
    return json_response(
        Estimate(money.wire(price.total), "credits", msgspec.Raw(breakdown(price)), version.name)
    )


async def validate_request(request: Request, services: Services) -> Response:
    """What the same body would come to as a generation; nothing is spent, held or asked."""
    caller = await authenticated(request.scope, services.accounts)
    model = named(request.path_params["slug"], services.catalog)
    body = await read_body(request.scope, request.receive, services.settings.max_body_bytes)
    given = (read_object(body) if body.strip() else {}) | {"model": model.slug}
    available = await availability(model, services.catalog, services.connections)
    try:
        read = read_song_wish if model.modality == "music" else read_wish
        wanted, _ = read(request.scope, given, services.settings.sync_wait_s)
        good = await judged(
            wanted,
            caller,
            catalog=services.catalog,
            vocabulary=services.vocabulary,
            connections=services.connections,
            prices=services.prices,
            tariffs=services.tariffs,
        )
        if guard := services.guards.of(caller.options.guard):
            guard.refuse_words(texts_of(good.fitted))
    except LimnerError as error:
        words = words_of(error, request_id(request.scope), retryable=bool(error.retryable))
        return json_response(refused(model, available, words))
    return json_response(accepted(good, available, caller.mode))


def refused(model: Model, available: Availability, words: dict[str, Any]) -> Validation:
    return Validation(
        valid=False, model=model.slug, availability=available, error=ErrorBody(**words)
    )


def accepted(good: Judged, available: Availability, mode: str) -> Validation:
    return Validation(
        valid=True,
        model=good.model.slug,
        availability=available,
        parameters=msgspec.Raw(parameters(good.fitted)),
        credits=money.wire(good.price.total),
        currency="credits",
        breakdown=msgspec.Raw(breakdown(good.price)),
        warnings=warnings(good.model, good.fitted, mode),
    )


async def list_tools(request: Request, services: Services) -> Response:
    """The Infery client asks for tools; limner has none."""
    await authenticated(request.scope, services.accounts)
    return json_response(ToolList("list", []))


OPERATIONS = (
    Operation(
        "list_models",
        "GET",
        "/v1/models",
        "Every model of the catalog, active ones first",
        ListModels,
        answer=ModelList,
        query=(
            Query("modality", "only models of this modality: image, upscale, music"),
            Query("provider", "only models of this owner or provider, such as openai"),
            Query("q", "only models whose name or description holds these words"),
        ),
        errors=(401,),
    ),
    Operation(
        "read_model",
        "GET",
        "/v1/models/{slug}",
        "One model: its parameters, its price, how long it lives",
        ReadModel,
        answer=ModelBody,
        errors=(401, 404),
    ),
    Operation(
        "estimate_price",
        "POST",
        "/v1/models/{slug}/estimate",
        "What a request would cost, without running it",
        endpoint(estimate_price),
        body=EstimateBody,
        body_required=False,
        answer=Estimate,
        errors=(400, 401, 404, 413),
    ),
    Operation(
        "validate_request",
        "POST",
        "/v1/models/{slug}/validate",
        "Whether a request is good, what would become of its parameters and what it would cost",
        endpoint(validate_request),
        body=ValidateBody,
        body_required=False,
        answer=Validation,
        query=(
            Query("x-strict-params", "`true`: refuse what would be adjusted or ignored", "header"),
        ),
        errors=(400, 401, 404, 413),
    ),
    Operation(
        "list_tools",
        "GET",
        "/v1/tools",
        "Tools, of which there are none",
        endpoint(list_tools),
        answer=ToolList,
        errors=(401,),
    ),
)
