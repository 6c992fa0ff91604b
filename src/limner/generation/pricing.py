"""What a request costs: quoted before it runs, charged after, both from the catalog's rates.

Dollars are fractions, credits are integers (micro-credits). Each picture is rounded up to a
ten-thousandth of a credit and then counted, so a total is always a whole number of equal pictures
and the lines of a quote add up to it exactly.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from limner.catalog.model import Model, PerImage, PerMegapixel, Scalar, TokenPrice, usd
from limner.catalog.rates import (
    Picture,
    area,
    by_area,
    combinations,
    image_tokens,
    picture,
    rate_of,
)
from limner.catalog.sizes import Pixels
from limner.errors import InternalError
from limner.generation.bill import (
    Part,
    PriceLine,
    Quote,
    capped,
    dollars,
    images,
    plural,
    share,
    times,
    total_of,
)
from limner.generation.tariff import Tariff
from limner.money import wire
from limner.providers.base import Usage

MILLION = 1_000_000
MEGAPIXEL = 1024 * 1024
"""Pixels in the megapixel that Black Forest Labs bills: 1024x1024 is exactly one."""

INPUT_MEGAPIXELS = 4
"""Held per picture that goes in where area is billed and its size is not known. No more than that
is billed for one either: whoever bills area makes larger pictures smaller first."""

TICKS_PER_USD = 10**10
"""`Usage.cost` is in ticks of 1e-10 US dollars, whatever unit the provider itself speaks."""

PROMPT_OVERHEAD = 6
"""Tokens OpenAI adds to a prompt. A prompt has at most as many tokens as bytes."""


def quote(
    model: Model,
    *,
    n: int,
    params: Mapping[str, Scalar],
    prompt: str = "",
    tariff: Tariff = Tariff(),  # noqa: B008  # frozen
    input_images: int = 0,
    partial_images: int = 0,
    given: Sequence[Pixels] = (),
    coming: Pixels | None = None,
) -> Quote:
    """The most a request can cost: what an estimate says and what is held for it.

    `given` are the sizes of what goes in where they are known, `coming` is the size of what comes
    where those decide about it.
    """
    drawn, n = picture(model, params, input_images, coming), priced_units(model, n)
    match model.price:
        case PerImage() as price:
            parts = per_image(model, price, drawn, n, input_images)
        case PerMegapixel() as price:
            parts = per_megapixel(model, price, drawn, n, megapixels_in(price, input_images, given))
        case TokenPrice() as price:
            tokens = tokens_held(model, price, drawn, prompt, input_images, partial_images)
            parts = per_token(model, price, tokens, 1, n)
    return total_of(parts, n, tariff)


def priced_units(model: Model, n: int) -> int:
    """How many times a price is paid for `n` pictures."""
    covers = model.price.covers if isinstance(model.price, PerImage) else 1
    return -(-n // covers)


def charge(
    model: Model,
    held: Quote,
    *,
    delivered: int,
    usage: Usage | None,
    tariff: Tariff = Tariff(),  # noqa: B008  # frozen
) -> Quote:
    """What the delivered pictures cost, never more than was held for them.

    `usage` is the provider's metering of the whole call. Where it says nothing, each picture
    costs what was quoted.
    """
    counted = max(0, min(priced_units(model, delivered), held.n))
    if counted == 0:
        return Quote(0, 0, 0, ())
    parts = metered(model, usage, counted) if usage else None
    if parts is None:
        return share(held, counted)
    return capped(total_of(parts, counted, tariff), held.per_image)


def as_large_as_came(
    model: Model,
    held: Quote,
    params: Mapping[str, Scalar],
    came: Iterable[Pixels],
    tariff: Tariff = Tariff(),  # noqa: B008  # frozen
) -> Quote:
    """What was held, less what it was held too much where the model chose the size.

    The largest picture decides, so that all cost alike.
    """
    drawn, sizes = picture(model, params), sorted(came, key=area)
    by_size = isinstance(model.price, PerImage) and by_area(model.price)
    if not (sizes and drawn.size_is_open and by_size):
        return held
    open_, sized = (
        quote(model, n=1, params={**params, "size": size}, tariff=tariff)
        for size in ("auto", str(sizes[-1]))
    )
    less = open_.per_image - sized.per_image
    if less <= 0:
        return held
    line = PriceLine(f"{model.slug} drew {sizes[-1]}", images(held.n), "", -less * held.n)
    return Quote(
        held.per_image - less,
        held.n,
        held.total - less * held.n,
        (*held.lines, line),
        held.at_list - (open_.at_list - sized.at_list) * held.n,
    )


def metered(model: Model, usage: Usage, counted: int) -> Iterable[Part] | None:
    """The parts of a metered bill; None when the price is fixed or nothing was metered."""
    price = model.price
    if isinstance(price, TokenPrice):
        return per_token(model, price, usage, counted) if usage.total > 0 else None
    if price.reported_in is None or usage.cost is None:
        return None
    cost = Fraction(max(usage.cost, 0), TICKS_PER_USD)
    said = f"{model.slug}, as its provider reported"
    shown = dollars(Decimal(max(usage.cost, 0)) / TICKS_PER_USD)
    return [Part(said, images(counted), shown + " in all", cost / counted)]


def per_image(
    model: Model, price: PerImage, drawn: Picture, n: int, input_images: int
) -> Iterator[Part]:
    rate = rate_of(price, drawn)
    if rate is None:
        raise unpriced(model, drawn)
    each = usd(rate.usd)
    quantity = plural(n, "call") if by_call(model) else images(n)
    yield Part(described(model, drawn), quantity, dollars(each) + " each", Fraction(each))
    if input_images and (going_in := usd(price.input_image_usd)):
        counted = times(n, images(input_images))
        what = f"{model.slug} input pictures"
        yield Part(what, counted, dollars(going_in) + " each", Fraction(going_in) * input_images)


def megapixels_in(price: PerMegapixel, count: int, given: Sequence[Pixels]) -> int:
    """Megapixels that go in and cost something, as a ceiling where a provider tells the cost."""
    if not usd(price.input_usd):
        return 0
    if price.reported_in is not None or not given:
        return count * INPUT_MEGAPIXELS
    return sum(min(megapixels(one), INPUT_MEGAPIXELS) for one in given)


def megapixels(size: Pixels) -> int:
    """Whole ones, begun ones counted."""
    return -(-size.width * size.height // MEGAPIXEL)


def per_megapixel(
    model: Model, price: PerMegapixel, drawn: Picture, n: int, going_in: int
) -> Iterator[Part]:
    """Whole megapixels, begun ones counted: the rounding upstream is not published."""
    effort = effort_of(price, drawn)
    buckets = (
        (described(model, drawn), price.first_usd, 1),
        (f"{model.slug} further area", price.extra_usd, megapixels(drawn.pixels) - 1),
        (f"{model.slug} input area", price.input_usd, going_in),
    )
    for what, written, count in buckets:
        if count:
            each = Fraction(usd(written)) * effort
            quantity = times(n, plural(count, "megapixel"))
            shown = Decimal(each.numerator) / each.denominator
            yield Part(what, quantity, dollars(shown) + " per megapixel", each * count)


def effort_of(price: PerMegapixel, drawn: Picture) -> Fraction:
    """How much dearer more steps than usual make a picture; fewer make it no cheaper."""
    if not price.default_steps or not drawn.steps:
        return Fraction(1)
    return max(Fraction(1), Fraction(drawn.steps, price.default_steps))


def tokens_held(
    model: Model,
    price: TokenPrice,
    drawn: Picture,
    prompt: str,
    input_images: int,
    partial_images: int,
) -> Usage:
    """The most tokens one picture may take, as far as it can be known before it is drawn."""
    final = image_tokens(model, price, drawn)
    if final is None:
        raise unpriced(model, drawn)
    return Usage(
        text_in=max(price.text_tokens, len(prompt.encode()) + PROMPT_OVERHEAD),
        image_in=price.image_in_tokens * input_images,
        text_out=price.text_out_tokens,
        image_out=final + price.partial_image_tokens * partial_images,
    )


def per_token(
    model: Model, price: TokenPrice, tokens: Usage, counted: int, n: int = 1
) -> Iterator[Part]:
    """Tokens by bucket; they are those of `counted` pictures and billed `n` times over."""
    buckets = (
        ("prompt", tokens.text_in, price.text_in),
        ("cached prompt", tokens.text_in_cached, price.text_in_cached or price.text_in),
        ("input pictures", tokens.image_in, price.image_in),
        ("cached input", tokens.image_in_cached, price.image_in_cached or price.image_in),
        ("text and thinking", tokens.text_out, price.text_out),
        ("output", tokens.image_out, price.image_out),
    )
    for bucket, count, written in buckets:
        rate = usd(written)
        if count > 0 and rate:
            yield Part(
                f"{model.slug} {bucket}",
                times(n, plural(count, "token")),
                dollars(rate) + " per million tokens",
                Fraction(rate) * count / (MILLION * counted),
            )


def price_lines(model: Model, tariff: Tariff = Tariff()) -> dict[str, object]:  # noqa: B008  # frozen
    """The `pricing` block of a model: credits for a plain request, and by what they change.

    `metered` says that the charge follows the provider's own figure, with these as the ceiling.
    """
    inputs = 0 if model.capabilities.generate else 1
    price = model.price

    def credits(params: Mapping[str, Scalar]) -> int | float:
        asked = quote(model, n=1, params=params, input_images=inputs, tariff=tariff)
        return wire(asked.per_image)

    tiers = [{**params, "credits": credits(params)} for params in combinations(model)]
    block: dict[str, object] = {
        "unit": "call" if by_call(model) else "image",
        "currency": "credits",
        "credits": credits({}),
        "metered": isinstance(price, TokenPrice) or price.reported_in is not None,
    }
    if len(tiers) > 1:
        block |= {"by": [name for name in tiers[0] if name != "credits"], "tiers": tiers}
    return block


def by_call(model: Model) -> bool:
    """Whether a price is for a call, whatever it gives, and not for a picture."""
    covers = model.price.covers if isinstance(model.price, PerImage) else 1
    return model.modality == "music" or covers > 1


def described(model: Model, drawn: Picture) -> str:
    """`flux-2-pro output, 1024x1024`: what a line is for."""
    size = "auto" if drawn.size_is_open else drawn.tier or str(drawn.pixels)
    named = (drawn.quality, size if model.sizes else None)
    return ", ".join([f"{model.slug} output", *(word for word in named if word)])


def unpriced(model: Model, drawn: Picture) -> InternalError:
    return InternalError(f"the catalog has no price for {described(model, drawn)}")
