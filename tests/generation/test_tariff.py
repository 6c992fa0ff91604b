"""What the operator adds to list prices, for whom, and how the bill shows it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.accounts.limits import Options
from limner.catalog.load import load
from limner.errors import ConfigError
from limner.generation.pricing import charge, quote
from limner.generation.tariff import Tariff, Tariffs, check_markups
from limner.money import MICRO, WIRE_STEPS
from limner.providers.base import Usage

CATALOG = load()
GPT, IMAGEN = CATALOG.models["gpt-image-2"], CATALOG.models["imagen-4"]
GROK, SONGS = CATALOG.models["grok-imagine-image"], CATALOG.models["suno-music"]
PARAMS = {"quality": "high", "size": "1024x1024"}


def test_a_workspace_s_own_markup_counts_before_the_model_s_and_that_before_the_server_s() -> None:
    tariffs = Tariffs(100, 20, {"gpt-image-2": 50})
    assert tariffs.of(IMAGEN).markup_percent == 20
    assert tariffs.of(GPT).markup_percent == 50
    assert tariffs.of(GPT, Options(markup_percent=0)).markup_percent == 0
    assert tariffs.of(IMAGEN, Options(markup_percent=-10)).markup_percent == -10


def test_a_model_may_be_named_by_any_of_its_names() -> None:
    assert Tariffs(by_model={"imagen-4.0-generate-001": 5}).of(IMAGEN).markup_percent == 5


def test_a_markup_of_no_model_is_refused_with_those_that_may_be_meant() -> None:
    check_markups({"gpt-image-2": 5}, CATALOG)
    with pytest.raises(ConfigError, match=r"no model 'gpt-imagge-2'; the nearest are gpt-image-2"):
        check_markups({"gpt-imagge-2": 5}, CATALOG)


def test_the_bill_shows_list_prices_and_the_markup_as_a_line_of_its_own() -> None:
    marked, plain = (
        quote(GPT, n=2, params=PARAMS, tariff=Tariff(100, markup)) for markup in (20, 0)
    )
    *listed, markup = marked.lines
    assert tuple(listed) == plain.lines
    assert (markup.what, markup.quantity) == ("markup", "20 % of the list price")
    assert marked.total == plain.total * 120 // 100 == sum(line.amount for line in marked.lines)
    assert marked.at_list == plain.total == plain.at_list


def test_a_discount_is_a_line_below_zero() -> None:
    cheap = quote(IMAGEN, n=1, params={}, tariff=Tariff(100, -25))
    assert (cheap.total, cheap.lines[-1].what, cheap.lines[-1].amount) == (
        3 * MICRO,
        "discount",
        -MICRO,
    )
    free = quote(IMAGEN, n=1, params={}, tariff=Tariff(100, -100))
    assert (free.total, free.at_list) == (0, 4 * MICRO)


def test_what_a_provider_reports_is_marked_up_too() -> None:
    tariff = Tariff(100, 50)
    held = quote(GROK, n=1, params={}, tariff=tariff)
    bill = charge(GROK, held, delivered=1, usage=Usage(cost=100_000_000), tariff=tariff)
    assert (bill.total, bill.at_list) == (MICRO * 3 // 2, MICRO)


@given(
    dollars=st.decimals(0, 1000, places=9),
    rate=st.integers(1, 100_000),
    markup=st.integers(-100, 1000),
)
def test_a_marked_up_price_is_exact_and_rounded_up_once(
    dollars: Decimal, rate: int, markup: int
) -> None:
    exact = dollars * rate * (100 + markup) / 100 * MICRO
    amount = Tariff(rate, markup).credits(Fraction(dollars))
    step = MICRO // WIRE_STEPS
    assert amount % step == 0
    assert 0 <= amount - exact < step


@given(n=st.integers(1, 4), markup=st.integers(-100, 1000), delivered=st.integers(0, 5))
def test_hold_and_charge_agree_under_every_markup(n: int, markup: int, delivered: int) -> None:
    tariff = Tariff(100, markup)
    held = quote(GPT, n=n, params=PARAMS, tariff=tariff)
    bill = charge(GPT, held, delivered=delivered, usage=None, tariff=tariff)
    assert held.total == held.per_image * held.n == sum(line.amount for line in held.lines)
    assert bill.total == held.per_image * min(n, delivered)
    assert bill.total == sum(line.amount for line in bill.lines)


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("delivered", [1, 2])
def test_one_call_that_gives_two_covers_is_paid_for_once(n: int, delivered: int) -> None:
    held = quote(SONGS, n=n, params={})
    assert held.total == 10 * MICRO
    assert held.lines[0].quantity == "1 call"
    assert charge(SONGS, held, delivered=min(n, delivered), usage=None).total == 10 * MICRO
    assert charge(SONGS, held, delivered=0, usage=None).total == 0


def test_what_was_read_before_is_billed_as_cached() -> None:
    held = quote(GPT, n=1, params=PARAMS, prompt="x" * 2000)
    usage = Usage(text_in=100, text_in_cached=1000, image_in_cached=50, image_out=7024)
    bill = charge(GPT, held, delivered=1, usage=usage)
    lines = {line.what.removeprefix("gpt-image-2 "): line.unit_price for line in bill.lines}
    assert lines["cached prompt"] == "US$1.25 per million tokens"
    assert lines["cached input"] == "US$2 per million tokens"
    assert usage.tokens_in == 1150
