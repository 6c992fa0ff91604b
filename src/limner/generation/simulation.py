"""What the simulated provider must know of a model to stand in for it faithfully."""

from limner.catalog.model import Model, TokenPrice
from limner.catalog.rates import image_tokens, picture
from limner.providers.base import Order, Usage
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
    )


def metered(model: Model, order: Order, pictures: int) -> Usage | None:
    """Tokens the real model would meter; None for one that is not priced by tokens."""
    price = model.price
    if not isinstance(price, TokenPrice):
        return None
    tokens = image_tokens(model, price, picture(model, order.params)) or 0
    return Usage(
        text_in=len(order.prompt) // CHARS_PER_TOKEN + 6,
        image_out=(tokens + price.partial_image_tokens * order.partial_images) * pictures,
    )
