"""The models of a provider and their lives, as the catalog has them."""

import re

from tests.tables.markdown import table

from limner.catalog.load import load
from limner.catalog.model import Model

DATE = re.compile(r"as of (\d{4}-\d{2}-\d{2})")


def models_at(provider: str) -> list[Model]:
    """Those that run there, by name."""
    models = [
        model
        for model in load().models.values()
        if provider in {place.provider for place in model.deployments}
    ]
    return sorted(models, key=lambda model: model.slug)


def as_of(models: list[Model]) -> str:
    """Of which day their facts are, or from which to which; their files say so in `source`."""
    days = sorted({DATE.findall(model.source)[-1] for model in models})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def model_table(provider: str) -> str:
    """Each model with its life, and how many pictures go in and come out."""
    head = ["model", "status", "instead", "pictures", "pictures to edit"]
    rows = [
        [named(model.slug), life(model), instead(model), count(model), edits(model)]
        for model in models_at(provider)
    ]
    return table(head, rows)


def named(slug: str) -> str:
    return f"`{slug}`"


def life(model: Model) -> str:
    if model.shutdown is None:
        return model.status
    word = "ended" if model.status == "retired" else "ends"
    return f"{model.status}, {word} {model.shutdown}"


def instead(model: Model) -> str:
    return named(model.successor) if model.successor else ""


def count(model: Model) -> str:
    if model.modality == "music":
        return f"{model.n.upstream_max} songs"
    return "1" if model.n.max == 1 else f"1 to {model.n.max}"


def edits(model: Model) -> str:
    can, most = model.capabilities, model.capabilities.max_reference_images
    if model.modality == "upscale":
        return "enlarges 1"
    if not can.edit:
        return "none"
    return ("1" if most == 1 else f"up to {most}") + (", a mask" if can.mask else "")
