"""What can be wrong with a model's price: amounts that are none, and requests it does not know."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from limner.catalog.fault import Fault
from limner.catalog.model import EnumParam, Model, PerImage, PerMegapixel, Price, Rate, TokenPrice
from limner.catalog.rates import Picture, combinations, image_tokens, picture, rate_of
from limner.catalog.sizes import takes

MOST_USD, MOST_TOKENS, MOST_SCALE = 1_000_000, 10**9, 1_000_000
"""Beyond these a price is a slip of the pen, and no number can hold what a picture would cost."""
COUNTS = ("text_tokens", "text_out_tokens", "image_in_tokens", "partial_image_tokens")


def price_faults(model: Model) -> Iterator[Fault]:
    amounts = dict(amounts_of(model.price))
    wrong = [field for field, amount in amounts.items() if not is_amount(amount)]
    for field in wrong:
        yield Fault(
            f"price.{field}",
            f"{amounts[field]!r} is not a decimal of US dollars, 0 to {MOST_USD:,}",
        )
    counted = [*count_faults(model.price), *scale_faults(model.price)]
    yield from counted
    if wrong or counted:
        return
    free = [field for field in charging_fields(model.price) if Decimal(amounts[field]) == 0]
    if free and not (model.self_hosted or model.owner == "limner"):
        yield Fault(f"price.{free[0]}", "is 0, which only a self-hosted model may be")
    yield from unmet_rates(model)
    yield from hole_faults(model)


def is_amount(written: str) -> bool:
    try:
        amount = Decimal(written)
    except InvalidOperation:
        return False
    return amount.is_finite() and 0 <= amount <= MOST_USD


def amounts_of(price: Price) -> Iterator[tuple[str, str]]:
    """Every amount of a price with its field's path."""
    match price:
        case PerImage():
            yield from ((f"rates[{i}].usd", rate.usd) for i, rate in enumerate(price.rates))
            yield "input_image_usd", price.input_image_usd
        case PerMegapixel():
            yield from (("first_usd", price.first_usd), ("extra_usd", price.extra_usd))
            yield "input_usd", price.input_usd
        case TokenPrice():
            for field in ("text_in", "image_in", "image_out", "text_out"):
                yield field, getattr(price, field)
            for field in ("text_in_cached", "image_in_cached"):
                yield field, getattr(price, field) or "0"


def charging_fields(price: Price) -> list[str]:
    """The amounts a picture is paid with; 0 there would give it away."""
    match price:
        case PerImage():
            return [f"rates[{i}].usd" for i in range(len(price.rates))]
        case PerMegapixel():
            return ["first_usd", "extra_usd"]
        case TokenPrice():
            return ["image_out"]


def count_faults(price: Price) -> Iterator[Fault]:
    if isinstance(price, PerMegapixel) and price.default_steps is not None:
        if price.default_steps < 1:
            yield Fault("price.default_steps", f"is {price.default_steps}, must be at least 1")
    elif isinstance(price, TokenPrice):
        counts = {name: getattr(price, name) for name in COUNTS}
        counts |= {f"factors.{name}": factor - 1 for name, factor in price.factors.items()}
        counts |= {f"tier_tokens.{name}": count - 1 for name, count in price.tier_tokens.items()}
        counts |= {
            f"table.{quality}.{size}": max(count, 0)  # none at all is a hole, and told as one
            for quality, sizes in price.table.items()
            for size, count in sizes.items()
        }
        for name, count in counts.items():
            if count < 0:
                yield Fault(f"price.{name}", "is too small to count tokens with")
            if count > MOST_TOKENS:
                yield Fault(f"price.{name}", f"is more than {MOST_TOKENS:,} tokens")


def scale_faults(price: Price) -> Iterator[Fault]:
    for quality, scale in (price.scale if isinstance(price, TokenPrice) else {}).items():
        try:
            usable = 0 < Fraction(scale) <= MOST_SCALE
        except (ValueError, ZeroDivisionError):
            usable = False
        if not usable:
            yield Fault(
                f"price.scale.{quality}",
                f"{scale!r} is not a number or fraction above 0, to {MOST_SCALE:,}",
            )


def unmet_rates(model: Model) -> Iterator[Fault]:
    """Rates with a condition no request can meet: a misspelt word would hide a price."""
    if isinstance(model.price, PerImage):
        for index, rate in enumerate(model.price.rates):
            for field in unmet(model, rate):
                value = getattr(rate, field)
                yield Fault(f"price.rates[{index}].{field}", f"{value!r} is never asked of it")


def unmet(model: Model, rate: Rate) -> Iterator[str]:
    if rate.quality is not None and rate.quality not in values_of(model, "quality"):
        yield "quality"
    if rate.size is not None and not takes(model, rate.size):
        yield "size"
    tiers = {*values_of(model, "image_size"), *(model.sizes.tiers if model.sizes else ())}
    if rate.tier is not None and rate.tier not in tiers:
        yield "tier"
    if rate.operation is not None and rate.operation not in operations(model):
        yield "operation"
    if rate.prompt_extend is not None and "prompt_extend" not in model.params:
        yield "prompt_extend"
    if rate.max_pixels is not None and rate.max_pixels < 1:
        yield "max_pixels"


def operations(model: Model) -> set[str]:
    tasks = {name for name in ("generate", "edit") if getattr(model.capabilities, name)}
    return tasks | set(values_of(model, "operation"))


def values_of(model: Model, name: str) -> tuple[str, ...]:
    param = model.params.get(name)
    return param.values if isinstance(param, EnumParam) else ()


def hole_faults(model: Model) -> Iterator[Fault]:
    """Requests the model takes but the price does not know: the first, and how many more."""
    holes = list(unpriced(model))
    if holes:
        more = f", nor for {len(holes) - 1} other mixes" if len(holes) > 1 else ""
        yield Fault("price", f"has no rate for {holes[0]}{more}")


def unpriced(model: Model) -> Iterator[str]:
    for params in combinations(model):
        asked = ", ".join(f"{name} {value}" for name, value in params.items())
        if model.capabilities.generate and not is_priced(model, picture(model, params)):
            yield asked or "a plain request"
        elif model.capabilities.edit and not is_priced(model, picture(model, params, 1)):
            yield f"an edit with {asked or 'no parameters'}"


def is_priced(model: Model, drawn: Picture) -> bool:
    match model.price:
        case PerImage() as price:
            return rate_of(price, drawn) is not None
        case TokenPrice() as price:
            return (image_tokens(model, price, drawn) or 0) > 0
        case PerMegapixel():
            return True
