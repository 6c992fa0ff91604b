"""Going on with a job that another process began and whose provider works on it by itself.

The provider is asked for the task until the job's own deadline; what it drew is stored, settled and
answered as the first owner would have. Nothing is ever sent again: who cannot be asked any more, or
knows the task no longer, leaves the outcome unknown, and the job fails.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
from msgspec.structs import replace

from limner.catalog.model import Model
from limner.catalog.sizes import Pixels
from limner.errors import InternalError
from limner.failpoints import reached
from limner.generation import wording
from limner.generation.attempts import looked_up, until
from limner.generation.bill import Quote
from limner.generation.delivery import delivered
from limner.generation.ending import ENDINGS, ended, failed, interrupted
from limner.generation.formats import Finish
from limner.generation.guarding import Guarding
from limner.generation.judging import Judged
from limner.generation.params import Fitted
from limner.generation.price_versions import Version
from limner.generation.studio import Studio
from limner.generation.tasks import Resumption
from limner.guards.guards import NONE
from limner.jobs.feed import JobEvent
from limner.jobs.job import TaskAtWork, Ticket
from limner.jobs.jobs import LAST_LOOK_S
from limner.providers.base import (
    Accepted,
    Generated,
    Order,
    ProviderError,
    ProviderEvent,
    ResumingProvider,
    TaskGone,
)
from limner.turns import OWNER


async def resumed(ticket: Ticket, studio: Studio) -> AsyncGenerator[JobEvent, None]:
    """The events of a job from here on; the last one is `Completed` or `Failed`."""
    OWNER.set(ticket.workspace_id)
    try:
        at_work = await studio.jobs.task_at_work(ticket)
        resumption = msgspec.json.decode(at_work.resumption, type=Resumption)
        model = known_model(at_work, studio)
        admitted = resumption.admitted(ticket, model.slug, studio.vault)
        yield admitted
        order = resumption.order(ticket.job_id, at_work, max(at_work.left_s, LAST_LOOK_S))
        async with aclosing(asked_for(at_work, order, studio)) as events:
            async for event in events:
                if isinstance(event, Generated):
                    generated = event
                elif not isinstance(event, Accepted):
                    yield event
        await reached("provider.after", ProviderError("a test says so", outcome="unknown"))
        good = await accepted_as(at_work, model, order, studio, resumption.finish)
        completed = await delivered(
            generated,
            good,
            admitted,
            studio,
            store=resumption.store,
            retention=resumption.kept_for(studio.retention),
            guarding=Guarding(studio.guards.of(resumption.guard or NONE), order),
            says=resumption.says,
            left_open=ticket.left_open,
        )
    except ENDINGS as error:
        yield await ended(error, ticket, studio)
    except (asyncio.CancelledError, GeneratorExit):
        await interrupted(ticket, studio, begun=True, has_task=True)
        raise
    except BaseException:
        await failed(InternalError(wording.BROKE), "unknown", ticket, studio)
        raise
    else:
        yield completed


async def asked_for(
    at_work: TaskAtWork, order: Order, studio: Studio
) -> AsyncGenerator[ProviderEvent, None]:
    """What the provider tells of the task. Raises ProviderError."""
    name = at_work.provider
    provider = await studio.connections.connected(name)
    if not isinstance(provider, ResumingProvider):
        raise TaskGone(f"{name}, which had this order, is not configured here any more")
    events = looked_up(provider, order, at_work.task_ref)
    deadline = asyncio.get_running_loop().time() + order.timeout_s

    def late() -> ProviderError:
        return TaskGone(f"{name} did not answer in time")

    async with aclosing(until(deadline, events, late)) as timely:
        async for event in timely:
            yield event


async def accepted_as(
    at_work: TaskAtWork, model: Model, order: Order, studio: Studio, finish: Finish | None = None
) -> Judged:
    """The request as it was judged when it was accepted."""
    price = msgspec.json.decode(at_work.quote, type=Quote)
    version = await accepted_at(at_work, model, studio)
    model = replace(model, price=version.terms.price)
    return Judged(model, model.slug, fitted(order, finish), price, version)


async def accepted_at(at_work: TaskAtWork, model: Model, studio: Studio) -> Version:
    """The terms the job was accepted at, whatever the catalog says by now."""
    if at_work.price_version is None:  # accepted by a version of limner that wrote none down
        return studio.prices.of(model, studio.tariffs.of(model))
    return await studio.prices.version(at_work.price_version)


def known_model(at_work: TaskAtWork, studio: Studio) -> Model:
    model = studio.catalog.get(at_work.model)
    if model is None:
        raise TaskGone(f"the catalog has no {at_work.model} any more")
    return model


def fitted(order: Order, finish: Finish | None = None) -> Fitted:
    """What the request came to, as far as it matters once the pictures are there."""
    return Fitted(
        n=order.n,
        prompt="",
        params=dict(order.params),
        applied=(),
        adjusted=(),
        ignored=(),
        pixels=Pixels(order.width, order.height),
        output_format=order.output_format,
        previews=0,
        finish=finish,
    )
