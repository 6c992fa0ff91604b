"""Callers who leave at any moment, in any of the three forms of delivery, change nothing."""

from pathlib import Path

from tests.faults.e19 import house
from tests.faults.visits import STEPS

ROUNDS = 2
PICTURE_BYTES = 300_000


def test_each_form_has_twelve_moments_to_leave_at() -> None:
    assert {form: len({moment for moment, _ in steps}) for form, steps in STEPS.items()} == {
        "wait": 12,
        "stream": 12,
        "defer": 12,
    }


async def test_leaving_costs_what_staying_costs_and_loses_no_picture(
    database_url: str, tmp_path: Path
) -> None:
    async with house(database_url, tmp_path, PICTURE_BYTES) as one:
        for _ in range(ROUNDS):
            await one.round()
        assert await one.differences() == []
