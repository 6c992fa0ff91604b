"""Named places where a test can make limner die, fail or wait; all of them inert by default.

`LIMNER_FAIL_POINTS` says where, what and at which time it is reached: `finish.before=kill`,
`admit.after=error@3`, `provider.before=delay:30`; several are parted by commas, and one place may
be named for several times. Nothing reads the variable after the start, and no request can set one.
"""

import asyncio
import os
import signal
from collections import Counter
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from limner.errors import ConfigError

Action = Literal["kill", "error", "delay"]
ACTIONS = ("kill", "error", "delay")
NAMES = (
    "admit.before",
    "admit.after",
    "provider.before",
    "try.before",
    "try.after",
    "task.before",
    "task.after",
    "provider.after",
    "store.before",
    "store.after",
    "file.before",
    "file.after",
    "finish.before",
    "finish.after",
    "fail.before",
    "fail.after",
    "answer.before",
    "tell.before",
    "tell.after",
    "takeover.after",
    "upload.before",
    "upload.after",
)
"""In the order in which a request meets them; `takeover.after` is met by whoever closes its job,
and those of uploads by a file that comes.
"""


@dataclass(frozen=True, slots=True)
class Point:
    action: Action
    delay_s: float
    time: int
    """1 is the first time the place is reached."""


Points: TypeAlias = dict[tuple[str, int], Point]
"""What happens at a place, by its name and the time it is reached."""


class FailPointReached(Exception):
    """What a place raises that has no failure of its own to play."""


def parsed(text: str) -> Points:
    """Raises ConfigError naming what cannot be read."""
    named = [one_point(part.strip()) for part in text.split(",") if part.strip()]
    return {(name, point.time): point for name, point in named}


def one_point(text: str) -> tuple[str, Point]:
    name, _, rest = text.partition("=")
    said, _, time = rest.partition("@")
    action, _, delay = said.partition(":")
    if name not in NAMES or action not in ACTIONS:
        raise ConfigError(
            f"LIMNER_FAIL_POINTS: {text!r} is not NAME=kill|error|delay:SECONDS[@TIME], "
            f"with a name of {', '.join(NAMES)}"
        )
    try:
        return name, Point(cast(Action, action), float(delay or 0), int(time or 1))
    except ValueError:
        raise ConfigError(f"LIMNER_FAIL_POINTS: {text!r} has a number that is none") from None


POINTS = parsed(os.environ.get("LIMNER_FAIL_POINTS", ""))
REACHED: Counter[str] = Counter()


async def reached(name: str, error: Exception | None = None) -> None:
    """A place is reached. Raises `error`, or FailPointReached, where a test wants that."""
    if POINTS:
        await strike(name, error or FailPointReached(name))


async def strike(name: str, error: Exception) -> None:
    REACHED[name] += 1
    point = POINTS.get((name, REACHED[name]))
    if point is None:
        return
    if point.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if point.action == "delay":
        await asyncio.sleep(point.delay_s)
        return
    raise error
