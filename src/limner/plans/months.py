"""Months of a plan: from a moment to the same moment of the next month, in UTC.

Each is counted from the beginning of the plan, not from the month before. So one that began on the
31st renews on the last day of a shorter month, and on the 31st again after it.
"""

import calendar
import datetime

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


def months_later(since: int, months: int) -> int:
    """The moment so many months after another; both are unix microseconds."""
    then = EPOCH + since * MICROSECOND
    years, month = divmod(then.month - 1 + months, 12)
    year, month = then.year + years, month + 1
    day = min(then.day, calendar.monthrange(year, month)[1])
    return (then.replace(year=year, month=month, day=day) - EPOCH) // MICROSECOND


def months_gone(since: int, now: int) -> int:
    """How many whole months of a plan are over."""
    start, then = EPOCH + since * MICROSECOND, EPOCH + now * MICROSECOND
    months = (then.year - start.year) * 12 + then.month - start.month
    return months if months_later(since, months) <= now else months - 1
