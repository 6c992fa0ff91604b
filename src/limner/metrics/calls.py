"""Orders at providers: how many, what became of them, and how long good ones took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from limner.metrics.family import Family
from limner.metrics.tally import Count, Times
from limner.providers.base import ProviderError

BOUNDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)
CUT_OFF = "cut_off"
"""The reason of an order that was ended from here: out of time, cancelled, or a server's stop."""


class Calls:
    def __init__(self) -> None:
        self.ended = Count(
            "limner_provider_calls",
            "Orders given to providers. Outcome is ok, ran, known_not_run or unknown.",
            "provider",
            "model",
            "outcome",
            "reason",
        )
        self.seconds = Times(
            "limner_provider_seconds",
            "From an order to its pictures, of orders that brought some.",
            "provider",
            "model",
            bounds=BOUNDS,
        )

    @contextmanager
    def timed(self, provider: str, model: str) -> Iterator[None]:
        """The time an order is at a provider."""
        began = time.perf_counter()
        try:
            yield
        except ProviderError as error:
            self.ended.add(provider, model, error.outcome, error.reason)
            raise
        except BaseException:
            self.ended.add(provider, model, "unknown", CUT_OFF)
            raise
        self.ended.add(provider, model, "ok", "")
        self.seconds.saw(time.perf_counter() - began, provider, model)

    def families(self) -> list[Family]:
        return [self.ended.family(), self.seconds.family()]
