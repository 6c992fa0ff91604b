"""Time comes in through the door: whoever needs the hour takes a Clock, so tests can choose it."""

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Unix seconds. Leases and hold expiries use the database's clock instead, see `db/base.py`."""

wall: Clock = time.time
monotonic: Clock = time.monotonic
