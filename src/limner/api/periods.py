"""The time a report is about: `start` and `end` of a query, as unix seconds or as dates of UTC."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from limner.errors import InvalidParams

LONGEST_DAYS = 366
DAY_S = 86_400
MICROSECONDS = 1_000_000
LATEST_S = 2**42
"""Unix seconds that still fit in 64 bits as microseconds."""
MOST_DIGITS = 13
CLUES = "unix seconds, a date such as 2026-11-01, or a time such as 2026-11-01T09:30:00Z"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on and before `end`, in unix seconds."""

    start: int
    end: int

    @property
    def start_us(self) -> int:
        return self.start * MICROSECONDS

    @property
    def end_us(self) -> int:
        return self.end * MICROSECONDS


def period(query: Mapping[str, str], now: float) -> Period:
    """The current month where nothing else is said. Raises InvalidParams."""
    start, end = moment(query, "start"), moment(query, "end")
    if end is None:
        end = months_later(int(now), 1)
    if start is None:
        start = max(0, months_later(end - 1, 0))
    if start >= end:
        raise InvalidParams(
            "start must be before end, which is not part of the time", param="start"
        )
    if end - start > LONGEST_DAYS * DAY_S:
        raise InvalidParams(
            f"a report spans at most {LONGEST_DAYS} days; name an earlier end", param="start"
        )
    return Period(start, end)


def moment(query: Mapping[str, str], name: str) -> int | None:
    """Unix seconds of a moment in a query. Raises InvalidParams naming it."""
    text = query.get(name)
    if text is None:
        return None
    try:
        seconds = unix_seconds(text)
    except (ValueError, OverflowError):
        raise InvalidParams(f"{name} must be {CLUES}", param=name) from None
    if not 0 <= seconds <= LATEST_S:
        raise InvalidParams(f"{name} must lie between 1970 and the far future", param=name)
    return seconds


def unix_seconds(text: str) -> int:
    """Raises ValueError for what is no moment, or one between two seconds."""
    if text.isascii() and text.isdigit():
        return int(text[: MOST_DIGITS + 1])
    read = datetime.datetime.fromisoformat(text)
    if read.microsecond:
        raise ValueError
    if read.tzinfo is None:
        read = read.replace(tzinfo=datetime.UTC)
    return int(read.timestamp())


def months_later(seconds: int, months: int) -> int:
    """The beginning of a month of UTC: of the one a moment lies in, or of a later one."""
    then = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    years, month = divmod(then.month - 1 + months, 12)
    return int(datetime.datetime(then.year + years, month + 1, 1, tzinfo=datetime.UTC).timestamp())
