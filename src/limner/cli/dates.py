"""Times as people write them."""

import datetime
import re
import time

import typer

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def day(microseconds: int | None) -> str:
    """Unix microseconds as `2026-11-25 09:30`, in UTC; `-` for never."""
    if microseconds is None:
        return "-"
    moment = datetime.datetime.fromtimestamp(microseconds / 1_000_000, datetime.UTC)
    return f"{moment:%Y-%m-%d %H:%M}"


def seconds(text: str) -> int:
    """`90d`, `12h`, `30m` or `45s` in seconds. Raises ValueError."""
    number, unit = text[:-1], text[-1:]
    if unit not in SECONDS or not number.isdecimal() or not 1 <= int(number) <= 100_000_000:
        raise ValueError(f"{text!r} is no length of time such as 90d, 12h or 30m")
    return int(number) * SECONDS[unit]


def moment(text: str) -> str:
    """`30d` ago as unix seconds; dates and times stay for the server to read."""
    if not re.fullmatch(r"[0-9]+[smhd]", text):
        return text
    try:
        return str(max(0, int(time.time()) - seconds(text)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
