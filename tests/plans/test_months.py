"""Months of a plan end where people expect them to, on the 31st and in leap years too."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.plans.months import months_gone, months_later


def at(text: str) -> int:
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


@pytest.mark.parametrize(
    ("since", "months", "then"),
    [
        ("2026-11-25T09:30:00.000001", 1, "2026-12-25T09:30:00.000001"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 2, "2026-03-31"),
        ("2026-01-31", 3, "2026-04-30"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-01-31T23:59:59.999999", 13, "2027-02-28T23:59:59.999999"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(since: str, months: int, then: str) -> None:
    assert months_later(at(since), months) == at(then)


@pytest.mark.parametrize(
    ("since", "now", "months"),
    [
        ("2026-01-31", "2026-01-31", 0),
        ("2026-01-31", "2026-02-27T23:59:59", 0),
        ("2026-01-31", "2026-02-28", 1),
        ("2026-01-31", "2026-03-30T23:59:59", 1),
        ("2026-01-31", "2026-03-31", 2),
        ("2026-11-25T09:30:00", "2026-12-25T09:29:59", 0),
        ("2026-11-25T09:30:00", "2026-12-25T09:30:00", 1),
        ("2026-12-31", "2029-12-31", 36),
    ],
)
def test_a_month_is_over_when_the_next_begins(since: str, now: str, months: int) -> None:
    assert months_gone(at(since), at(now)) == months


moments = st.integers(at("2020-01-01"), at("2100-01-01"))


@given(since=moments, later=st.integers(0, 10**15))
def test_every_moment_lies_in_one_month(since: int, later: int) -> None:
    gone = months_gone(since, since + later)
    assert gone >= 0
    assert months_later(since, gone) <= since + later < months_later(since, gone + 1)
