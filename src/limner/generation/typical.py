"""How long a model takes: what it took lately, and until that is known, what its file says.

Learnt by each process for itself, from live jobs alone: a test key's take what the operator wants.
"""

import math
from collections import deque

from limner.catalog.load import Catalog

REMEMBERED = 20
AT_TYPICAL = 0.9
"""The share that is taken to be done when the typical time has passed."""
NEVER_REACHED = 0.99


class TypicalTimes:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._recent: dict[str, deque[float]] = {}

    def learn(self, slug: str, seconds: float) -> None:
        self._recent.setdefault(slug, deque(maxlen=REMEMBERED)).append(seconds)

    def of(self, slug: str) -> float:
        """Seconds."""
        recent = self._recent.get(slug)
        return sum(recent) / len(recent) if recent else self._catalog.models[slug].typical_seconds


def share_done(passed: float, typical: float) -> float:
    """How far a job probably is: evenly up to the typical time, then ever more slowly."""
    times = passed / max(typical, 0.001)
    if times <= 1:
        return AT_TYPICAL * times
    return AT_TYPICAL + (NEVER_REACHED - AT_TYPICAL) * (1 - math.exp(1 - times))
