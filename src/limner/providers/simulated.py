"""Test mode: stands in for any model of the catalog, with real pictures and no provider at all.

A test key never leaves this module. What the real model would refuse, return, take and cost is
kept; the picture is drawn by `sketch` and carries a small TEST mark. Words in double brackets in
the prompt, such as `[[limner:refuse]]`, play the failures a client has to live with.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

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
)
from limner.providers.sketch import LARGEST_SEED, Draw, drawing, first_seed, image_of

TRIGGER = re.compile(r"\[\[limner:([a-z_]+)(?:=([0-9./]+)(s?))?\]\]")
LONGEST_DELAY_S = 600.0
STEPS = 5
"""How many times a simulated model reports progress while it pretends to work."""
MARK = "TEST"


@dataclass(frozen=True, slots=True)
class Simulation:
    """What has to be known of a model to stand in for it."""

    slug: str
    seconds: float
    revises_prompts: bool
    takes_seed: bool
    usage: Callable[[Order, int], Usage | None]
    """What the model would meter for an order and a number of pictures."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the triggers in a prompt ask to be played."""

    refuse: bool = False
    fail: int | None = None
    delay_s: float | None = None
    deliver: int | None = None
    rate_limit: bool = False
    timeout: bool = False
    unknown: tuple[str, ...] = field(default=())


class Simulated:
    repeatable = True

    def __init__(self, draw: Draw, simulation: Simulation) -> None:
        self._draw = draw
        self._model = simulation

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        script = script_of(order.prompt)
        play_refusal(script)
        yield Accepted()
        wait = self._model.seconds if script.delay_s is None else script.delay_s
        for step in range(STEPS):
            await asyncio.sleep(wait / STEPS)
            yield Progress((step + 1) / (STEPS + 1), estimated=True)
        play_failure(script, self._model.slug)
        seed = first_seed(order)
        for index in range(order.partial_images):
            share = (index + 1) / (order.partial_images + 1)
            preview = await self._draw(drawing(order, seed, finished=share, mark=MARK))
            yield PartialImage(index, image_of(preview, None), preview.content_type)
        delivered = min(order.n, order.n if script.deliver is None else script.deliver)
        images = [await self._image(order, seed + number) for number in range(delivered)]
        yield Generated(
            tuple(images),
            usage=self._model.usage(order, delivered),
            provider_request_id="simulated",
            warnings=tuple(f"no trigger is called {name!r}" for name in script.unknown),
        )

    async def _image(self, order: Order, seed: int) -> ImageData:
        seed %= LARGEST_SEED + 1
        picture = await self._draw(drawing(order, seed, mark=MARK))
        return ImageData(
            memoryview(picture.data),
            "raw",
            revised_prompt=revised(order.prompt) if self._model.revises_prompts else None,
            seed=seed if self._model.takes_seed else None,
        )

    async def aclose(self) -> None:
        return None


def script_of(prompt: str) -> Script:
    """Read the triggers of a prompt; the last of a kind counts, unknown ones are named."""
    told: dict[str, object] = {}
    unknown = []
    for name, value, _ in TRIGGER.findall(prompt):
        if name in ("refuse", "rate_limit", "timeout"):
            told[name] = True
        elif name == "fail":
            told["fail"] = int(value) if value.isdigit() else 500
        elif name == "delay":
            told["delay_s"] = min(number(value), LONGEST_DELAY_S)
        elif name == "partial":
            told["deliver"] = int(number(value.partition("/")[0]))
        else:
            unknown.append(name)
    return Script(**told, unknown=tuple(unknown))  # type: ignore[arg-type]  # names checked above


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def play_refusal(script: Script) -> None:
    """Failures that come before anything ran."""
    if script.rate_limit:
        raise ProviderError(
            "the simulated provider is too busy",
            outcome="known_not_run",
            reason="capacity",
            retry_after=30,
        )


def play_failure(script: Script, slug: str) -> None:
    """Failures that come after the work had begun."""
    if script.refuse:
        raise ProviderError(
            f"{slug} refused the prompt for its content (simulated)",
            outcome="ran",
            reason="content_policy_violation",
        )
    if script.timeout:
        raise ProviderError("the simulated provider did not answer", outcome="unknown")
    if script.fail is not None or script.deliver == 0:
        raise ProviderError(
            f"the simulated provider answered {script.fail or 'without a picture'}", outcome="ran"
        )


def revised(prompt: str) -> str:
    """A rewritten prompt, as models that rewrite give back."""
    words = TRIGGER.sub("", prompt).strip().rstrip(".")
    return f"{words}. Drawn by limner's sketch engine in test mode."
