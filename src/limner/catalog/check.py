"""What can be wrong with a catalog entry although it has the right shape.

Run when the catalog is loaded, so that a server with an unpriced model refuses to start, and by
`limner model check`. What can be wrong with a price is in `check_price.py`.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from limner.catalog.check_price import price_faults
from limner.catalog.fault import Fault
from limner.catalog.model import (
    BooleanParam,
    EnumParam,
    IntegerParam,
    Model,
    NumberParam,
    Param,
    SizeRule,
    Sizes,
    StringParam,
)
from limner.catalog.sizes import TIER_EDGE, keeps, parsed, ratio_of

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
PARAM = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
LIMNERS_OWN = {
    "model", "prompt", "n", "size", "stream", "partial_images", "response_format", "store",
    "image_background", "resolution",
}  # fmt: skip  # one word a line would bury the rest
LONGEST_TIMEOUT_S = 1800
MOST_PICTURES = 16
INT64 = range(-(2**63), 2**63)


def faults(model: Model) -> list[Fault]:
    """Everything wrong with one entry by itself."""
    shape = [
        *name_faults(model),
        *count_faults(model),
        *capability_faults(model),
        *param_faults(model),
        *size_faults(model),
        *lifecycle_faults(model),
        *deployment_faults(model),
    ]
    # Prices are looked up by sizes and parameters, which must be sound for that.
    return shape or list(price_faults(model))


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
    plain = model.prompt.plain_max_chars
    if plain is not None and not 1 <= plain <= model.prompt.max_chars:
        yield Fault("prompt.plain_max_chars", "must be at least 1 and not above max_chars")
    if not 0 < model.typical_seconds < math.inf:
        yield Fault("typical_seconds", f"is {model.typical_seconds:g}, must be more than 0")


def capability_faults(model: Model) -> Iterator[Fault]:
    can = model.capabilities
    if not (can.generate or can.edit or model.modality == "upscale"):
        yield Fault("capabilities", "the model can neither generate nor edit")
    if can.mask and not can.edit:
        yield Fault("capabilities.mask", "a mask needs edit = true")
    if can.partial_images and not can.stream:
        yield Fault("capabilities.partial_images", "partial images need stream = true")
    if can.edit != (can.max_reference_images > 0):
        yield Fault("capabilities.max_reference_images", "is above 0 if and only if edit = true")


def param_faults(model: Model) -> Iterator[Fault]:
    for name, param in model.params.items():
        if not PARAM.fullmatch(name):
            yield Fault(f"params.{name}", "its name may hold only a-z, 0-9 and _")
        if name in LIMNERS_OWN and not (name == "response_format" and model.modality == "music"):
            yield Fault(f"params.{name}", "is a field limner reads itself, for every model")
        for message in one_param_faults(param):
            yield Fault(f"params.{name}", message)
    yield from shape_param_faults(model)
    named = "response_format" if model.modality == "music" else "output_format"
    formats = model.params.get(named)
    if isinstance(formats, EnumParam) and formats.default != model.output.format:
        yield Fault("output.format", f"{model.output.format!r} is not the default of {named}")


def one_param_faults(param: Param) -> Iterator[str]:
    match param:
        case EnumParam():
            yield from enum_faults(param)
        case IntegerParam() | NumberParam():
            yield from range_faults(param)
        case StringParam():
            if param.max_chars < 1 or len(param.default or "") > param.max_chars:
                yield "max_chars must be at least 1 and leave room for the default"
        case BooleanParam():
            pass


def enum_faults(param: EnumParam) -> Iterator[str]:
    if not param.values or len(set(param.values)) < len(param.values):
        yield "values are empty or hold one twice"
    if param.default is not None and param.default not in param.values:
        yield f"default {param.default!r} is not among the values"
    for word, meant in param.adjust.items():
        if meant not in param.values or word in param.values:
            yield f"adjust {word!r} = {meant!r} must map another word to one of the values"


def range_faults(param: IntegerParam | NumberParam) -> Iterator[str]:
    bounds = [bound for bound in (param.min, param.max, param.default) if bound is not None]
    if not all(math.isfinite(bound) and int(bound) in INT64 for bound in bounds):
        yield "min, max and default must be numbers of at most 64 bits"
    elif param.min > param.max:
        yield f"min {param.min} is above max {param.max}"
    elif param.default is not None and not param.min <= param.default <= param.max:
        yield f"default {param.default} is outside {param.min} to {param.max}"


def shape_param_faults(model: Model) -> Iterator[Fault]:
    """Ratios and tiers that could not be turned into pixels."""
    ratios, tiers = model.params.get("aspect_ratio"), model.params.get("image_size")
    if ratios is not None and not isinstance(ratios, EnumParam):
        yield Fault("params.aspect_ratio", 'must be of type "enum"')
    elif ratios is not None:
        for ratio in ratios.values:
            if ratio != "auto" and not ratio_of(ratio):
                yield Fault("params.aspect_ratio", f'{ratio!r} is neither "auto" nor a ratio: 16:9')
    if tiers is not None and not isinstance(tiers, EnumParam):
        yield Fault("params.image_size", 'must be of type "enum"')
    elif tiers is not None:
        for tier in tiers.values:
            if tier not in TIER_EDGE or not model.sizes or tier not in model.sizes.tiers:
                yield Fault("params.image_size", f"{tier!r} has no table under sizes.tiers")


def size_faults(model: Model) -> Iterator[Fault]:
    sizes = model.sizes
    if sizes is None:
        if model.modality != "music":
            yield Fault("sizes", "are missing")
        return
    if sizes.rule and (unusable := list(rule_faults(sizes.rule))):
        yield from unusable
        return
    if not sizes.listed and not sizes.rule:
        yield Fault("sizes.listed", "is empty and there is no rule, so no size could be asked for")
    if len(set(sizes.listed)) < len(sizes.listed):
        yield Fault("sizes.listed", "holds a size twice")
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
    if sizes.edit_default is not None and sizes.edit_default not in sizes.listed:
        yield Fault("sizes.edit_default", f"{sizes.edit_default!r} is not listed")
    yield from tier_faults(sizes)


def rule_faults(rule: SizeRule) -> Iterator[Fault]:
    if rule.multiple_of < 1:
        yield Fault("sizes.rule.multiple_of", f"is {rule.multiple_of}, must be at least 1")
    if not 1 <= rule.min_edge <= rule.max_edge:
        yield Fault("sizes.rule.min_edge", "must be at least 1 and not above max_edge")
    if not 1 <= rule.min_pixels <= rule.max_pixels:
        yield Fault("sizes.rule.min_pixels", "must be at least 1 and not above max_pixels")
    if not 1 <= rule.max_ratio < math.inf:
        yield Fault("sizes.rule.max_ratio", f"is {rule.max_ratio:g}, must be at least 1")


def tier_faults(sizes: Sizes) -> Iterator[Fault]:
    edges = [TIER_EDGE.get(tier) for tier in sizes.tiers]
    known = [edge for edge in edges if edge is not None]
    if len(known) < len(edges) or known != sorted(set(known)):
        yield Fault("sizes.tiers", f"must be some of {', '.join(TIER_EDGE)}, from small to large")
    for tier, ratios in sizes.tiers.items():
        for ratio, size in ratios.items():
            if parsed(size) is None or ratio_of(ratio) is None:
                yield Fault(
                    f"sizes.tiers.{tier}", f'{ratio} = {size!r} is not like "16:9" = "1344x768"'
                )
    if sizes.default_tier is not None and sizes.default_tier not in sizes.tiers:
        yield Fault("sizes.default_tier", f"{sizes.default_tier!r} is not one of the tiers")
    if sizes.default_tier and sizes.default_ratio not in sizes.tiers.get(sizes.default_tier, {}):
        yield Fault("sizes.default_ratio", f"{sizes.default_ratio!r} has no size in the tier")


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
    owners: dict[str, list[str]] = defaultdict(list)
    for slug, model in models.items():
        for name in (slug, *model.aliases):
            owners[name].append(slug)
    for slug, model in models.items():
        for name in (slug, *model.aliases):
            others = sorted({*owners[name]} - {slug})
            if others:
                field = "slug" if name == slug else "aliases"
                yield slug, Fault(field, f"{name!r} is also a name of {', '.join(others)}")
            elif len(owners[name]) > 1:
                yield slug, Fault("aliases", f"{name!r} is there twice, or is the slug itself")
        if model.successor is None:
            continue
        successor = models.get(model.successor)
        if successor is None:
            yield slug, Fault("successor", f"there is no model {model.successor!r}")
        elif successor.status == "retired":
            yield slug, Fault("successor", f"{model.successor!r} is itself retired")
