"""The life of a request for pictures, from top to bottom.

Nothing is spent before the hold; hold and job begin in one transaction and end in one. Between the
two the provider draws and the pictures are stored. Whatever goes wrong there ends the job as failed
and frees the hold, and only work that surely did not run is ever sent again.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from limner.accounts.api_key import Caller
from limner.db.base import DatabaseAway
from limner.errors import InternalError, LimnerError
from limner.generation import wording
from limner.generation.attempts import Place, first_that_answers
from limner.generation.choice import chosen
from limner.generation.delivery import delivered
from limner.generation.params import Fitted, fit_params
from limner.generation.pricing import quote
from limner.generation.request import GenerationRequest
from limner.generation.studio import Studio
from limner.jobs.feed import Admitted, Failed, JobEvent
from limner.jobs.job import Ticket
from limner.jobs.jobs import NotOurs
from limner.providers.base import Accepted, Generated, Order, ProviderError, ProviderEvent


async def generate(
    request: GenerationRequest, caller: Caller, studio: Studio
) -> AsyncGenerator[JobEvent, None]:
    """Draw what was asked for.

    Raises a LimnerError for a request that is refused: nothing was spent and no job exists.
    After `Admitted` the last event is `Completed` or `Failed`.
    """
    choice = await chosen(request.model, caller, studio.catalog, studio.connections)
    model = choice.model
    fitted = fit_params(
        model,
        studio.vocabulary,
        prompt=request.prompt,
        n=request.n,
        given=request.given,
        strict=request.strict,
    )
    price = quote(
        model,
        n=fitted.n,
        params=fitted.params,
        prompt=fitted.prompt,
        credits_per_usd=studio.credits_per_usd,
        partial_images=request.partial_images,
    )
    first = choice.places[0]
    ticket = await studio.jobs.admit(
        wording.admission(request, caller, model, fitted, price, first)
    )
    try:
        yield Admitted(
            ticket,
            created=int(studio.clock()),
            model=model.slug,
            asked_for=choice.asked_for,
            parameters=wording.parameters(fitted),
            ignored=tuple(item.name for item in fitted.ignored),
            warnings=wording.warnings(model, fitted, caller.mode),
        )
        async with aclosing(drawing(request, fitted, choice.places, ticket, studio)) as events:
            async for event in events:
                if isinstance(event, Generated):
                    generated = event
                elif not isinstance(event, Accepted):
                    yield event
        completed = await delivered(generated, model, fitted, price, ticket, studio)
    except ProviderError as error:
        yield await failed(wording.error_for(error, ticket), error.outcome, ticket, studio)
    except LimnerError as error:
        yield await failed(error, "ran", ticket, studio)
    except (NotOurs, DatabaseAway):
        # Whoever has the job now, or finds it when the database is back, will close it.
        yield Failed(wording.still_open(ticket))
    except BaseException:
        await asyncio.shield(failed(InternalError(wording.BROKE), "unknown", ticket, studio))
        raise
    else:
        yield completed


async def drawing(
    request: GenerationRequest,
    fitted: Fitted,
    places: tuple[Place, ...],
    ticket: Ticket,
    studio: Studio,
) -> AsyncGenerator[ProviderEvent, None]:
    """What happens at the providers, within the time the first of them may take."""

    def order_for(place: Place) -> Order:
        return Order(
            job_id=ticket.job_id,
            task="generate",
            upstream_model=place.upstream_model,
            prompt=fitted.prompt,
            n=fitted.n,
            width=fitted.pixels.width,
            height=fitted.pixels.height,
            output_format=fitted.output_format,
            params=fitted.params,
            partial_images=request.partial_images,
            timeout_s=place.timeout_s,
        )

    async def record_try(place: Place) -> None:
        await studio.jobs.next_try(ticket, place.provider_name)

    deadline = asyncio.get_running_loop().time() + places[0].timeout_s
    try:
        async with (
            asyncio.timeout_at(deadline),
            aclosing(first_that_answers(places, order_for, record_try, deadline)) as events,
        ):
            async for event in events:
                yield event
    except TimeoutError:
        raise ProviderError(
            f"{places[0].provider_name} did not answer in time", outcome="unknown"
        ) from None


async def failed(error: LimnerError, outcome: str, ticket: Ticket, studio: Studio) -> Failed:
    """End the job without a charge; should the database be away, its hold runs out instead."""
    try:
        await studio.jobs.fail(ticket, code=error.code, message=error.message, outcome=outcome)
    except DatabaseAway:
        return Failed(wording.still_open(ticket))
    return Failed(error)
