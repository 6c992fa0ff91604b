"""Ids sort by the time they were made: a prefix and a ULID (48 bits of time, 80 of chance)."""

import os
import secrets
import time
from collections.abc import Callable

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
"""Two characters at a time, because every request makes several ids."""
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def ulid(milliseconds: int, chance: bytes) -> str:
    """26 Crockford base-32 characters from unix milliseconds and 10 random bytes."""
    number = (milliseconds << 80) | int.from_bytes(chance, "big")
    return "".join([PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def new_id(prefix: str) -> str:
    """A fresh id such as `imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P`."""
    return f"{prefix}_{ulid(time.time_ns() // 1_000_000, os.urandom(10))}"


def base62(length: int, choose: Callable[[str], str] = secrets.choice) -> str:
    """Random characters from the system's source; 36 of them carry 214 bits."""
    return "".join(choose(BASE62) for _ in range(length))
