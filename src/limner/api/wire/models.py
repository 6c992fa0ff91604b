"""The JSON of models: what each takes, may cost and still lives for, straight from the catalog."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from limner.api.wire.errors import ErrorBody
from limner.api.wire.images import GenerationBody
from limner.api.wire.params import Entry, params
from limner.api.wire.written import Breakdown, Parameters
from limner.catalog.model import (
    BooleanParam,
    EnumParam,
    IntegerParam,
    Model,
    NumberParam,
    Param,
)
from limner.generation.availability import Availability
from limner.generation.params import LONGEST_PROMPT
from limner.generation.price_versions import version_of
from limner.generation.pricing import price_lines
from limner.generation.tariff import Tariff

Block: TypeAlias = dict[str, object]


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The `_infery` block.

    `params` says in the words of JSON Schema what `allowed_params` says in the shape clients know.
    `availability` is what a live key would meet now; only a server can tell.
    """

    modality: str
    display_name: str
    provider: str
    status: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    shutdown: str | None = None
    successor: str | None = None
    licence: str | None = None
    notes: tuple[str, ...] = ()
    capabilities: dict[str, bool | int]
    availability: Availability | UnsetType = UNSET
    params: dict[str, Entry]
    allowed_params: Block
    pricing: Block


class ModelBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One model; the fields after `owned_by` are on `GET /v1/models/{slug}` only."""

    id: str
    object: str
    created: int
    owned_by: str
    modality: str | UnsetType = UNSET
    capabilities: dict[str, bool | int] | UnsetType = UNSET
    allowed_params: Block | UnsetType = msgspec.field(default=UNSET, name="allowedParams")
    pricing: Block | UnsetType = UNSET
    infery: Details = msgspec.field(name="_infery")


class ModelList(msgspec.Struct, frozen=True):
    object: str
    data: list[ModelBody]


class ToolList(msgspec.Struct, frozen=True):
    object: str
    data: list[Block]


class EstimateBody(msgspec.Struct, frozen=True, kw_only=True):
    """What an estimate goes by, all optional; other fields of a generation may be sent too."""

    n: Annotated[int, Meta(ge=1)] | None = 1
    size: str | None = None
    quality: str | None = None
    steps: Annotated[int, Meta(ge=1, le=100)] | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    prompt: Annotated[str, Meta(min_length=1)] | None = None
    characters: Annotated[int, Meta(ge=1, le=LONGEST_PROMPT)] | None = None


class Estimate(msgspec.Struct, frozen=True):
    """`credits` is what would be held, never less than the charge; null means there is no price."""

    credits: float | None
    currency: str
    breakdown: Breakdown
    price_version: str | None = None
    """The name of the terms this was worked out from."""


class ValidateBody(GenerationBody, frozen=True, kw_only=True):
    """The body of a generation; `model` may be left out, for the path names it."""

    model: str = ""


class Validation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would become of a request, `error` with exactly what it would be refused with.

    `model` would answer. `availability` is what a live key would meet now.
    """

    valid: bool
    model: str
    availability: Availability
    parameters: Parameters | UnsetType = UNSET
    credits: float | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    breakdown: Breakdown | UnsetType = UNSET
    warnings: tuple[str, ...] | UnsetType = UNSET
    error: ErrorBody | UnsetType = UNSET


def listed_model(
    model: Model, tariff: Tariff, available: Availability | UnsetType = UNSET
) -> ModelBody:
    return ModelBody(
        id=model.slug,
        object="model",
        created=model.created,
        owned_by=model.owner,
        infery=details(model, tariff, available),
    )


def whole_model(
    model: Model, tariff: Tariff, available: Availability | UnsetType = UNSET
) -> ModelBody:
    listed = listed_model(model, tariff, available)
    inner = listed.infery
    return msgspec.structs.replace(
        listed,
        modality=model.modality,
        capabilities=inner.capabilities,
        allowed_params=inner.allowed_params,
        pricing=inner.pricing,
    )


def details(model: Model, tariff: Tariff, available: Availability | UnsetType) -> Details:
    return Details(
        modality=model.modality,
        display_name=model.display_name,
        provider=model.owner,
        status=model.status,
        description=model.description,
        aliases=model.aliases,
        shutdown=model.shutdown.isoformat() if model.shutdown else None,
        successor=model.successor,
        licence=model.licence,
        notes=model.notes,
        capabilities=capabilities(model),
        availability=available,
        params=params(model, response_formats(model)),
        allowed_params=allowed_params(model),
        pricing=price_lines(model, tariff) | {"version": version_of(model, tariff).name},
    )


def capabilities(model: Model) -> dict[str, bool | int]:
    known = model.capabilities
    return {
        "generate": known.generate,
        "imageEdit": known.edit,
        "mask": known.mask,
        "maxReferenceImages": known.max_reference_images,
        "streaming": known.stream,
        "partialImages": known.partial_images,
        "cancel": known.cancel,
    }


def allowed_params(model: Model) -> Block:
    """Every parameter a model takes: a list of values, or an object with its bounds."""
    allowed: Block = {}
    defaults: Block = {}
    if model.sizes is not None:
        allowed["supported_sizes"] = model.sizes.listed
        defaults["size"] = model.sizes.default
        if model.sizes.rule is not None:
            allowed["size_rule"] = msgspec.to_builtins(model.sizes.rule)
    allowed |= {name: typed(param) for name, param in model.params.items()}
    defaults |= {
        name: param.default for name, param in model.params.items() if param.default is not None
    }
    if "operation" in allowed:
        allowed["operations"] = allowed["operation"]
    return allowed | {
        "n": {"min": 1, "max": model.n.max, "default": 1},
        "prompt": {"max_chars": model.prompt.max_chars},
        "response_formats": response_formats(model),
        "default_params": defaults,
    }


def typed(param: Param) -> object:
    match param:
        case EnumParam():
            return param.values
        case IntegerParam() | NumberParam():
            bounds: Block = {"min": param.min, "max": param.max}
            return bounds if param.default is None else bounds | {"default": param.default}
        case BooleanParam():
            return [True, False]
    return {"max_chars": param.max_chars}


def response_formats(model: Model) -> list[str]:
    """The forms an answer may take, the model's habit first."""
    declared = model.params.get("response_format")
    if isinstance(declared, EnumParam):
        return list(declared.values)
    habit = model.output.response_format
    return [habit, "url" if habit == "b64_json" else "b64_json"]
