"""The exact cache: who asks for the very same picture again is given it, for a share of the price.

The same is the same model, task, prompt, number, seed and parameters, and the same pictures to work
on, of one workspace and ledger. It is a place like any other: an order goes there in place of the
model's own, and what comes is looked at, stored, charged and told as ever.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

import msgspec

from limner import money
from limner.accounts.api_key import Caller
from limner.errors import InvalidParams, NotFound, StorageUnavailable
from limner.files.artifact import Artifact
from limner.generation.attempts import Place
from limner.generation.bill import PriceLine, Quote
from limner.generation.chains import Step
from limner.generation.field_names import Ignored
from limner.generation.judging import Judged
from limner.generation.request import GenerationRequest
from limner.generation.studio import Studio
from limner.generation.words import NONE, Words, words_of
from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    ProviderEvent,
)

NAME = "cache"
TIMEOUT_S = 60.0
GRAIN = money.MICRO // money.WIRE_STEPS
NO_SEED = "only a picture with a seed comes out the same again, and this request names none"
GONE = (
    "the picture that was drawn before has just expired or been deleted; nothing was charged. "
    "Send the request again, and it is drawn anew"
)
NOT_READ = (
    "the picture that was drawn before cannot be read from the store at the moment; "
    "nothing was charged"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """The pictures of an earlier job, and their words."""

    artifacts: tuple[Artifact, ...]
    words: dict[int, Words]


class Cache:
    """The provider of pictures that are there already."""

    repeatable = True

    def __init__(self, kept: Kept, studio: Studio) -> None:
        self._kept = kept
        self._studio = studio

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        yield Accepted()
        yield Generated(tuple([await self._image(one) for one in self._kept.artifacts]))

    async def _image(self, artifact: Artifact) -> ImageData:
        reading = self._studio.artifacts.read(artifact, 0, artifact.bytes)
        try:
            data = b"".join([chunk async for chunk in reading])
        except NotFound as error:
            raise StorageUnavailable(GONE, retry_after=1) from error
        except OSError as error:
            raise StorageUnavailable(NOT_READ, retry_after=10) from error
        words = self._kept.words.get(artifact.position, NONE)
        return ImageData(memoryview(data), "raw", words.revised_prompt, artifact.seed)

    async def check(self) -> str:
        return "what was drawn before is there"

    async def aclose(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether a request wants the cache, and by what it is found there."""

    good: Judged
    digest: str | None = None


def asked(request: GenerationRequest, good: Judged, caller: Caller, studio: Studio) -> Asked:
    """The request with its digest; one that nothing can be found for is told so.

    Raises InvalidParams where nothing may be left out.
    """
    wanted = bool(caller.options.cache) if request.cache is None else request.cache
    if not wanted or good.model.modality == "music":
        return Asked(good)
    if "seed" not in good.fitted.params and not good.model.capabilities.deterministic:
        if request.cache and request.strict:
            raise InvalidParams(f"cache: {NO_SEED}; nothing was charged", param="cache")
        if request.cache:
            ignored = (*good.fitted.ignored, Ignored("cache", NO_SEED))
            good = replace(good, fitted=replace(good.fitted, ignored=ignored))
        return Asked(good)
    return Asked(good, studio.vault.body_digest(same(request, good)))


def same(request: GenerationRequest, good: Judged) -> bytes:
    """All that decides about a picture, in one order."""
    fitted = good.fitted
    pictures = [image.sha256 for image in request.images]
    mask = request.mask.sha256 if request.mask else None
    whole = [good.model.slug, request.task, fitted.prompt, fitted.n, fitted.params, pictures, mask]
    whole += [str(fitted.pixels), fitted.output_format, fitted.finish]
    return msgspec.json.encode(whole, order="deterministic")


async def drawn_before(asked: Asked, caller: Caller, studio: Studio) -> Step | None:
    """The way to an earlier picture of this request; None where there is none any more."""
    if asked.digest is None:
        return None
    good = asked.good
    for job in await studio.jobs.same_before(
        caller.workspace_id, caller.mode, good.model.slug, asked.digest
    ):
        artifacts, expired = await studio.artifacts.of_job(job.id)
        if not expired and len(artifacts) == good.fitted.n:
            kept = Kept(tuple(artifacts), words_of(job, studio.vault))
            place = Place(NAME, "", Cache(kept, studio), TIMEOUT_S)
            price = shared(good.price, studio.cache_percent)
            cheaper = replace(good, price=price, fitted=replace(good.fitted, finish=None))
            return Step(cheaper, (place,), 0, cached=True)
    return None


def shared(price: Quote, percent: int) -> Quote:
    """A share of a price, each picture rounded up; nothing of it goes to a provider."""
    each = -(-price.per_image * percent // (100 * GRAIN)) * GRAIN
    line = PriceLine(
        "drawn before", f"{percent} % of the price", "", (each - price.per_image) * price.n
    )
    return Quote(each, price.n, each * price.n, (*price.lines, line), 0)
