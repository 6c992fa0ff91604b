"""What it is that callers can leave in the middle of; `make experiment E=E19` does."""

from tests.faults.visits import STEPS


def test_each_form_has_twelve_moments_to_leave_at() -> None:
    assert {form: len({moment for moment, _ in steps}) for form, steps in STEPS.items()} == {
        "wait": 12,
        "stream": 12,
        "defer": 12,
    }
