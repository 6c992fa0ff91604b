"""Test mode for music: stands in for any music model, with a real piece and no provider at all.

What the real model would refuse, return, take and cost is kept, down to the two takes of a call;
`tune` plays a short piece in the mood of the words, which opens with two bells, its TEST mark.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Literal, TypeAlias, cast

from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    Progress,
    ProviderError,
    ProviderEvent,
)
from limner.providers.simulated import STEPS, Simulation, fail_after_work, refuse_before_work
from limner.providers.sketch import LARGEST_SEED
from limner.providers.triggers import script_of, without_triggers
from limner.tune.length import LONGEST_S
from limner.tune.tune import AudioFormat, Recording, Tune

Play: TypeAlias = Callable[[Tune], Awaitable[Recording]]
TITLE_WORDS, TITLE_CHARS = 6, 60


class SimulatedMusic:
    repeatable = True

    def __init__(self, play: Play, simulation: Simulation, tracks: int) -> None:
        self._play = play
        self._model = simulation
        self._tracks = tracks

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        if order.task != "music":
            raise ProviderError(
                f"test mode was given an order to {order.task} for a model that makes music",
                outcome="known_not_run",
                reason="bad_parameter",
            )
        script = script_of(order.prompt)
        refuse_before_work(script, self._model.slug)
        yield Accepted()
        wait = self._model.seconds if script.delay_s is None else script.delay_s
        for step in range(STEPS):
            await asyncio.sleep(wait / STEPS)
            yield Progress((step + 1) / (STEPS + 1), estimated=True)
        fail_after_work(script, self._model.slug)
        count = self._tracks if script.deliver is None else min(self._tracks, script.deliver)
        seed = secrets.randbelow(LARGEST_SEED)
        tunes = [tune_of(order, seed + number) for number in range(count)]
        recordings = await asyncio.gather(*map(self._play, tunes))
        yield Generated(
            tuple(track(one, order) for one in recordings),
            usage=self._model.usage(order, count),
            provider_request_id="simulated",
            warnings=(*cut_short(order), *not_read(script.not_understood)),
        )

    async def check(self) -> str:
        return f"test mode simulates {self._model.slug}; nothing can be wrong with it"

    async def aclose(self) -> None:
        return None


def tune_of(order: Order, seed: int) -> Tune:
    """What is played for an order. Words of style come last, where they outweigh the others."""
    said = [without_triggers(order.prompt), *(words(order, name) for name in ("tags", "style"))]
    return Tune(
        about=" ".join(filter(None, said)),
        seed=seed,
        never=words(order, "negative_tags"),
        seconds=number(order, "duration"),
        tempo=number(order, "sound_tempo"),
        key=words(order, "sound_key"),
        voice=voice_of(order),
        loop=order.params.get("sound_loop") is True,
        audio_format=cast(AudioFormat, order.output_format),
        mark=True,
    )


def voice_of(order: Order) -> Literal["m", "f"] | None:
    if is_wordless(order):
        return None
    return "m" if order.params.get("vocal_gender") == "m" else "f"


def is_wordless(order: Order) -> bool:
    return order.params.get("instrumental") is True or order.params.get("operation") == "sounds"


def words(order: Order, name: str) -> str:
    value = order.params.get(name)
    return value if isinstance(value, str) else ""


def number(order: Order, name: str) -> float | None:
    value = order.params.get(name)
    return float(value) if isinstance(value, int | float) else None


def track(recording: Recording, order: Order) -> ImageData:
    return ImageData(
        memoryview(recording.data), "raw", title=title_of(order), lyrics=lyrics_of(order)
    )


def title_of(order: Order) -> str:
    """The caller's title, or the first words of what was asked for."""
    said = without_triggers(order.prompt).split()[:TITLE_WORDS]
    first = " ".join(said)[:TITLE_CHARS].strip(" .,;:!?")
    return words(order, "title") or first[:1].upper() + first[1:] or "Untitled"


def lyrics_of(order: Order) -> str | None:
    """The caller's lyrics; where the model would write some, a line says that nobody did."""
    if is_wordless(order):
        return None
    return words(order, "lyrics") or f"[hummed in test mode]\n{without_triggers(order.prompt)}"


def cut_short(order: Order) -> tuple[str, ...]:
    asked = number(order, "duration")
    if asked is None or asked <= LONGEST_S:
        return ()
    return (f"test mode plays at most {LONGEST_S:g} of the {asked:g} seconds asked for",)


def not_read(triggers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"no trigger reads [[limner:{written}]]" for written in triggers)
