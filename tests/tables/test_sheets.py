"""What limner sends is what providers take, cell by cell, and what it does otherwise has a reason.

The facts in `sheets/` are restated from the providers' own documents and from what people found out
about them, not from limner's code.
"""

import asyncio
from collections.abc import Mapping

import pytest
from tests.tables.facts import Difference, Fact, differences, facts, is_so, written
from tests.tables.families import SECTIONS, models
from tests.tables.page import ROWS
from tests.tables.probing import PROMPT, Fates, Seen, deployment, last, probing

FACTS = list(facts())
FAMILIES = list(dict.fromkeys(fact.family.name for fact in FACTS))
WHOLE = ("model", "prompt", "response_format")
"""What an order has whatever it says."""
SAID = [fact for fact in FACTS if fact.name not in WHOLE]
SEED = ROWS[: ROWS.index("seed") + 1]
"""The parameters of Infery's own page."""

UNTOLD: Mapping[str, set[str]] = {
    "GPT Image 1, 1.5, mini": {"input_fidelity"},
    "Qwen Image Edit": {"aspect_ratio", "image_size"},
    "Wan to 2.6": {"prompt", "size", "aspect_ratio", "image_size"},
    "FLUX.2 pro, max at fal": {"n"},
    "Kontext at fal": {"n", "size", "aspect_ratio", "image_size"},
    "FLUX1.1 ultra at fal": {"n", "size", "aspect_ratio", "image_size"},
    "A workflow": {"model"},
    "Fill": {"size", "aspect_ratio", "output_format", "moderation"},
    "FLUX.1 dev": {"size", "aspect_ratio", "output_format", "moderation"},
}
"""What a family's documents leave open, or say of some of its models alone."""


@pytest.fixture(scope="module")
def became() -> Mapping[Fact, Fates]:
    """What became of every value that is tried of every fact."""

    async def all_of_them() -> Mapping[Fact, Fates]:
        async with probing() as prober:
            fates = [
                prober.fates(fact.family, fact.model, fact.name, dict(fact.beside) or None)
                for fact in SAID
            ]
            return dict(zip(SAID, await asyncio.gather(*fates), strict=True))

    return asyncio.run(all_of_them())


@pytest.fixture(scope="module")
def plain() -> Mapping[str, Seen]:
    """An order of each model that says nothing but a prompt."""

    async def all_of_them() -> Mapping[str, Seen]:
        async with probing() as prober:
            each = {f"{one.family.name}/{one.model}": one for one in FACTS}
            orders = [prober.plain(one.family, one.model) for one in each.values()]
            return dict(zip(each, await asyncio.gather(*orders), strict=True))

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("name", FAMILIES)
def test_each_value_becomes_what_the_documents_say_or_has_a_reason(
    name: str, became: Mapping[Fact, Fates]
) -> None:
    unexplained = [
        f"{fact.title}={value}: {fact.expected(value)}, became {fate}"
        for fact, fates in became.items()
        if fact.family.name == name
        for value, fate in fates.items()
        if (word := fact.expected(value)) is not None
        and not is_so(word, value, fate, fact.name)
        and not any(one.covers(fact, value) for one in differences())
    ]
    assert unexplained == []


@pytest.mark.parametrize("difference", differences(), ids=lambda one: one.does[:40])
def test_a_difference_is_there_as_long_as_it_is_told(
    difference: Difference, became: Mapping[Fact, Fates]
) -> None:
    assert any(
        difference.covers(fact, value)
        and (word := fact.expected(value)) is not None
        and not is_so(word, value, fate, fact.name)
        for fact, fates in became.items()
        for value, fate in fates.items()
    )


@pytest.mark.parametrize("fact", SAID, ids=lambda fact: fact.title)
def test_every_value_a_document_speaks_of_is_tried(
    fact: Fact, became: Mapping[Fact, Fates]
) -> None:
    if isinstance(fact.says, dict):
        assert fact.says.keys() <= {written(value) for value in became[fact]}


@pytest.mark.parametrize("name", FAMILIES)
def test_no_parameter_of_the_public_page_is_left_out(name: str) -> None:
    said = {fact.name for fact in FACTS if fact.family.name == name}
    left_out = set(SEED) - said
    assert left_out <= UNTOLD.get(name, set())


def test_every_family_but_that_of_unknown_servers_has_its_facts() -> None:
    named = {family.name for section in SECTIONS for family in section.families}
    assert named - set(FAMILIES) == {"OpenAI's wire"}


@pytest.mark.parametrize(
    "fact", [fact for fact in FACTS if fact.name in WHOLE], ids=lambda fact: fact.title
)
def test_the_name_the_words_and_the_answer_travel_as_documented(
    fact: Fact, plain: Mapping[str, Seen]
) -> None:
    seen, model = plain[f"{fact.family.name}/{fact.model}"], models()[fact.model]
    upstream = deployment(model, fact.family.kind).upstream_model
    fields = {last(way): value for way, value in seen.told.items()}
    assert isinstance(fact.says, str)
    match fact.name:
        case "model" if fact.says == "path":
            assert upstream in str(fields["path"])
        case "model":
            assert fields[fact.says] == upstream
        case "prompt":
            field, _, most = fact.says.partition(" ")
            assert (field, PROMPT) in [(last(way), value) for way, value in seen.told.items()]
            assert most in ("", str(model.prompt.max_chars))
        case _:
            comes = "inline" if seen.inline else "link"
            assert fields.get("response_format", comes) == fact.says
