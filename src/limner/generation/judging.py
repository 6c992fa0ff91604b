"""What stands before every generation: is the request good, who answers it, what does it cost.

Nothing is spent, reserved or asked of a provider here, so the same judgement is given to whoever
only wants to know.
"""

from dataclasses import dataclass

from limner import money
from limner.accounts.api_key import Caller
from limner.catalog.load import Catalog
from limner.catalog.model import Model
from limner.catalog.sizes import Pixels
from limner.errors import Forbidden
from limner.generation.bill import Quote
from limner.generation.choice import chosen
from limner.generation.connections import Connections
from limner.generation.given_pictures import check_enlarged, check_pictures
from limner.generation.params import Fitted, fit_params
from limner.generation.price_versions import PriceVersions, Version
from limner.generation.pricing import quote
from limner.generation.request import GenerationRequest
from limner.generation.tariff import Tariffs
from limner.generation.typos import refuse_typos
from limner.generation.values import Vocabulary


@dataclass(frozen=True, slots=True)
class Judged:
    """A good request: the model that answers, what it will be asked for, and the price."""

    model: Model
    asked_for: str
    fitted: Fitted
    price: Quote
    version: Version
    """The terms it is priced at."""


async def judged(
    request: GenerationRequest,
    caller: Caller,
    *,
    catalog: Catalog,
    vocabulary: Vocabulary,
    connections: Connections,
    prices: PriceVersions,
    tariffs: Tariffs,
) -> Judged:
    """Raises the LimnerError the request is refused with."""
    refuse_typos(request.given, request.stated, vocabulary)
    choice = await chosen(request.model, request.task, caller, catalog, connections)
    check_pictures(choice.model, request.task, request.images, request.mask)
    fitted = fit_params(
        choice.model,
        vocabulary,
        prompt=request.prompt,
        n=request.n,
        given=request.given,
        partial_images=request.partial_images,
        streamed=request.streamed,
        strict=request.strict,
        task=request.task,
        images=request.images,
    )
    check_enlarged(choice.model, request.task, fitted.pixels)
    tariff = tariffs.of(choice.model, caller.options)
    price = quote(
        choice.model,
        n=fitted.n,
        params=fitted.params,
        prompt=fitted.prompt,
        tariff=tariff,
        input_images=len(request.images),
        partial_images=fitted.previews,
        given=[Pixels(image.width, image.height) for image in request.images],
        coming=fitted.pixels if request.task == "upscale" else None,
    )
    refuse_dear(price, caller)
    version = prices.of(choice.model, tariff)
    return Judged(choice.model, choice.asked_for, fitted, price, version)


def refuse_dear(price: Quote, caller: Caller) -> None:
    """Raises Forbidden for a request that costs more than the key may ask for at once."""
    most = caller.limits.max_credits_per_request
    if most is not None and price.total > most:
        raise Forbidden(
            f"this request costs {money.shown(price.total)} credits, and this key may ask for at "
            f"most {money.shown(most)} at once; nothing was charged. Ask for less"
        )
