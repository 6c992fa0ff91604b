"""From what a provider gave to what the caller gets: stored first, paid for second, told last."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from limner.catalog.model import Model
from limner.catalog.sizes import Pixels
from limner.errors import StorageUnavailable
from limner.failpoints import reached
from limner.files.artifact import Artifact, Found, Kept, heard, seen
from limner.files.artifacts import Artifacts
from limner.files.shelf import Filing
from limner.files.sniff import NotMedia
from limner.generation import wording
from limner.generation.bill import Quote
from limner.generation.finishing import Finished, finished
from limner.generation.formats import came_otherwise
from limner.generation.guarding import Guarding
from limner.generation.judging import Judged
from limner.generation.params import Fitted, in_other_terms
from limner.generation.pricing import as_large_as_came, charge
from limner.generation.provenance import NOTHING, Says, maker_of, signed_here
from limner.generation.retelling import written
from limner.generation.studio import Studio
from limner.generation.words import sealed
from limner.jobs.feed import Admitted, Completed
from limner.jobs.job import Ticket
from limner.providers.base import Generated, ProviderError
from limner.retention import BRIEFLY, FOREVER, Retention

log = structlog.get_logger()


async def delivered(
    generated: Generated,
    good: Judged,
    admitted: Admitted,
    studio: Studio,
    *,
    store: bool,
    retention: Retention,
    guarding: Guarding,
    says: Says = NOTHING,
    warnings: tuple[str, ...] = (),
    left_open: int = 0,
) -> Completed:
    """Store the pictures, then settle for exactly those and complete the job in one commit.

    The model has the price of the version that the job was accepted at. `left_open` are
    micro-credits of work elsewhere that may have to be paid for too.
    With `store` they become files in that commit; when they cannot, that is a warning. What is
    not kept is for who waits: when nobody does, nobody is charged.
    Raises ProviderError when none of the pictures can be used, StorageUnavailable, NotOurs,
    DatabaseAway, DatabaseFull.
    """
    ticket, model, fitted = admitted.ticket, good.model, good.fitted
    most = fitted.n * tracks(model)
    await reached("store.before", StorageUnavailable(wording.NO_ROOM))
    keeping = BRIEFLY if store and retention.none else retention
    ready = await asyncio.gather(
        *(
            finished(one, position, fitted.finish, studio.develop)
            for position, one in enumerate(generated.images[:most])
        )
    )
    maker = maker_of(model, guarding.order.task, ticket)
    ready = await studio.provenance.told(ready, maker, says)
    kept = await keep_all(studio.artifacts, ticket, ready, recogniser(model), keeping)
    kept, looked_at = await guarding.let_out(kept, admitted)
    await reached("store.after", StorageUnavailable(wording.NO_ROOM))
    admitted = as_it_came(admitted, good, kept, [one.came for one in ready if one.came])
    tariff = good.version.terms.tariff
    cost = charge(
        model,
        as_large_as_came(model, good.price, fitted.params, map(pixels_of, kept), tariff),
        delivered=min(fitted.n, len(kept)),
        usage=generated.usage,
        tariff=tariff,
    )
    bill = wording.cost(cost, good.version)
    artifacts = [one.artifact for one in kept]
    filing = await prepared(artifacts, ticket, studio) if store else None
    if keeping.none and studio.jobs.underway.was_left(ticket):
        raise StorageUnavailable(wording.NOBODY_WAITS)
    completed = Completed(
        pictures=tuple(kept),
        charged=cost.total,
        asked=fitted.n,
        cost=bill,
        usage=generated.usage,
        resolved=dict(generated.resolved),
        warnings=(
            *warnings,
            *generated.warnings,
            *(one.warning for one in ready if one.warning),
            *looked_at,
            *missing(model, fitted, kept),
        ),
        admitted=admitted,
    )
    filed = await studio.jobs.finish(
        ticket,
        artifacts,
        charged=cost.total,
        lost=left_open + lost_with(generated, good, cost, most, len(kept)),
        cost=bill.decode(),
        sealed=sealed(kept, ticket.job_id, studio.vault),
        answer=answer_kept(admitted, completed, studio, store=store),
        filing=filing,
        usage=generated.usage,
        provider_request_id=generated.provider_request_id,
    )
    if not store:
        return completed
    if filing and filed:
        return replace(completed, pictures=tuple(with_file(one, filing) for one in kept))
    if filing:
        await studio.shelf.drop(filing)
    return replace(completed, warnings=(*completed.warnings, wording.NOT_FILED))


def as_it_came(
    admitted: Admitted, good: Judged, kept: Sequence[Kept], made_from: Sequence[str]
) -> Admitted:
    """What was told at the beginning, corrected by what came and what limner made of it."""
    fitted = good.fitted
    name = "response_format" if good.model.modality == "music" else "output_format"
    asked = fitted.finish.form if fitted.finish else fitted.params.get(name)
    if name not in fitted.applied and name not in {one.name for one in fitted.emulated}:
        return admitted
    other = [form for form in map(format_of, kept) if form != asked]
    if other:
        fitted = in_other_terms(fitted, name, other[0], "the provider gave no other")
    elif made_from and fitted.finish and name in fitted.applied:
        fitted = replace(
            fitted,
            applied=tuple(one for one in fitted.applied if one != name),
            emulated=came_otherwise(fitted.emulated, fitted.finish.form, made_from[0]),
        )
    else:
        return admitted
    return replace(admitted, parameters=wording.parameters(fitted))


def pixels_of(kept: Kept) -> Pixels:
    return Pixels(kept.artifact.width, kept.artifact.height)


def format_of(kept: Kept) -> str:
    """As parameters name it."""
    content_type = kept.artifact.content_type
    return "mp3" if content_type == "audio/mpeg" else content_type.partition("/")[2]


def lost_with(generated: Generated, good: Judged, cost: Quote, most: int, kept: int) -> int:
    """The list price of what may have been paid for and is not delivered: asked for, never more.

    Of music one take is what was ordered.
    """
    if good.model.modality == "music":
        return 0
    unusable = len(generated.images[:most]) - kept
    lost = min(generated.lost + unusable, good.price.n - cost.n)
    return good.price.at_list // good.price.n * max(lost, 0)


def answer_kept(
    admitted: Admitted, completed: Completed, studio: Studio, *, store: bool
) -> str | None:
    """What to keep of an answer that may be asked for again."""
    if not studio.jobs.underway.to_be_retold(admitted.ticket):
        return None
    return written(admitted, completed, studio.vault, store=store)


async def prepared(artifacts: Sequence[Artifact], ticket: Ticket, studio: Studio) -> Filing | None:
    """The pictures on their way to be files; None when the disk does not take them twice."""
    try:
        await reached("file.before", OSError("a test wants no room"))
        filing = await studio.shelf.prepare(artifacts)
        await reached("file.after", OSError("a test wants no room"))
        return filing
    except OSError as error:
        log.error("file_not_stored", job_id=ticket.job_id, error=type(error).__name__)
        return None


def with_file(kept: Kept, filing: Filing) -> Kept:
    file_id = filing.file_ids[kept.artifact.id]
    return replace(kept, artifact=replace(kept.artifact, file_id=file_id))


def tracks(model: Model) -> int:
    """How many recordings one call may give for one price; a picture is always one."""
    return model.n.upstream_max if model.modality == "music" else 1


def recogniser(model: Model) -> Callable[[bytes], Found]:
    return heard if model.modality == "music" else seen


def missing(model: Model, fitted: Fitted, kept: list[Kept]) -> tuple[str, ...]:
    """What was ordered and did not come; of music, any one track is what was ordered."""
    if model.modality == "music":
        return ()
    return wording.missing(fitted.n, {one.artifact.position for one in kept})


async def keep_all(
    artifacts: Artifacts,
    ticket: Ticket,
    images: Sequence[Finished],
    recognise: Callable[[bytes], Found] = seen,
    retention: Retention = FOREVER,
) -> list[Kept]:
    """Store what are really pictures or music, side by side; those that are not are left out."""
    results = await asyncio.gather(
        *(
            artifacts.keep(
                ticket.job_id,
                position,
                ready.image.data,
                base64=ready.image.encoding == "base64",
                recognise=signed_here if ready.signed else recognise,
                retention=retention,
                seed=ready.image.seed,
                revised_prompt=ready.image.revised_prompt,
                title=ready.image.title,
                lyrics=ready.image.lyrics,
                original=ready.original,
            )
            for position, ready in enumerate(images)
        ),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, OSError):
            log.error("blob_not_stored", job_id=ticket.job_id, error=type(result).__name__)
            raise StorageUnavailable(wording.NO_ROOM) from result
        if isinstance(result, BaseException) and not isinstance(result, NotMedia):
            raise result
    kept = [result for result in results if isinstance(result, Kept)]
    if not kept:
        what = "recording" if recognise is heard else "picture"
        raise ProviderError(f"the provider's answer held no usable {what}", outcome="ran")
    return kept
