"""What can be wrong with a catalog entry although it has the right shape.

Run when the catalog is loaded, so that a server with an unpriced model refuses to start, and by
`limner model check`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from limner.catalog.model import (
    BooleanParam,
    EnumParam,
    IntegerParam,
    Model,
    NumberParam,
    Param,
    PerImage,
    PerMegapixel,
    Price,
    Sizes,
    StringParam,
    TokenPrice,
)
from limner.catalog.rates import Picture, combinations, image_tokens, picture, rate_of
from limner.catalog.sizes import keeps, parsed

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
LONGEST_TIMEOUT_S = 1800
MOST_PICTURES = 16


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the field's path in the file, and why in plain words."""

    field: str
    message: str


def faults(model: Model) -> list[Fault]:
    """Everything wrong with one entry by itself."""
    return [
        *name_faults(model),
        *count_faults(model),
        *param_faults(model),
        *size_faults(model),
        *price_faults(model),
        *lifecycle_faults(model),
        *deployment_faults(model),
    ]


def name_faults(model: Model) -> Iterator[Fault]:
    if not SLUG.fullmatch(model.slug) or "." in model.slug:
        yield Fault("slug", f"{model.slug!r} may hold only letters, digits, - and _")
    for alias in model.aliases:
        if not SLUG.fullmatch(alias):
            yield Fault("aliases", f"{alias!r} may hold only letters, digits, ., - and _")
    for field in ("display_name", "owner", "source"):
        if not getattr(model, field).strip():
            yield Fault(field, "is empty")


def count_faults(model: Model) -> Iterator[Fault]:
    if not 1 <= model.n.max <= MOST_PICTURES:
        yield Fault("n.max", f"is {model.n.max}, must be 1 to {MOST_PICTURES}")
    if model.n.upstream_max < 1:
        yield Fault("n.upstream_max", f"is {model.n.upstream_max}, must be at least 1")
    if model.prompt.max_chars < 1:
        yield Fault("prompt.max_chars", f"is {model.prompt.max_chars}, must be at least 1")
    if model.typical_seconds <= 0:
        yield Fault("typical_seconds", f"is {model.typical_seconds:g}, must be more than 0")
    if model.capabilities.mask and not model.capabilities.edit:
        yield Fault("capabilities.mask", "a mask needs edit = true")
    if not (model.capabilities.generate or model.capabilities.edit):
        yield Fault("capabilities", "the model can neither generate nor edit")


def param_faults(model: Model) -> Iterator[Fault]:
    for name, param in model.params.items():
        for message in one_param_faults(param):
            yield Fault(f"params.{name}", message)


def one_param_faults(param: Param) -> Iterator[str]:
    match param:
        case EnumParam():
            if not param.values or len(set(param.values)) < len(param.values):
                yield "values are empty or hold one twice"
            if param.default is not None and param.default not in param.values:
                yield f"default {param.default!r} is not among the values"
            for word, meant in param.adjust.items():
                if meant not in param.values or word in param.values:
                    yield f"adjust {word!r} = {meant!r} must map another word to one of the values"
        case IntegerParam() | NumberParam():
            if param.min > param.max:
                yield f"min {param.min} is above max {param.max}"
            elif param.default is not None and not param.min <= param.default <= param.max:
                yield f"default {param.default} is outside {param.min} to {param.max}"
        case StringParam():
            if param.max_chars < 1 or len(param.default or "") > param.max_chars:
                yield "max_chars must be at least 1 and leave room for the default"
        case BooleanParam():
            pass


def size_faults(model: Model) -> Iterator[Fault]:
    sizes = model.sizes
    if sizes is None:
        if model.modality != "music":
            yield Fault("sizes", "are missing")
        return
    for size in sizes.listed:
        pixels = parsed(size)
        if size != "auto" and pixels is None:
            yield Fault("sizes.listed", f"{size!r} is not written WIDTHxHEIGHT")
        elif pixels and sizes.rule and not keeps(sizes.rule, pixels):
            yield Fault("sizes.listed", f"{size} does not keep the rule")
    default = parsed(sizes.default)
    by_rule = default and sizes.rule and keeps(sizes.rule, default)
    if sizes.default != "auto" and sizes.default not in sizes.listed and not by_rule:
        yield Fault("sizes.default", f"{sizes.default!r} is neither listed nor kept by a rule")
    yield from tier_faults(sizes)


def tier_faults(sizes: Sizes) -> Iterator[Fault]:
    for tier, ratios in sizes.tiers.items():
        for ratio, size in ratios.items():
            if parsed(size) is None:
                yield Fault(f"sizes.tiers.{tier}", f"{ratio} = {size!r} is not WIDTHxHEIGHT")
    if sizes.default_tier is not None and sizes.default_tier not in sizes.tiers:
        yield Fault("sizes.default_tier", f"{sizes.default_tier!r} is not one of the tiers")
    if sizes.default_tier and sizes.default_ratio not in sizes.tiers.get(sizes.default_tier, {}):
        yield Fault("sizes.default_ratio", f"{sizes.default_ratio!r} has no size in the tier")


def price_faults(model: Model) -> Iterator[Fault]:
    amounts = dict(amounts_of(model.price))
    for field, amount in amounts.items():
        if not is_amount(amount):
            yield Fault(f"price.{field}", f"{amount!r} is not a decimal of US dollars >= 0")
            return
    free = [field for field in charging_fields(model.price) if Decimal(amounts[field]) == 0]
    if free and not (model.self_hosted or model.owner == "limner"):
        yield Fault(f"price.{free[0]}", "is 0, which only a self-hosted model may be")
    yield from scale_faults(model.price)
    yield from hole_faults(model)


def is_amount(written: str) -> bool:
    try:
        amount = Decimal(written)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= 0


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


def scale_faults(price: Price) -> Iterator[Fault]:
    for quality, scale in (price.scale if isinstance(price, TokenPrice) else {}).items():
        try:
            usable = Fraction(scale) > 0
        except (ValueError, ZeroDivisionError):
            usable = False
        if not usable:
            yield Fault(f"price.scale.{quality}", f"{scale!r} is not a number or fraction above 0")


def hole_faults(model: Model) -> Iterator[Fault]:
    """Requests the model takes but the price does not know."""
    for params in combinations(model):
        asked = ", ".join(f"{name} {value}" for name, value in params.items())
        if model.capabilities.generate and not is_priced(model, picture(model, params)):
            yield Fault("price", f"has no rate for {asked or 'a plain request'}")
        elif model.capabilities.edit and not is_priced(model, picture(model, params, 1)):
            yield Fault("price", f"has no rate for an edit with {asked or 'no parameters'}")


def is_priced(model: Model, drawn: Picture) -> bool:
    match model.price:
        case PerImage() as price:
            return rate_of(price, drawn) is not None
        case TokenPrice() as price:
            return (image_tokens(model, price, drawn) or 0) > 0
        case PerMegapixel():
            return True


def lifecycle_faults(model: Model) -> Iterator[Fault]:
    if model.status == "retired" and model.shutdown is None and not model.notes:
        yield Fault("shutdown", "a retired model needs its date, or a note that says why not")
    if model.successor == model.slug:
        yield Fault("successor", "is the model itself")
    if model.released and model.shutdown and model.shutdown <= model.released:
        yield Fault("shutdown", "is not after released")
    if model.self_hosted and not (model.licence or model.owner == "limner"):
        yield Fault("licence", "a self-hosted model must name the licence of its weights")


def deployment_faults(model: Model) -> Iterator[Fault]:
    if not model.deployments and model.status != "retired":
        yield Fault("deployments", "are missing, so nobody could draw")
    for index, deployment in enumerate(model.deployments):
        where = f"deployments[{index}]"
        if not deployment.provider or not deployment.upstream_model:
            yield Fault(where, "must name a provider and an upstream_model")
        if not 1 <= deployment.timeout_s <= LONGEST_TIMEOUT_S:
            yield Fault(f"{where}.timeout_s", f"must be 1 to {LONGEST_TIMEOUT_S} seconds")


def catalog_faults(models: Mapping[str, Model]) -> Iterator[tuple[str, Fault]]:
    """What is wrong between entries, each with the slug of the entry to look at."""
    uses = Counter(name for model in models.values() for name in (model.slug, *model.aliases))
    for model in models.values():
        for name in (model.slug, *model.aliases):
            if uses[name] > 1:
                field = "slug" if name == model.slug else "aliases"
                yield model.slug, Fault(field, f"{name!r} is a name of more than one model")
        if model.successor is None:
            continue
        successor = models.get(model.successor)
        if successor is None:
            yield model.slug, Fault("successor", f"there is no model {model.successor!r}")
        elif successor.status == "retired":
            yield model.slug, Fault("successor", f"{model.successor!r} is itself retired")
