"""Which models a person may have meant by a name that is none: three suggestions, always."""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from limner.catalog.model import Model

CLOSE = 0.6
"""How alike two names are, from 0 to 1, before one is taken for a slip of the other."""
LONGEST_READ = 64
STATUS_ORDER = {"active": 0, "deprecated": 1, "retired": 2}


def nearest(
    name: str, models: Mapping[str, Model], slugs: Mapping[str, str], count: int
) -> tuple[str, ...]:
    """Slugs, best first: those that hold the name, those spelt like it, then well-known ones.

    Among names that hold the word a living model comes before one that is gone.
    """
    wanted = squeezed(name)
    ranks = {known: rank(wanted, squeezed(known), models[slugs[known]]) for known in slugs}
    found = sorted((found, known) for known, found in ranks.items() if found is not None)
    meant = [*(slugs[known] for _, known in found), *shop_window(models.values())]
    return tuple(dict.fromkeys(meant))[:count]


def rank(wanted: str, known: str, model: Model) -> tuple[int, int, float] | None:
    """Where a name stands among the suggestions, None when it is nothing like the wanted one."""
    alike = SequenceMatcher(None, wanted, known, autojunk=False).ratio()
    status = STATUS_ORDER[model.status]
    if wanted == known:
        return (0, 0, 0.0)
    if len(wanted) > 1 and wanted in known:
        return (1, status, -alike)
    if alike >= CLOSE:
        return (2, 0, 0.1 * status - alike)
    return None


def squeezed(name: str) -> str:
    """`DALL-E 3` as `dalle3`: people differ in dashes and capitals, not in letters."""
    return re.sub(r"[^a-z0-9]", "", name[:LONGEST_READ].lower())


def shop_window(models: Iterable[Model]) -> list[str]:
    """One model of each owner, its newest that draws from text and is active; newest first."""
    newest_first = sorted(
        (model for model in models if model.status == "active" and model.capabilities.generate),
        key=lambda model: (model.modality != "image", -model.created, model.slug),
    )
    of_each = {model.owner: model.slug for model in reversed(newest_first)}
    first = [model.slug for model in newest_first if of_each[model.owner] == model.slug]
    return list(dict.fromkeys([*first, *(model.slug for model in newest_first)]))
