"""How a job ends that brought no pictures: as failed, as somebody else's, or handed over."""

from contextlib import suppress
from dataclasses import replace

from limner.db.base import DatabaseAway, DatabaseFull
from limner.errors import InternalError, JobCancelled, LimnerError
from limner.generation import wording
from limner.generation.studio import Studio
from limner.guards.guards import Withheld
from limner.jobs.feed import Failed
from limner.jobs.job import Ticket
from limner.jobs.jobs import NotOurs
from limner.jobs.keeper import INTERRUPTED, NOT_BEGUN
from limner.providers.base import Outcome, ProviderError

ENDINGS = (ProviderError, LimnerError, NotOurs, DatabaseAway, DatabaseFull)
"""What may go wrong between a job's two commits, without being anybody's mistake here."""


async def ended(error: BaseException, ticket: Ticket, studio: Studio) -> Failed:
    """Write down how a job ended that met one of `ENDINGS`; the last event of its feed."""
    if isinstance(error, ProviderError):
        error, ticket = as_a_whole(error, ticket)
        told, paid = wording.error_for(error), isinstance(error, Withheld)
        return await failed(
            told, error.outcome, ticket, studio, error.provider_request_id, paid=paid
        )
    if isinstance(error, LimnerError):
        return await failed(error, "ran", ticket, studio)
    studio.jobs.underway.forget(ticket)
    if isinstance(error, NotOurs):
        return await taken_away(ticket, studio)
    # Whoever has the job now, or finds it when the database is back, will close it.
    return Failed(wording.still_open(ticket, wording.UNCERTAIN))


def as_a_whole(error: ProviderError, ticket: Ticket) -> tuple[ProviderError, Ticket]:
    """The end of all orders of a job: open where an order before the last is, whatever came of it.

    Of the last one that surely costs nothing, nothing is lost all the same.
    """
    if not ticket.left_open or error.outcome == "unknown":
        return error, ticket
    if error.outcome == "known_not_run" or error.reason == "content_policy_violation":
        ticket = replace(ticket, at_list=0)
    whole = ProviderError(
        error.message,
        outcome="unknown",
        detail=error.detail,
        provider_request_id=error.provider_request_id,
    )
    return whole, ticket


async def interrupted(ticket: Ticket, studio: Studio, *, begun: bool, has_task: bool) -> None:
    """A stop, or a caller who cancels, cuts the work off.

    What a provider goes on with by itself is left to whoever takes it over. May be cut off a second
    time: then the next server that comes by closes the job.
    """
    if not begun:
        await failed(InternalError(NOT_BEGUN), "known_not_run", ticket, studio)
    elif not (has_task and await studio.jobs.hand_over(ticket)):
        await failed(InternalError(INTERRUPTED), "unknown", ticket, studio)


async def failed(
    error: LimnerError,
    outcome: Outcome,
    ticket: Ticket,
    studio: Studio,
    provider_request_id: str | None = None,
    *,
    paid: bool = False,
) -> Failed:
    """End the job without a charge, or leave that to the keeper when the database is away.

    `paid` is what the operator has to pay for all the same.
    """
    try:
        ended_here = await studio.jobs.fail(
            ticket,
            code=error.code,
            message=error.message,
            outcome=outcome,
            provider_request_id=provider_request_id,
            paid=paid,
        )
    except (DatabaseAway, DatabaseFull):
        return Failed(wording.still_open(ticket, wording.UNCERTAIN))
    if not ended_here:
        return await taken_away(ticket, studio)
    return Failed(wording.told(error, outcome, ticket))


async def taken_away(ticket: Ticket, studio: Studio) -> Failed:
    """What to say of a job that somebody else has ended, or will end."""
    with suppress(DatabaseAway):
        if await studio.jobs.was_cancelled(ticket):
            return Failed(JobCancelled(wording.CANCELLED))
    return Failed(wording.still_open(ticket, wording.UNCERTAIN))
