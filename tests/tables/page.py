"""The table *parameter × model family*: every cell is tried, none is written by hand."""

import asyncio
from collections.abc import Mapping, Sequence

from tests.tables.cells import cell, model_cell, prompt_cell, response_format_cell
from tests.tables.families import SECTIONS, Family, Section, models
from tests.tables.markdown import table
from tests.tables.probing import PROBES, Prober, deployment, probing

ROWS = (
    "model", "prompt", "n", "size", "quality", "style", "response_format", "aspect_ratio",
    "image_size", "person_generation", "background", "output_format", "output_compression",
    "input_fidelity", "moderation", "negative_prompt", "seed", "stream", "partial_images", "user",
    "steps", "prompt_extend",
)  # fmt: skip
"""The parameters of Infery's page in its order, then those that its client and OpenAI add."""


async def family_tables() -> str:
    """A table for each provider."""
    async with probing() as prober:
        told = await asyncio.gather(*(section_table(prober, section) for section in SECTIONS))
    return "\n\n".join(told)


async def section_table(prober: Prober, section: Section) -> str:
    columns = await asyncio.gather(*(column(prober, family) for family in section.families))
    alike = [name for name in ROWS if {one[name] for one in columns} == {"ignored"}]
    head = ["", *(family.name for family in section.families)]
    rows = [[f"`{name}`", *(one[name] for one in columns)] for name in ROWS if name not in alike]
    link = f"[What else is to know](../providers/{section.page}.md)."
    ignored = f"Ignored by all of them: {', '.join(f'`{name}`' for name in alike)}. "
    return f"### {section.title}\n\n{table(head, rows)}\n\n{ignored if alike else ''}{link}"


async def column(prober: Prober, family: Family) -> Mapping[str, str]:
    """What each parameter becomes, in words, with the models that differ from the first."""
    each = await asyncio.gather(*(cells(prober, family, slug) for slug in family.models))
    return {
        name: merged([(slug, one[name]) for slug, one in zip(family.models, each, strict=True)])
        for name in ROWS
    }


async def cells(prober: Prober, family: Family, slug: str) -> Mapping[str, str]:
    model = models()[slug]
    plain = await prober.plain(family, slug)
    fates = await asyncio.gather(*(prober.fates(family, slug, name) for name in PROBES))
    return {
        "model": model_cell(deployment(model, family.kind).upstream_model, plain),
        "prompt": prompt_cell(model, plain),
        "response_format": response_format_cell(plain),
        **{name: cell(name, model, one) for name, one in zip(PROBES, fates, strict=True)},
    }


def merged(each: Sequence[tuple[str, str]]) -> str:
    """One cell for all models of a family; those that differ are named, retired ones left out.

    Where all are retired they stand for themselves.
    """
    living = [one for one in each if models()[one[0]].status != "retired"]
    groups: dict[str, list[str]] = {}
    for slug, words in living or each:
        groups.setdefault(words, []).append(slug)
    usual = max(groups, key=lambda words: len(groups[words]))
    named = (
        f"{', '.join(f'`{slug}`' for slug in slugs)}: {words}"
        for words, slugs in groups.items()
        if words != usual
    )
    return "<br>".join([usual, *named])
