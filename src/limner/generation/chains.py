"""Chains: which models may answer when the one that was asked for cannot.

A workspace says for a model which others to ask, in order. One of them is asked only if it can do
all that the request says: whatever the first would apply, it must apply to the letter, and it may
adjust nothing that the first would not. What is held pays for the dearest of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from limner.accounts.api_key import Caller
from limner.catalog.load import Catalog
from limner.errors import InvalidParams, LimnerError, ServiceUnavailable
from limner.generation.attempts import Place
from limner.generation.choice import LONGEST_ECHO
from limner.generation.judging import Judged, judged
from limner.generation.request import GenerationRequest
from limner.generation.studio import Studio

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Step:
    """A model that may answer, what it would be asked for, and where it runs."""

    good: Judged
    places: tuple[Place, ...]
    depth: int
    """How many models of the chain come before it; 0 is the one that was asked for."""
    cached: bool = False
    """Whether what it gives was drawn before."""


async def steps_of(
    request: GenerationRequest, good: Judged, caller: Caller, studio: Studio
) -> tuple[Step, ...]:
    """The models to ask, the one that was asked for first.

    Raises ServiceUnavailable when none of them runs anywhere now.
    """
    steps: list[Step] = []
    unavailable: ServiceUnavailable | None = None
    try:
        places = await studio.connections.places(good.model, caller.mode)
        steps.append(Step(good, places, 0))
    except ServiceUnavailable as error:
        unavailable = error
    for depth, slug in enumerate(targets(request, good, caller), start=1):
        if step := await further(slug, depth, request, good, caller, studio):
            steps.append(step)
    if not steps and unavailable:
        raise unavailable
    return tuple(steps)


def targets(request: GenerationRequest, good: Judged, caller: Caller) -> Sequence[str]:
    if request.lone:
        return ()
    chains = caller.options.fallbacks or {}
    names = (good.asked_for, good.model.slug, *good.model.aliases)
    return next((chains[name] for name in names if name in chains), ())


async def further(
    slug: str,
    depth: int,
    request: GenerationRequest,
    first: Judged,
    caller: Caller,
    studio: Studio,
) -> Step | None:
    """One more model of a chain, None for one that could not answer this request now."""
    try:
        good = await judged(
            replace(request, model=slug),
            caller,
            catalog=studio.catalog,
            vocabulary=studio.vocabulary,
            connections=studio.connections,
            prices=studio.prices,
            tariffs=studio.tariffs,
        )
        if not answers_as_well(good, first):
            return None
        return Step(good, await studio.connections.places(good.model, caller.mode), depth)
    except LimnerError as error:
        log.info("fallback_left_out", model=slug, code=error.code, request_id=request.request_id)
        return None


def check_chains(chains: Mapping[str, Sequence[str]], catalog: Catalog) -> None:
    """Raises InvalidParams for a name that is no model's, or a model of another kind."""
    for slug, others in chains.items():
        first = catalog.get(slug)
        if first is None:
            raise no_model(slug, catalog)
        for other in others:
            model = catalog.get(other)
            if model is None:
                raise no_model(other, catalog)
            if model.slug == first.slug or model.modality != first.modality:
                raise InvalidParams(
                    f"{other} cannot answer in place of {slug}: it has to be another model for "
                    f"{first.modality}; nothing was changed",
                    param="fallbacks",
                )


def no_model(slug: str, catalog: Catalog) -> InvalidParams:
    nearest = ", ".join(catalog.nearest(slug))
    return InvalidParams(
        f"fallbacks: there is no model {slug[:LONGEST_ECHO]!r}; the nearest are {nearest}. "
        "Nothing was changed",
        param="fallbacks",
    )


def answers_as_well(other: Judged, first: Judged) -> bool:
    """Whether a model does all that the first would have done."""
    if other.model.slug == first.model.slug or other.model.modality != first.model.modality:
        return False
    adjusted = {change.name for change in other.fitted.adjusted}
    met = {*other.fitted.applied, *(one.name for one in other.fitted.emulated)}
    return set(first.fitted.applied) <= met and adjusted <= {
        change.name for change in first.fitted.adjusted
    }
