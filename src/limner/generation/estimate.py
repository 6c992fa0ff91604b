"""What a request would cost, told by the same gate and the same price, without a job or a hold."""

from collections.abc import Callable, Mapping
from typing import Literal

from limner.catalog.load import Catalog
from limner.catalog.model import Model
from limner.errors import InvalidParams, ModelRetired
from limner.generation.bill import Quote
from limner.generation.choice import standing_in
from limner.generation.connections import Connections
from limner.generation.params import LONGEST_PROMPT, fit_params
from limner.generation.pricing import quote
from limner.generation.tariff import Tariff
from limner.generation.typos import refuse_typos
from limner.generation.values import Vocabulary

NOT_PARAMS = {
    *("model", "prompt", "characters", "n"),
    *("response_format", "store", "stream", "partial_images"),
}
SOME_PROMPT = "a picture"


async def estimate(
    model: Model,
    given: Mapping[str, object],
    mode: Literal["live", "test"],
    catalog: Catalog,
    vocabulary: Vocabulary,
    connections: Connections,
    tariff: Callable[[Model], Tariff],
) -> tuple[Model, Quote] | None:
    """The model that would answer and its quote, None where nobody draws with it any more.

    `given` is the body of the request, or any part of it; `characters` may stand for the prompt.
    Raises InvalidParams for a value the request would be refused for.
    """
    if mode == "live" and model.status == "retired":
        try:
            model = await standing_in(model, catalog, connections)
        except ModelRetired:
            return None
    refuse_typos(given, (), vocabulary)
    fitted = fit_params(
        model,
        vocabulary,
        prompt=prompt_of(given),
        n=given.get("n"),
        given={name: value for name, value in given.items() if name not in NOT_PARAMS},
        partial_images=given.get("partial_images"),
        streamed=given.get("stream") is True,
    )
    price = quote(
        model,
        n=fitted.n,
        params=fitted.params,
        prompt=fitted.prompt,
        tariff=tariff(model),
        partial_images=fitted.previews,
    )
    return model, price


def prompt_of(given: Mapping[str, object]) -> object:
    """The prompt, or as many letters as `characters` says, or a short one."""
    if given.get("prompt") is not None:
        return given["prompt"]
    count = given.get("characters")
    if count is None:
        return SOME_PROMPT
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= LONGEST_PROMPT:
        raise InvalidParams(
            f"characters must be a whole number from 1 to {LONGEST_PROMPT}", param="characters"
        )
    return "x" * count
