"""From what a provider gave to what the caller gets: stored first, paid for second, told last."""

import asyncio

import msgspec
import structlog

from limner.catalog.model import Model
from limner.errors import StorageUnavailable
from limner.files.artifacts import Artifacts, Kept
from limner.files.sniff import NotAnImage
from limner.generation import wording
from limner.generation.params import Fitted
from limner.generation.pricing import Quote, charge
from limner.generation.studio import Studio
from limner.jobs.feed import Completed
from limner.jobs.job import Ticket
from limner.providers.base import Generated, ImageData, ProviderError

log = structlog.get_logger()


async def delivered(
    generated: Generated,
    model: Model,
    fitted: Fitted,
    price: Quote,
    ticket: Ticket,
    studio: Studio,
) -> Completed:
    """Store the pictures, then settle for exactly those and complete the job in one commit.

    Raises ProviderError when none of the pictures can be used, StorageUnavailable, NotOurs,
    DatabaseAway, DatabaseFull.
    """
    kept = await keep_all(studio.artifacts, ticket, generated.images[: fitted.n])
    cost = charge(
        model,
        price,
        delivered=len(kept),
        usage=generated.usage,
        credits_per_usd=studio.credits_per_usd,
    )
    written = wording.cost(cost, studio.credits_per_usd)
    await studio.jobs.finish(
        ticket,
        [one.artifact for one in kept],
        charged=cost.total,
        cost=written.decode(),
        sealed=sealed(kept, ticket, studio),
        retention_s=studio.retention_s,
    )
    return Completed(
        pictures=tuple(kept),
        charged=cost.total,
        asked=fitted.n,
        cost=written,
        usage=generated.usage,
        resolved=dict(generated.resolved),
        warnings=(*generated.warnings, *wording.missing(fitted.n, positions(kept))),
    )


async def keep_all(
    artifacts: Artifacts, ticket: Ticket, images: tuple[ImageData, ...]
) -> list[Kept]:
    """Store what are really pictures, side by side; those that are not are left out."""
    results = await asyncio.gather(
        *(
            artifacts.keep(
                ticket.job_id,
                position,
                image.data,
                base64=image.encoding == "base64",
                seed=image.seed,
                revised_prompt=image.revised_prompt,
            )
            for position, image in enumerate(images)
        ),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, OSError):
            log.error("blob_not_stored", job_id=ticket.job_id, error=type(result).__name__)
            raise StorageUnavailable(wording.NO_ROOM) from result
        if isinstance(result, BaseException) and not isinstance(result, NotAnImage):
            raise result
    kept = [result for result in results if isinstance(result, Kept)]
    if not kept:
        raise ProviderError("the provider's answer held no usable picture", outcome="ran")
    return kept


def positions(kept: list[Kept]) -> set[int]:
    return {one.artifact.position for one in kept}


def sealed(kept: list[Kept], ticket: Ticket, studio: Studio) -> str | None:
    """What a provider made of the prompt, sealed, because it is the caller's words."""
    words = {str(one.artifact.position): one.revised_prompt for one in kept if one.revised_prompt}
    if not words:
        return None
    return studio.vault.seal(msgspec.json.encode(words).decode(), about=ticket.job_id)
