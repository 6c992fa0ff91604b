"""What the simulated provider must know of a model to stand in for it faithfully."""

from limner.catalog.model import Model, TokenPrice
from limner.catalog.rates import image_tokens, picture
from limner.catalog.sizes import parsed
from limner.providers.base import Order, Usage
from limner.providers.commissions import OpenSizes
from limner.providers.simulated import Simulation

CHARS_PER_TOKEN = 4


def simulation(model: Model, pace: float) -> Simulation:
    """`pace` is the share of the real model's time that the simulation takes."""

    def usage(order: Order, pictures: int) -> Usage | None:
        return metered(model, order, pictures)

    return Simulation(
        slug=model.slug,
        seconds=model.typical_seconds * pace,
        revises_prompts=model.output.revised_prompt,
        takes_seed="seed" in model.params,
        usage=usage,
        sizes=lambda order: open_sizes(model, order),
    )


def open_sizes(model: Model, order: Order) -> OpenSizes:
    """What an edit may measure when an order names neither size nor ratio, else None.

    The real models then follow the shape of the first picture, within the sizes they know.
    """
    params = order.params
    size = params.get("size", "auto" if "image_size" in params else None)
    if size != "auto" or params.get("aspect_ratio", "auto") != "auto":
        return None
    if model.sizes is None or model.modality != "image":
        return None
    if model.owner == "limner":
        return ()
    tier = params.get("image_size") or model.sizes.default_tier
    in_tier = model.sizes.tiers.get(tier, {}).values() if isinstance(tier, str) else ()
    named = (parsed(size) for size in (*in_tier,) or model.sizes.listed)
    return tuple((size.width, size.height) for size in named if size)


def metered(model: Model, order: Order, pictures: int) -> Usage | None:
    """Tokens the real model would meter; None for one that is not priced by tokens."""
    price = model.price
    if not isinstance(price, TokenPrice):
        return None
    going_in = len(order.images)
    tokens = image_tokens(model, price, picture(model, order.params, going_in)) or 0
    return Usage(
        text_in=len(order.prompt) // CHARS_PER_TOKEN + 6,
        # Each picture of several is billed like a call of its own, with all that goes in.
        image_in=price.image_in_tokens * going_in * pictures,
        image_out=(tokens + price.partial_image_tokens * order.partial_images) * pictures,
    )
