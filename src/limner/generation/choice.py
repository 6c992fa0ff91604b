"""Which model answers: by slug, lifecycle, the key's leave and configuration."""

from dataclasses import dataclass

from limner.accounts.api_key import Caller
from limner.catalog.load import Catalog
from limner.catalog.model import Model, Task
from limner.errors import (
    Forbidden,
    ImageNotSupported,
    InvalidParams,
    ModelNotFound,
    ModelNotSupported,
    ModelRetired,
)
from limner.generation.connections import Connections

LONGEST_ECHO = 64
"""No slug is longer, so what is cut was none."""


@dataclass(frozen=True, slots=True)
class Choice:
    model: Model
    asked_for: str


async def chosen(
    slug: object, task: Task, caller: Caller, catalog: Catalog, connections: Connections
) -> Choice:
    """The model for a request, wherever it runs.

    Raises InvalidParams, ModelNotFound, Forbidden, ModelNotSupported, ImageNotSupported,
    ModelRetired.
    """
    asked = named(slug, catalog)
    if not any(caller.may_use(name) for name in (asked.slug, *asked.aliases)):
        raise Forbidden(
            f"this key may not use {asked.slug}; it may use {', '.join(caller.allowed_models)}",
            param="model",
        )
    model = asked
    if caller.mode == "live" and asked.status == "retired":
        model = await standing_in(asked, catalog, connections)
    check_task(model, task)
    return Choice(model, asked.slug)


def named(slug: object, catalog: Catalog) -> Model:
    """The model a caller named. Raises InvalidParams, ModelNotFound with the nearest slugs."""
    if not isinstance(slug, str) or not slug:
        raise InvalidParams(
            'model is required: a slug such as "sketch-1"; GET /v1/models lists them', param="model"
        )
    model = catalog.get(slug)
    if model is None:
        nearest = ", ".join(catalog.nearest(slug))
        raise ModelNotFound(
            f"there is no model {slug[:LONGEST_ECHO]!r}; the nearest are {nearest}. "
            "GET /v1/models lists all",
            param="model",
        )
    return model


async def standing_in(retired: Model, catalog: Catalog, connections: Connections) -> Model:
    """What answers for a retired model: a host that still serves it, an alias, or nobody."""
    if await connections.serves(retired):
        return retired
    mapped = connections.alias_of(retired.slug, *retired.aliases)
    successor = catalog.get(mapped) if mapped else None
    if successor is None or (
        successor.status == "retired" and not await connections.serves(successor)
    ):
        raise ModelRetired(retirement(retired), param="model")
    return successor


def retirement(model: Model) -> str:
    since = f" on {model.shutdown}" if model.shutdown else ""
    instead = f"; use {model.successor} instead" if model.successor else ""
    return (
        f"{model.slug} was retired by {model.owner}{since}{instead}. Nothing was charged. "
        "A test key still simulates it"
    )


def check_task(model: Model, task: Task) -> None:
    """Raises ModelNotSupported, or ImageNotSupported for a model that takes no picture."""
    if task == "edit" and model.modality == "image" and not model.capabilities.edit:
        raise ImageNotSupported(
            f"{model.slug} draws new pictures and cannot edit one; GET /v1/models shows those "
            "with capabilities.imageEdit. Nothing was charged",
            param="model",
        )
    if task not in tasks_of(model):
        able = tasks_of(model)[0]
        raise ModelNotSupported(
            f"{model.slug} {DOES[able]}: that is POST {ROUTES[able]}", param="model"
        )


DOES: dict[Task, str] = {
    "generate": "makes pictures, and is asked for them elsewhere",
    "edit": "edits pictures and cannot draw from text alone",
    "upscale": "enlarges pictures, it does not draw from text",
    "music": "makes music, not pictures",
}
ROUTES: dict[Task, str] = {
    "generate": "/v1/images/generations",
    "edit": "/v1/images/edits",
    "upscale": "/v1/images/upscale",
    "music": "/v1/music/generations",
}


def tasks_of(model: Model) -> tuple[Task, ...]:
    """What a model can be asked for, its own trade first."""
    if model.modality != "image":
        return (model.modality,)
    able: tuple[tuple[Task, bool], ...] = (
        ("generate", model.capabilities.generate),
        ("edit", model.capabilities.edit),
    )
    return tuple(task for task, can in able if can)
