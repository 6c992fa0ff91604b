"""What a model takes, one entry for each parameter in the words of JSON Schema.

Beside these words an entry has `met` (how it is honoured), and where there is something to say
`adjusts` (words of other models and what they become), `clamped`, `only` and `note`.
"""

from typing import TypeAlias

from limner.catalog.model import (
    BooleanParam,
    EnumParam,
    IntegerParam,
    Met,
    Model,
    NumberParam,
    Param,
    Sizes,
)
from limner.catalog.sizes import spoken_ratios
from limner.generation import formats
from limner.generation.params import longest_prompt
from limner.generation.previews import MOST

Entry: TypeAlias = dict[str, object]
PIXELS = "^[1-9][0-9]*x[1-9][0-9]*$"
ANY_SIZE = "^(auto|[1-9][0-9]*x[1-9][0-9]*)$"


def params(model: Model, response_formats: list[str]) -> dict[str, Entry]:
    """Every field a request to the model may have beside `model`."""
    entries: dict[str, Entry] = {
        "prompt": {
            "type": "string",
            "minLength": 1,
            "maxLength": longest_prompt(model),
            "met": "native",
        },
        "n": {
            "type": "integer",
            "minimum": 1,
            "maximum": model.n.max,
            "default": 1,
            "met": "native" if model.n.max <= model.n.upstream_max else "emulated",
        },
        "response_format": {
            "type": "string",
            "enum": response_formats,
            "default": response_formats[0],
            "met": "emulated",
        },
    }
    if model.modality != "upscale":
        entries["stream"] = {"type": "boolean", "default": False, "met": "emulated"}
        entries["store"] = {"type": "boolean", "default": False, "met": "emulated"}
    if model.capabilities.partial_images:
        entries["partial_images"] = {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST,
            "default": 0,
            "met": "native",
            "note": "Shown in a stream, of a single picture.",
        }
    if model.sizes is not None:
        entries["size"] = size(model, model.sizes)
    entries |= {name: declared(param) for name, param in model.params.items()}
    if model.modality == "music":
        return entries
    made = formats.entries(model, "upscale" if model.modality == "upscale" else "generate")
    return entries | {name: entries.get(name, {}) | entry for name, entry in made.items()}


def size(model: Model, sizes: Sizes) -> Entry:
    """A list where nothing else is taken; else a form, and `supported_sizes` lists what fits best.

    Models that speak in ratios meet any size with their nearest shape.
    """
    known = list(dict.fromkeys((*sizes.listed, sizes.default)))
    ratios = bool(spoken_ratios(model))
    form: Entry = {"pattern": ANY_SIZE if "auto" in known else PIXELS}
    taken: Entry = form if ratios or sizes.rule else {"enum": known}
    met: Met = "translated" if ratios else "native"
    return {"type": "string"} | taken | {"default": sizes.default, "met": met}


def declared(param: Param) -> Entry:
    entry = values(param) | {"met": param.met}
    if param.default is not None:
        entry["default"] = param.default
    if param.only is not None:
        entry["only"] = param.only
    if param.note:
        entry["note"] = param.note
    return entry


def values(param: Param) -> Entry:
    match param:
        case EnumParam():
            words: Entry = {"type": "string", "enum": param.values}
            return words | ({"adjusts": param.adjust} if param.adjust else {})
        case IntegerParam():
            return {"type": "integer", "minimum": param.min, "maximum": param.max}
        case NumberParam():
            bounds: Entry = {"type": "number", "minimum": param.min, "maximum": param.max}
            return bounds | ({"clamped": True} if param.clamp else {})
        case BooleanParam():
            return {"type": "boolean"}
    return {"type": "string", "maxLength": param.max_chars}
