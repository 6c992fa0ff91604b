"""Quotes and charges: estimate == hold >= charge, and every line adds up to the digit."""

import ast
import inspect
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from types import ModuleType

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limner import money
from limner.catalog import rates
from limner.catalog.load import load
from limner.catalog.model import Model, PerImage, PerMegapixel, Scalar, TokenPrice
from limner.catalog.rates import combinations
from limner.errors import InternalError
from limner.generation import pricing
from limner.generation.bill import Quote
from limner.generation.params import fit_params
from limner.generation.pricing import charge, price_lines, quote
from limner.generation.simulation import simulation
from limner.generation.tariff import Tariff
from limner.generation.values import Vocabulary
from limner.money import credits
from limner.providers.base import Order, Usage

CATALOG = load()
VOCABULARY = Vocabulary.of(CATALOG.models.values())
MODELS = list(CATALOG.models.values())
STEP = money.MICRO // money.WIRE_STEPS
"""Micro-credits in the smallest amount the wire shows."""


def model(slug: str) -> Model:
    found = CATALOG.get(slug)
    assert found is not None
    return found


def in_credits(quoted: Quote) -> Decimal:
    return Decimal(quoted.total) / money.MICRO


def inputs_of(priced: Model) -> list[int]:
    return [0] * priced.capabilities.generate + [1, 3] * priced.capabilities.edit


EVERYTHING: list[tuple[Model, dict[str, Scalar], int]] = [
    (priced, params, inputs)
    for priced in MODELS
    for params in combinations(priced)
    for inputs in inputs_of(priced)
]
REQUESTS = st.sampled_from(EVERYTHING)
TOKENS = st.integers(0, 200_000)
USAGES = st.builds(Usage, TOKENS, TOKENS, TOKENS, TOKENS, st.none() | st.integers(0, 10**12))
RATES = st.sampled_from([1, 3, 100, 10_000])


def check_sound(bill: Quote) -> None:
    """A bill is whole numbers of what the wire can show, and its lines add up."""
    numbers = (bill.per_image, bill.n, bill.total, *(line.amount for line in bill.lines))
    assert all(type(number) is int for number in numbers)
    assert bill.total == bill.per_image * bill.n == sum(line.amount for line in bill.lines)
    assert bill.per_image % STEP == 0
    shown = msgspec.json.encode(money.wire(bill.total))
    assert Decimal(shown.decode()) == in_credits(bill)


@pytest.mark.parametrize("slug", sorted(CATALOG.models))
def test_every_mix_of_priced_parameters_is_quoted_soundly(slug: str) -> None:
    priced = model(slug)
    for params in combinations(priced):
        for inputs in inputs_of(priced):
            for n in (1, priced.n.max):
                quoted = quote(priced, n=n, params=params, input_images=inputs)
                check_sound(quoted)
                assert quoted.total > 0 or priced.self_hosted or priced.owner == "limner"


@pytest.mark.parametrize("slug", sorted(CATALOG.models))
def test_what_passes_the_gate_has_the_price_the_catalog_says(slug: str) -> None:
    priced = model(slug)
    if not priced.capabilities.generate:
        return
    for params in combinations(priced):
        fitted = fit_params(priced, VOCABULARY, prompt="a lantern", given=dict(params))
        asked = quote(priced, n=1, params=fitted.params)
        assert asked.total == quote(priced, n=1, params=params).total


@given(REQUESTS, st.data(), RATES)
def test_a_fixed_price_charges_what_was_estimated(
    request_: tuple[Model, dict[str, Scalar], int], data: st.DataObject, credits_per_usd: int
) -> None:
    priced, params, inputs = request_
    n = data.draw(st.integers(1, priced.n.max))
    held = quote(priced, n=n, params=params, input_images=inputs, tariff=Tariff(credits_per_usd))
    bill = charge(priced, held, delivered=n, usage=None, tariff=Tariff(credits_per_usd))
    assert bill == held


@given(REQUESTS, st.data(), st.none() | USAGES, RATES, st.integers(0, 3), st.text(max_size=900))
def test_a_charge_is_never_above_the_hold_for_what_was_delivered(
    request_: tuple[Model, dict[str, Scalar], int],
    data: st.DataObject,
    usage: Usage | None,
    credits_per_usd: int,
    partial_images: int,
    prompt: str,
) -> None:
    priced, params, inputs = request_
    n = data.draw(st.integers(1, priced.n.max))
    delivered = data.draw(st.integers(-1, n + 2))
    held = quote(
        priced,
        n=n,
        params=params,
        prompt=prompt,
        tariff=Tariff(credits_per_usd),
        input_images=inputs,
        partial_images=partial_images,
    )
    bill = charge(priced, held, delivered=delivered, usage=usage, tariff=Tariff(credits_per_usd))
    check_sound(held)
    check_sound(bill)
    assert bill.n == max(0, min(delivered, n))
    assert 0 <= bill.total <= held.per_image * bill.n <= held.total


@given(REQUESTS)
def test_more_pictures_cost_as_many_times_more(
    request_: tuple[Model, dict[str, Scalar], int],
) -> None:
    priced, params, inputs = request_
    one = quote(priced, n=1, params=params, input_images=inputs)
    many = quote(priced, n=priced.n.max, params=params, input_images=inputs)
    assert many.total == one.total * priced.n.max


@given(st.fractions(0, 1000, max_denominator=10**6), RATES)
@example(Fraction(282961, 375), 3)
def test_dollars_are_rounded_up_to_what_the_wire_shows(usd: Fraction, credits_per_usd: int) -> None:
    written = Decimal(usd.numerator) / Decimal(usd.denominator)
    exact = Fraction(written) * credits_per_usd * money.MICRO
    rounded = money.from_usd(written, credits_per_usd)
    assert rounded % STEP == 0
    assert 0 <= rounded - exact < STEP


# Prices a person knows


@pytest.mark.parametrize(
    ("slug", "params", "usd"),
    [
        ("dall-e-3", {"quality": "standard", "size": "1024x1024"}, "0.04"),
        ("dall-e-3", {"quality": "standard", "size": "1792x1024"}, "0.08"),
        ("dall-e-3", {"quality": "standard", "size": "1024x1792"}, "0.08"),
        ("dall-e-3", {"quality": "hd", "size": "1024x1024"}, "0.08"),
        ("dall-e-3", {"quality": "hd", "size": "1792x1024"}, "0.12"),
        ("dall-e-3", {"quality": "hd", "size": "1024x1792"}, "0.12"),
        ("dall-e-2", {"size": "256x256"}, "0.016"),
        ("dall-e-2", {"size": "512x512"}, "0.018"),
        ("dall-e-2", {"size": "1024x1024"}, "0.02"),
        ("imagen-4", {}, "0.04"),
        ("imagen-4", {"image_size": "2K"}, "0.04"),
        ("z-image-turbo", {}, "0.03"),
        ("z-image-turbo", {"prompt_extend": True}, "0.03"),
        ("z-image-turbo", {"prompt_extend": False}, "0.015"),
        ("qwen-image-3-0", {"size": "1024x1024"}, "0.03"),
        ("qwen-image-3-0", {"size": "2048x2048"}, "0.05"),
        ("qwen-image-3-0", {"size": "auto"}, "0.05"),
        ("grok-imagine-image", {"image_size": "2K"}, "0.02"),
        ("grok-imagine-image-2-0", {}, "0.04"),
        ("grok-imagine-image-2-0", {"quality": "low", "image_size": "2K"}, "0.06"),
        ("grok-imagine-image-2-0", {"quality": "medium", "image_size": "1K"}, "0.06"),
        ("grok-imagine-image-2-0", {"quality": "medium", "image_size": "2K"}, "0.08"),
        ("grok-imagine-image-2-0", {"resolution": "2k"}, "0.06"),
        ("flux-2-pro", {"size": "1024x1024"}, "0.03"),
        ("flux-2-pro", {"size": "2048x1024"}, "0.045"),
        ("flux-2-pro", {"size": "512x512"}, "0.03"),
        ("flux-2-max", {"size": "2048x1024"}, "0.1"),
        ("flux-kontext-max", {}, "0.08"),
        ("flux-1-dev", {"steps": 50}, "0"),
        ("sketch-1", {"size": "3840x2160"}, "0"),
        ("suno-v5", {}, "0.1"),
    ],
)
def test_a_picture_costs_what_its_provider_asks(
    slug: str, params: dict[str, object], usd: str
) -> None:
    fitted = fit_params(model(slug), VOCABULARY, prompt="a lantern", given=params)
    quoted = quote(model(slug), n=1, params=fitted.params)
    assert in_credits(quoted) == Decimal(usd) * 100


@pytest.mark.parametrize(
    ("slug", "params", "usd"),
    [
        ("gpt-image-2", {"quality": "low", "size": "1024x1024"}, "0.00588"),
        ("gpt-image-2", {"quality": "medium", "size": "1536x1024"}, "0.04116"),
        ("gpt-image-2", {"quality": "high", "size": "1024x1024"}, "0.21072"),
        ("gpt-image-2", {"quality": "auto", "size": "auto"}, "0.21072"),
        ("gpt-image-2-5-flare", {"quality": "medium", "size": "1024x1024"}, "0.01317"),
        ("gpt-image-2-5-flare", {"quality": "max", "size": "3840x2160"}, "0.40026"),
        ("gpt-image-2-6-flare", {"quality": "high", "size": "1024x1024"}, "0.054"),
        ("gpt-image-1", {"quality": "high", "size": "1536x1024"}, "0.24832"),
        ("gpt-image-1-mini", {"quality": "high", "size": "1024x1024"}, "0.036"),
        ("gemini-3-pro-image", {"image_size": "1K"}, "0.1344"),
        ("gemini-3-pro-image", {"image_size": "4K"}, "0.24"),
        ("gemini-nano-banana-2-1", {"image_size": "2K"}, "0.0504"),
        ("gemini-2-5-flash-image", {}, "0.0387"),
    ],
)
def test_the_picture_tokens_of_a_quote_cost_what_their_provider_asks(
    slug: str, params: dict[str, Scalar], usd: str
) -> None:
    *_, output = quote(model(slug), n=1, params=params).lines
    assert output.what == f"{model(slug).slug} output"
    # A line is rounded together with those before it, so by less than the wire's last digit.
    assert abs(Decimal(output.amount) / money.MICRO - Decimal(usd) * 100) < Decimal("0.0001")


def test_input_pictures_are_counted_for_each_picture_that_comes_out() -> None:
    quoted = quote(
        model("grok-imagine-image-2-0"),
        n=2,
        params={"quality": "medium", "image_size": "2K"},
        input_images=1,
    )
    assert in_credits(quoted) == 2 * (8 + 1)


def test_more_steps_cost_more_and_fewer_not_less() -> None:
    price = PerMegapixel(first_usd="0.10", extra_usd="0.02", default_steps=20)
    priced = msgspec.structs.replace(model("flux-1-dev"), price=price)
    cost = {
        steps: in_credits(quote(priced, n=1, params={"steps": steps, "size": "1024x1024"}))
        for steps in (10, 20, 30, 50)
    }
    assert cost == {10: 10, 20: 10, 30: 15, 50: 25}


def test_a_begun_megapixel_counts_whole() -> None:
    price = PerMegapixel(first_usd="0.10", extra_usd="0.02")
    priced = msgspec.structs.replace(model("flux-1-dev"), price=price)
    cost = [
        in_credits(quote(priced, n=1, params={"size": size}))
        for size in ("512x512", "1024x1024", "1040x1024", "2048x1024", "2048x1040")
    ]
    assert cost == [10, 10, 12, 12, 14]


@pytest.mark.parametrize(("credits_per_usd", "cost"), [(1, "0.04"), (100, "4"), (1000, "40")])
def test_an_operator_chooses_what_a_credit_is_worth(credits_per_usd: int, cost: str) -> None:
    quoted = quote(model("imagen-4"), n=1, params={}, tariff=Tariff(credits_per_usd))
    assert in_credits(quoted) == Decimal(cost)


def test_a_request_the_price_does_not_know_is_our_fault_and_not_free() -> None:
    price = PerImage(rates=model("dall-e-3").price.rates[:1])  # type: ignore[union-attr]  # known
    holed = msgspec.structs.replace(model("dall-e-3"), price=price)
    with pytest.raises(InternalError, match="no price for dall-e-3 output, hd, 1024x1024"):
        quote(holed, n=1, params={"quality": "hd", "size": "1024x1024"})
    tokens = model("gpt-image-1").price
    assert isinstance(tokens, TokenPrice)
    holed = msgspec.structs.replace(
        model("gpt-image-1"), price=msgspec.structs.replace(tokens, table={})
    )
    with pytest.raises(InternalError, match="no price for gpt-image-1 output"):
        quote(holed, n=1, params={})


# What was delivered


@pytest.mark.parametrize("delivered", [0, 1, 2, 3, 4])
def test_only_what_was_delivered_is_charged(delivered: int) -> None:
    held = quote(model("imagen-4"), n=4, params={})
    bill = charge(model("imagen-4"), held, delivered=delivered, usage=None)
    assert held.total == credits(16)
    assert bill.total == credits(4 * delivered)


def test_a_partial_bill_says_that_it_is_one() -> None:
    held = quote(model("imagen-4"), n=4, params={})
    (line,) = charge(model("imagen-4"), held, delivered=2, usage=None).lines
    assert (line.quantity, line.unit_price) == ("4 images, 2 of 4 delivered", "US$0.04 each")
    assert line.amount == credits(8)


def test_more_than_was_asked_for_is_a_gift() -> None:
    held = quote(model("imagen-4"), n=1, params={})
    assert charge(model("imagen-4"), held, delivered=3, usage=None) == held


def test_tokens_are_charged_as_metered() -> None:
    flare = model("gpt-image-2-5-flare")
    held = quote(flare, n=1, params={"quality": "medium", "size": "1024x1024"})
    usage = Usage(text_in=15, image_out=439)
    bill = charge(flare, held, delivered=1, usage=usage)
    assert in_credits(bill) == Decimal("1.3245")
    assert [(line.what, line.quantity, line.unit_price) for line in bill.lines] == [
        ("gpt-image-2-5-flare prompt", "15 tokens", "US$5 per million tokens"),
        ("gpt-image-2-5-flare output", "439 tokens", "US$30 per million tokens"),
    ]
    assert [money.wire(line.amount) for line in bill.lines] == [0.0075, 1.317]


def test_four_buckets_of_tokens_have_four_prices() -> None:
    mini = model("gpt-image-1-5")
    held = quote(mini, n=1, params={"quality": "high", "size": "1024x1536"}, input_images=1)
    usage = Usage(text_in=1000, image_in=1000, text_out=100, image_out=1000)
    bill = charge(mini, held, delivered=1, usage=usage)
    assert [money.wire(line.amount) for line in bill.lines] == [0.5, 0.8, 0.1, 3.2]


def test_metered_tokens_of_a_call_are_shared_by_its_pictures() -> None:
    flare = model("gpt-image-2-5-flare")
    held = quote(flare, n=4, params={"quality": "medium", "size": "1024x1024"})
    usage = Usage(text_in=60, image_out=4 * 439)
    bill = charge(flare, held, delivered=4, usage=usage)
    assert in_credits(bill) == 4 * Decimal("1.3245")


def test_partial_images_are_held_and_charged_as_metered() -> None:
    flare = model("gpt-image-2-5-flare")
    plain = quote(flare, n=1, params={"quality": "medium", "size": "1024x1024"})
    held = quote(flare, n=1, params={"quality": "medium", "size": "1024x1024"}, partial_images=3)
    assert in_credits(held) - in_credits(plain) == Decimal("0.9")
    bill = charge(flare, held, delivered=1, usage=Usage(text_in=15, image_out=739))
    assert in_credits(bill) == Decimal("2.2245")


def test_a_long_prompt_is_held_by_its_bytes() -> None:
    flare = model("gpt-image-2-5-flare")
    plain = quote(flare, n=1, params={"quality": "low", "size": "1024x1024"})
    long = quote(flare, n=1, params={"quality": "low", "size": "1024x1024"}, prompt="€" * 10_000)
    assert in_credits(long) - in_credits(plain) == Decimal(30_006 - 500) * 5 / 10_000


def test_usage_of_nothing_at_all_is_no_usage() -> None:
    flare = model("gpt-image-2-5-flare")
    held = quote(flare, n=1, params={})
    assert charge(flare, held, delivered=1, usage=Usage()) == held


def test_a_cost_the_provider_reports_is_what_is_charged() -> None:
    grok = model("grok-imagine-image-2-0")
    held = quote(grok, n=2, params={"quality": "medium", "image_size": "2K"}, input_images=1)
    bill = charge(grok, held, delivered=2, usage=Usage(cost=1_700_000_000))
    assert in_credits(bill) == 17
    (line,) = bill.lines
    assert (line.what, line.unit_price) == (
        "grok-imagine-image-2-0, as its provider reported",
        "US$0.17 in all",
    )


def test_a_reported_cost_above_the_hold_is_cut_and_the_cut_is_shown() -> None:
    grok = model("grok-imagine-image")
    held = quote(grok, n=1, params={})
    bill = charge(grok, held, delivered=1, usage=Usage(cost=900_000_000))
    assert in_credits(bill) == in_credits(held) == 2
    assert [(line.what, money.wire(line.amount)) for line in bill.lines] == [
        ("grok-imagine-image, as its provider reported", 9),
        ("above what was set aside, not charged", -7),
    ]


def test_a_cost_that_is_reported_for_a_fixed_price_changes_nothing() -> None:
    held = quote(model("imagen-4"), n=1, params={})
    assert charge(model("imagen-4"), held, delivered=1, usage=Usage(cost=1)) == held


def test_a_negative_cost_is_no_gift_to_the_caller() -> None:
    grok = model("grok-imagine-image")
    held = quote(grok, n=1, params={})
    assert charge(grok, held, delivered=1, usage=Usage(cost=-5)).total == 0


def test_the_charge_of_a_model_is_worth_the_same_credits_as_its_hold() -> None:
    grok = model("grok-imagine-image")
    held = quote(grok, n=1, params={}, tariff=Tariff(1000))
    bill = charge(grok, held, delivered=1, usage=Usage(cost=200_000_000), tariff=Tariff(1000))
    assert bill.total == held.total == credits(20)


@given(REQUESTS, st.text(max_size=3000), st.integers(0, 3))
def test_what_a_simulated_model_meters_is_within_its_hold(
    request_: tuple[Model, dict[str, Scalar], int], prompt: str, partial_images: int
) -> None:
    priced, params, _ = request_
    held = quote(
        priced, n=1, params=params, prompt=prompt, partial_images=partial_images, input_images=1
    )
    order = Order(
        job_id="imgjob_1",
        task="generate",
        upstream_model=priced.slug,
        prompt=prompt,
        n=1,
        width=1024,
        height=1024,
        output_format="png",
        params=params,
        partial_images=partial_images,
    )
    usage = simulation(priced, pace=0.0).usage(order, 1)
    assert (usage is not None) == isinstance(priced.price, TokenPrice)
    above = "above what was set aside, not charged"
    bill = charge(priced, held, delivered=1, usage=usage)
    assert above not in [line.what for line in bill.lines]


# What is told of prices


def test_a_model_tells_its_prices_by_what_they_depend_on() -> None:
    assert price_lines(model("dall-e-2")) == {
        "unit": "image",
        "currency": "credits",
        "credits": 2,
        "metered": False,
        "by": ["size"],
        "tiers": [
            {"size": "256x256", "credits": 1.6},
            {"size": "512x512", "credits": 1.8},
            {"size": "1024x1024", "credits": 2},
        ],
    }


def test_a_model_with_one_price_has_no_tiers() -> None:
    assert price_lines(model("imagen-4")) == {
        "unit": "image",
        "currency": "credits",
        "credits": 4,
        "metered": False,
    }


def test_music_is_priced_by_the_call_and_tokens_are_metered() -> None:
    assert price_lines(model("suno-v5"))["unit"] == "call"
    assert price_lines(model("gpt-image-2"))["metered"] is True
    assert price_lines(model("grok-imagine-image"))["metered"] is True


@pytest.mark.parametrize("slug", sorted(CATALOG.models))
def test_the_told_price_of_a_mix_is_its_quote(slug: str) -> None:
    priced = model(slug)
    inputs = 0 if priced.capabilities.generate else 1
    told = price_lines(priced).get("tiers", [])
    assert isinstance(told, list)
    for tier in told:
        params = {name: value for name, value in tier.items() if name != "credits"}
        quoted = quote(priced, n=1, params=params, input_images=inputs)
        assert tier["credits"] == money.wire(quoted.total)


# No float on the way


def floats(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield repr(node.value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float":
            yield ast.unparse(node)


@pytest.mark.parametrize("module", [pricing, rates], ids=lambda module: module.__name__)
def test_no_float_is_near_an_amount(module: ModuleType) -> None:
    assert list(floats(module)) == []
