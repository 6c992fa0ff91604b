"""Test mode: stands in for any model of the catalog, with real pictures and no provider at all.

A test key never leaves this module. What the real model would refuse, return, take and cost is
kept; the picture is drawn, changed or enlarged by `sketch` and carries a small TEST mark. Words in
double brackets in the prompt, such as `[[limner:refuse]]`, play the failures a client has to live
with.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from itertools import product

from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    PartialImage,
    Progress,
    ProviderError,
    ProviderEvent,
    Usage,
    must_be,
)
from limner.providers.commissions import Draw, Materials, OpenSizes, commission, drawn, materials
from limner.providers.sketch import LARGEST_SEED, first_seed, image_of
from limner.providers.triggers import Script, script_of, without_triggers
from limner.sketch.drawing import Picture

STEPS = 5
"""How many times a simulated model reports progress while it pretends to work."""
RATE_LIMIT_S = 30.0
MARK = "TEST"


def as_ordered(_: Order) -> OpenSizes:
    return None


@dataclass(frozen=True, slots=True)
class Simulation:
    """What has to be known of a model to stand in for it."""

    slug: str
    seconds: float
    revises_prompts: bool
    takes_seed: bool
    usage: Callable[[Order, int], Usage | None]
    """What the model would meter for an order and a number of pictures."""
    sizes: Callable[[Order], OpenSizes] = as_ordered
    """What an edit may measure, where an order leaves that to the model."""


class Simulated:
    repeatable = True

    def __init__(self, draw: Draw, simulation: Simulation) -> None:
        self._draw = draw
        self._model = simulation

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        script = script_of(order.prompt)
        must_be(order, "test mode", "generate", "edit", "upscale")
        refuse_before_work(script, self._model.slug)
        yield Accepted()
        wait = self._model.seconds if script.delay_s is None else script.delay_s
        for step in range(STEPS):
            await asyncio.sleep(wait / STEPS)
            yield Progress((step + 1) / (STEPS + 1), estimated=True)
        fail_after_work(script, self._model.slug)
        seed, given = first_seed(order), await materials(order)
        for index, number in product(range(order.partial_images), range(order.n)):
            share = (index + 1) / (order.partial_images + 1)
            preview = await self._picture(order, given, seed + number, finished=share)
            yield PartialImage(index, image_of(preview, None), preview.content_type, number)
        delivered = order.n if script.deliver is None else min(order.n, script.deliver)
        pictures = [await self._picture(order, given, seed + more) for more in range(delivered)]
        notes = dict.fromkeys(note for picture in pictures for note in picture.notes)
        yield Generated(
            tuple(
                self._image(picture, order, seed + number)
                for number, picture in enumerate(pictures)
            ),
            usage=self._model.usage(order, delivered),
            provider_request_id="simulated",
            warnings=(
                *(f"no trigger reads [[limner:{written}]]" for written in script.not_understood),
                *notes,
            ),
        )

    async def check(self) -> str:
        return f"test mode simulates {self._model.slug}; nothing can be wrong with it"

    async def aclose(self) -> None:
        return None

    async def _picture(
        self, order: Order, given: Materials, seed: int, *, finished: float = 1.0
    ) -> Picture:
        asked = commission(
            order,
            given,
            within(seed),
            sizes=self._model.sizes(order),
            finished=finished,
            mark=MARK,
        )
        return await drawn(self._draw, asked)

    def _image(self, picture: Picture, order: Order, seed: int) -> ImageData:
        revises = self._model.revises_prompts and order.task != "upscale"
        return ImageData(
            memoryview(picture.data),
            "raw",
            revised_prompt=revised(order.prompt) if revises else None,
            seed=within(seed) if self._model.takes_seed else None,
        )


def within(seed: int) -> int:
    """A seed sketch can be given, whatever the model itself takes."""
    return seed % (LARGEST_SEED + 1)


def refuse_before_work(script: Script, slug: str) -> None:
    if script.rate_limit:
        raise ProviderError(
            f"{slug} is too busy (simulated)",
            outcome="known_not_run",
            reason="capacity",
            retry_after=RATE_LIMIT_S,
        )


def fail_after_work(script: Script, slug: str) -> None:
    if script.refuse:
        raise ProviderError(
            f"{slug} refused the prompt for its content (simulated)",
            outcome="ran",
            reason="content_policy_violation",
        )
    if script.timeout:
        raise ProviderError(f"{slug} did not answer in time (simulated)", outcome="unknown")
    if script.fail is not None:
        raise ProviderError(
            f"{slug} failed with HTTP {script.fail} (simulated)",
            outcome="ran",
            detail=f"HTTP {script.fail}",
        )
    if script.deliver == 0:
        raise ProviderError(f"{slug} answered without a picture (simulated)", outcome="ran")


def revised(prompt: str) -> str:
    """A rewritten prompt, as models that rewrite give back."""
    words = without_triggers(prompt).rstrip(".")
    return f"{words}. Drawn by limner's sketch engine in test mode."
