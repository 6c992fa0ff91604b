"""The life of a request for pictures, from top to bottom.

Nothing is spent before the hold; hold and job begin in one transaction and end in one. Between the
two the provider draws and the pictures are stored. Whatever goes wrong there ends the job as failed
and frees the hold, and only work that surely did not run is ever sent again.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace

from limner.accounts.api_key import Caller
from limner.catalog.model import Task
from limner.errors import InternalError
from limner.failpoints import reached
from limner.generation import cache, wording
from limner.generation.attempts import LeftOpen, Place, first_that_answers, until
from limner.generation.chains import steps_of
from limner.generation.delivery import delivered
from limner.generation.ending import ENDINGS, ended, failed, interrupted
from limner.generation.guarding import Guarding, fitting, texts_of
from limner.generation.judging import Judged, judged
from limner.generation.line import Turn
from limner.generation.request import GenerationRequest
from limner.generation.studio import Studio
from limner.generation.tasks import TaskNotes
from limner.generation.way import Way
from limner.generation.words import logged
from limner.jobs.feed import JobEvent, Started
from limner.jobs.job import Ticket
from limner.jobs.jobs import Known
from limner.providers.base import (
    Accepted,
    Generated,
    InputImage,
    Order,
    ProviderError,
    ProviderEvent,
    may_be_cancelled,
)


async def generate(
    request: GenerationRequest, caller: Caller, turn: Turn, studio: Studio
) -> AsyncGenerator[JobEvent, None]:
    """Draw what was asked for, when it is its turn.

    Raises a LimnerError for a request that is refused: nothing was spent and no job exists.
    After `Admitted` the last event is `Completed` or `Failed`.
    """
    guard = studio.guards.of(caller.options.guard)
    request = fitting(request, guard)
    good = await judged(
        request,
        caller,
        catalog=studio.catalog,
        vocabulary=studio.vocabulary,
        connections=studio.connections,
        prices=studio.prices,
        tariffs=studio.tariffs,
    )
    if guard:
        guard.refuse_words(texts_of(good.fitted))
    cached = cache.asked(request, good, caller, studio)
    before = await cache.drawn_before(cached, caller, studio)
    steps = (before,) if before else await steps_of(request, cached.good, caller, studio)
    way = Way(steps, asked_for=good.asked_for, caller=caller, warnings=request.warnings)
    places = way.places
    prompt = logged(good.fitted.prompt, request.request_id, caller, studio.vault)
    admission = wording.admission(
        request, caller, way.at.good, places[0], way.most, prompt, cached.digest, turn.waits_s
    )
    for step in steps:
        await studio.prices.keep(step.good.version)
    store, task, images, mask = request.store, request.task, request.images, request.mask
    retention = caller.retention(studio.retention)
    says = studio.provenance.of(caller.options)
    del request  # it may be large, and nothing else of it is needed
    try:
        ticket = await studio.jobs.admit(admission)
    except Known:
        raise await studio.repeats.known(caller, admission.origin) from None
    try:
        admitted = way.admitted(ticket, int(studio.clock()), waits=not turn.at_once)
        tasks = TaskNotes(
            admitted,
            studio,
            store=store,
            retention=retention,
            guard=guard.name if guard else None,
            says=says,
        )
        yield admitted
        if not turn.at_once:
            await turn.come()
            await studio.jobs.first_try(ticket, places[0].timeout_s)
            yield Started()
        orders = {
            step.good.model.slug: ordered(task, step.good, ticket, images, mask) for step in steps
        }
        first = orders[way.at.good.model.slug]
        let_in = await Guarding(guard, first).let_in(admitted)
        async with aclosing(drawing(orders, way, tasks, studio)) as events:
            async for event in events:
                if isinstance(event, Generated):
                    generated = event
                elif not isinstance(event, Accepted):
                    yield event
        studio.jobs.underway.drawn(ticket)
        await reached("provider.after", ProviderError("a test says so", outcome="unknown"))
        completed = await delivered(
            generated,
            way.at.good,
            tasks.admitted,
            studio,
            store=store,
            retention=retention,
            guarding=Guarding(guard, orders[way.at.good.model.slug]),
            says=says,
            warnings=let_in,
            left_open=way.left_open,
        )
    except ENDINGS as error:
        yield await ended(error, way.at_risk(ticket), studio)
    except (asyncio.CancelledError, GeneratorExit):
        lost = way.at_risk(ticket)
        await interrupted(lost, studio, begun=turn.has_come, has_task=tasks.noted)
        raise
    except BaseException:
        await failed(InternalError(wording.BROKE), "unknown", way.at_risk(ticket), studio)
        raise
    else:
        yield completed


def ordered(
    task: Task,
    good: Judged,
    ticket: Ticket,
    images: tuple[InputImage, ...],
    mask: InputImage | None,
) -> Order:
    """What a provider is told, but for the model's name there and the time it may take."""
    model, fitted = good.model, good.fitted
    return Order(
        job_id=ticket.job_id,
        task=task,
        upstream_model="",
        prompt=fitted.prompt,
        n=fitted.n,
        width=fitted.pixels.width,
        height=fitted.pixels.height,
        output_format=fitted.output_format,
        params=fitted.params,
        partial_images=fitted.previews,
        images=images,
        mask=mask,
        per_call=model.n.upstream_max,
        given=fitted.applied,
        slug=model.slug,
    )


async def drawing(
    orders: Mapping[str, Order],
    way: Way,
    tasks: TaskNotes,
    studio: Studio,
) -> AsyncGenerator[ProviderEvent, None]:
    """What happens at the providers, within the time the first of them may take."""
    asked: Place | None = None
    order = orders[way.at.good.model.slug]

    def order_for(place: Place) -> Order:
        nonlocal asked, order
        asked = place
        studio.jobs.underway.asked(tasks.ticket)
        order = replace(
            orders[way.at.good.model.slug],
            upstream_model=place.upstream_model,
            timeout_s=min(place.timeout_s, deadline - clock()),
            protocol=place.protocol,
        )
        return order

    async def record_try(place: Place) -> None:
        nonlocal asked
        asked = None  # another is tried only when the one before surely did nothing
        instead = way.goes_to(place)
        if instead:
            tasks.admitted = way.again(tasks.admitted)
        await studio.jobs.next_try(
            tasks.ticket,
            place.provider_name,
            # For what is open already there is no cancelling without cost.
            repeatable=may_be_cancelled(place.provider) and not way.left_open,
            instead=instead,
        )

    await reached("provider.before", ProviderError("a test says so", outcome="known_not_run"))
    places, routes = way.places, studio.connections.routes
    clock = asyncio.get_running_loop().time
    deadline = clock() + places[0].timeout_s
    events = first_that_answers(
        places, order_for, record_try, deadline, routes, after_unknown=way.after_unknown
    )

    def late() -> ProviderError:
        if asked is not None:
            routes.out_of_time(asked)
        return wording.out_of_time(asked or places[0], has_order=asked is not None)

    async with aclosing(until(deadline, events, late)) as timely:
        async for event in timely:
            if isinstance(event, LeftOpen):
                way.left_open += way.at.good.price.at_list
                continue
            if isinstance(event, Accepted) and event.task:
                await tasks.note(order, event.task, way.at.good.fitted.finish)
            yield event
