"""Amounts are exact from what a person types to what the wire shows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner import money
from limner.money import LARGEST, MICRO, at_least, credits, from_usd, parsed, shown, wire

moves = st.integers(-LARGEST, LARGEST)
steps = st.integers(0, LARGEST // 100).map(lambda n: n * 100)
usd = st.decimals(0, 10_000, allow_nan=False, allow_infinity=False, places=9)


@given(micro=moves)
def test_what_was_typed_is_what_is_moved(micro: int) -> None:
    sign, (whole, rest) = "-" if micro < 0 else "", divmod(abs(micro), MICRO)
    assert parsed(f"{sign}{whole}.{rest:06}") == micro


@given(micro=st.integers(-(10**12), 10**12).map(lambda n: n * 100))
def test_what_is_shown_to_people_can_be_typed_again(micro: int) -> None:
    assert parsed(shown(micro)) == micro


@pytest.mark.parametrize(
    ("micro", "text"),
    [(0, "0"), (4_000_000, "4"), (520_000, "0.52"), (-1_250_000, "-1.25"), (-1, "0"), (49, "0")],
)
def test_people_read_plain_numbers(micro: int, text: str) -> None:
    assert shown(micro) == text


@given(st.integers(0, LARGEST))
def test_what_is_there_is_never_shown_as_more(micro: int) -> None:
    told = parsed(at_least(micro))
    assert micro - 100 < told <= micro


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("25", 25_000_000),
        ("+0.5", 500_000),
        ("-0.000001", -1),
        ("007.50", 7_500_000),
        ("1.1000000000000", 1_100_000),
        ("1000000000", LARGEST),
    ],
)
def test_the_usual_ways_to_write_a_number_are_taken(text: str, micro: int) -> None:
    assert parsed(text) == micro


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a number"),
        ("ten", "is not a number"),
        ("nan", "is not a number"),
        ("Infinity", "is not a number"),
        ("1e3", "is not a number"),
        ("1e999999999", "is not a number"),
        ("1_000", "is not a number"),
        ("1,5", "is not a number"),
        (" 5", "is not a number"),
        ("٥", "is not a number"),
        ("5.", "is not a number"),
        ("9" * 10_000, "is not a number"),
        ("0.0000001", "more than six decimals"),
        ("1.0000000000000000000000000000000001", "more than six decimals"),
        ("1000000000.000001", "more than one move may carry"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parsed(text)


@given(text=st.text(max_size=30))
def test_any_text_is_an_amount_or_a_value_error(text: str) -> None:
    try:
        amount = parsed(text)
    except ValueError:
        return
    assert abs(amount) <= LARGEST


@given(micro=steps)
def test_the_wire_shows_priced_amounts_to_the_digit(micro: int) -> None:
    assert Decimal(str(wire(micro))) * MICRO == micro


@given(micro=st.integers(0, 10**9).map(credits))
def test_whole_credits_are_whole_numbers_on_the_wire(micro: int) -> None:
    assert isinstance(wire(micro), int)
    assert wire(micro) * MICRO == micro


@given(amount=usd, rate=st.integers(1, 1_000_000))
def test_a_price_in_dollars_is_rounded_up_by_less_than_the_wire_can_show(
    amount: Decimal, rate: int
) -> None:
    micro = from_usd(amount, rate)
    exact = amount * rate * MICRO
    assert exact <= micro < exact + MICRO // money.WIRE_STEPS
    assert Decimal(str(wire(micro))) * MICRO == micro


def test_prices_of_the_catalog_come_out_as_a_person_would_work_them_out() -> None:
    assert from_usd(Decimal("0.04"), 100) == credits(4)
    assert from_usd(Decimal("0.0134"), 100) == 1_340_000
    assert from_usd(Decimal("0.00000001"), 100) == 100
    assert from_usd(Decimal(0), 100) == 0


@pytest.mark.parametrize(
    ("number", "micro"),
    [(25, 25_000_000), (0.00001, 10), (1e-6, 1), (-0.5, -500_000), (1e9, LARGEST), (0.1 + 0.2, 0)],
)
def test_a_number_of_json_is_what_was_written(number: float, micro: int) -> None:
    if micro:
        assert money.of_number(number) == micro
    else:
        with pytest.raises(ValueError, match="more than six decimals"):
            money.of_number(number)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e-7, 1e10, 10**400, -(10**10)])
def test_a_number_that_is_no_amount_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        money.of_number(number)
