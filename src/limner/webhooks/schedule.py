"""When a delivery that failed is tried again: soon, then ever later, until three days are over."""

import random
from collections.abc import Callable

HOUR_S = 3600
WAITS_S = (5, 300, 1800, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S)
"""The last one repeats."""
JITTER = 0.2
"""A receiver that comes back is not to be met by everybody at once."""
PATIENCE_US = 3 * 24 * HOUR_S * 1_000_000
"""The first failure after this long is the last."""


def wait_us(step: int, chance: Callable[[], float] = random.random) -> int:
    """Microseconds from the failure of try `step`, counted from 0, to the next try."""
    wait = WAITS_S[min(step, len(WAITS_S) - 1)]
    return int(wait * (1 + JITTER * chance()) * 1_000_000)
